/** Where a package's container type is, or goes, and what it is called. */

import { ownerName } from '../analysis/program.js'
import { importEdits } from '../edit/imports.js'
import { freshName } from '../edit/names.js'
import { type FileFacts, NOTHING_READ, type PackageFacts } from '../facts.js'
import type { SharedMap, TextEdit } from '../types.js'
import { declaredIn, namesOf } from './declare.js'
import type { ContainerKind, Method } from './methods.js'

/** A Go file's worth of text: what is to stand in it beside what is there. */
export interface Addition {
  readonly text: string
  readonly imports: readonly string[]
}

export interface Insertion {
  readonly at: number
  readonly text: string
}

/** The text of the containers, as transforms/runtime has it. */
export interface Runtime {
  file(container: Container): string
  /** What a file that has the type lacks at its end, and inside: offsets of `text`. */
  missing(container: Container, text: string): Addition & { readonly inside: readonly Insertion[] }
  /** Which container a text declares under a name, if any; of a container's inner types, the container. */
  kindOf(text: string, type: string): ContainerKind | null
  /** Types to choose from, the first that none of `taken` clashes with. */
  typeFor(kind: ContainerKind, taken: ReadonlySet<string>, exported: boolean): string
}

export interface Container {
  readonly type: string
  /** Of the package that it is in, where that is not the map's; "" where it is. Then its type and fields are exported. */
  readonly importPath: string
  /** What a wrapper calls its lock and its map. */
  readonly fields: { readonly lock: string; readonly map: string }
  readonly kind: ContainerKind
  readonly path: string
  readonly pkg: PackageFacts
  /** The text of the file, if the type is there. */
  readonly existing: string | null
  /** Those that some fix of the package calls; grows while planning. */
  readonly methods: Set<Method>
  /** Functions that the container is made with, by name: text and imports; grows while planning. */
  readonly functions: Map<string, Addition>
}

/**
 * What the container's type is called in a file of the package, with the import that it takes; null where the file must not import it:
 * its package is internal to another part of the tree.
 */
export function nameOf(
  container: Container,
  pkg: PackageFacts,
  file: FileFacts,
  text: string,
): { readonly name: string; readonly edits: readonly TextEdit[] } | null {
  const { importPath, type } = container
  if (importPath === '') return { name: type, edits: [] }
  const inner = /^(.*?)(?:^|\/)internal(?:\/|$)/.exec(importPath)
  const path = pkg.path.replace(/_test$/, '')
  if (inner !== null && path !== inner[1] && !path.startsWith(`${inner[1]}/`)) return null
  const { name, edits } = importEdits(file, text, importPath, declaredIn(pkg, pkg.files.indexOf(file)))
  return { name: `${name}.${type}`, edits }
}

/** Whether code of another package, an external test included, uses the map. */
function usedAcross(map: SharedMap): boolean {
  return map.accesses.some(({ pkg }) => pkg.path !== map.pkg.path)
}

/** The containers of one run, one for a package and kind. */
export class Containers {
  readonly #known = new Map<string, Container>()
  readonly #runtime: Runtime
  readonly #source: (path: string) => string
  readonly #packages: readonly PackageFacts[]
  readonly #emit: string

  /** `emit` is the path, within its module, of the package for all containers; "package" for the map's own, "" for what fits. */
  constructor(
    runtime: Runtime,
    source: (path: string) => string,
    packages: readonly PackageFacts[] = [],
    emit = 'package',
  ) {
    this.#runtime = runtime
    this.#source = source
    this.#packages = packages
    this.#emit = emit
  }

  /** Whether the map's container goes into a package of its own: where that was asked for, and a wrapper that others have to name fields of. */
  apart(map: SharedMap, kind: ContainerKind): boolean {
    if (this.#emit === 'package') return false
    return this.#emit !== '' || ((kind === 'rwmutex' || kind === 'mutex') && usedAcross(map))
  }

  for(map: SharedMap, kind: ContainerKind): Container {
    if (this.apart(map, kind)) return this.#shared(map, kind)
    const { pkg } = map
    const test = pkg.files[map.object.file]?.test === true
    const id = `${pkg.id}\0${kind}\0${test}`
    const known = this.#known.get(id)
    if (known) return known
    const made = this.#existing(pkg, kind, test) ?? this.#fresh(pkg, kind, test)
    this.#known.set(id, made)
    return made
  }

  /** Whether the map is the one inside a container. */
  holds(map: SharedMap): boolean {
    const owner = ownerName(map.object)
    const file = map.pkg.files[map.object.file]
    return owner !== undefined && file !== undefined && this.#runtime.kindOf(this.#source(file.path), owner) !== null
  }

  /** The file as it has to be added, or the edits to the one that is there. */
  output(container: Container): { added: ReadonlyMap<string, string>; edits: readonly TextEdit[] } {
    const { path, pkg, existing } = container
    if (existing === null) return { added: new Map([[path, this.#runtime.file(container)]]), edits: [] }
    const { text, imports, inside } = this.#runtime.missing(container, existing)
    if (text === '') return { added: new Map(), edits: [] }
    const file = pkg.files.find((one) => one.path === path)
    const end = existing.length
    return {
      added: new Map(),
      edits: [
        ...(file === undefined ? [] : imports.flatMap((one) => importEdits(file, existing, one).edits)),
        ...inside.map(({ at, text: newText }) => ({ file: path, start: at, end: at, newText })),
        { file: path, start: end, end, newText: `\n${text}\n` },
      ],
    }
  }

  /** In the package for all containers of the module, which need not be there. */
  #shared(map: SharedMap, kind: ContainerKind): Container {
    const { module } = map.pkg
    if (module === null) throw new Error(`bug: ${map.name} is in no module`)
    const within = this.#emit === '' ? DEFAULT_PACKAGE : this.#emit
    const path = `${module.path}/${within}`
    const id = `${path}\0${kind}`
    const known = this.#known.get(id)
    if (known) return known
    const there = this.#packages.find((pkg) => pkg.path === path)
    const name = within.slice(within.lastIndexOf('/') + 1).replace(/[^\p{L}\p{N}_]/gu, '')
    const pkg = there ?? {
      ...map.pkg,
      ...NOTHING_READ,
      files: [],
      errors: [],
      id: path,
      path,
      name,
      dir: `${module.dir}/${within}`,
    }
    const made = this.#existing(pkg, kind, false) ?? this.#fresh(pkg, kind, false, true)
    const container = { ...made, importPath: path, fields: { lock: 'Mu', map: 'M' } }
    this.#known.set(id, container)
    return container
  }

  #existing(pkg: PackageFacts, kind: ContainerKind, test: boolean): Container | null {
    for (const { name, file } of pkg.named) {
      const facts = pkg.files[file]
      if (facts === undefined || (facts.test && !test)) continue
      const text = this.#source(facts.path)
      if (this.#runtime.kindOf(text, name) === kind)
        return {
          ...OWN,
          type: name,
          kind,
          path: facts.path,
          pkg,
          existing: text,
          methods: new Set(),
          functions: new Map(),
        }
    }
    return null
  }

  #fresh(pkg: PackageFacts, kind: ContainerKind, test: boolean, exported = false): Container {
    const others = [...this.#known.values()].filter((other) => other.pkg === pkg)
    const names = namesOf(pkg)
    for (const other of others) names.add(other.type)
    const type = this.#runtime.typeFor(kind, names, exported)
    const files = new Set([...pkg.files, ...pkg.ignored, ...others].map(({ path }) => path))
    const suffix = test ? '_test.go' : '.go'
    const file = freshName(new Set([...files].map((path) => path.slice(pkg.dir.length + 1).slice(0, -suffix.length))), [
      type.toLowerCase(),
      `${type.toLowerCase()}_type`,
    ])
    const path = `${pkg.dir}/${file}${suffix}`
    return { ...OWN, type, kind, path, pkg, existing: null, methods: new Set(), functions: new Map() }
  }
}

/** Where wrappers go that several packages use, within the module. */
export const DEFAULT_PACKAGE = 'internal/safemap'

const OWN = { importPath: '', fields: { lock: 'mu', map: 'm' } }
