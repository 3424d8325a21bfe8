/** Where a package's wrapper type is, or goes, and what it is called. */

import { freshName } from '../edit/names.js'
import type { PackageFacts } from '../facts.js'
import type { SharedMap, TextEdit } from '../types.js'
import { namesOf } from './declare.js'
import type { LockKind, Method } from './methods.js'

/** The text of the wrapper, as transforms/runtime has it. */
export interface Runtime {
  file(spec: { package: string; type: string; lock: LockKind; methods: ReadonlySet<Method> }): string
  method(spec: { type: string; lock: LockKind }, name: Method): string
  /** Which wrapper a text declares under a name, if any. */
  lockOf(text: string, type: string): LockKind | null
  methodsIn(text: string, type: string): ReadonlySet<Method>
}

export interface Container {
  readonly type: string
  readonly lock: LockKind
  readonly path: string
  readonly pkg: PackageFacts
  /** The text of the file, if the type is there. */
  readonly existing: string | null
  /** Those that some fix of the package calls; grows while planning. */
  readonly methods: Set<Method>
}

/** The containers of one run, one for a package and kind of lock. */
export class Containers {
  readonly #known = new Map<string, Container>()
  readonly #runtime: Runtime
  readonly #source: (path: string) => string

  constructor(runtime: Runtime, source: (path: string) => string) {
    this.#runtime = runtime
    this.#source = source
  }

  for(map: SharedMap, lock: LockKind): Container {
    const { pkg } = map
    const test = pkg.files[map.object.file]?.test === true
    const id = `${pkg.id}\0${lock}\0${test}`
    const known = this.#known.get(id)
    if (known) return known
    const made = this.#existing(pkg, lock, test) ?? this.#fresh(pkg, lock, test)
    this.#known.set(id, made)
    return made
  }

  /** Whether the map is the one inside a wrapper. */
  holds(map: SharedMap): boolean {
    const owner = map.object.owner?.replace(/^.*\./, '')
    const file = map.pkg.files[map.object.file]
    return owner !== undefined && file !== undefined && this.#runtime.lockOf(this.#source(file.path), owner) !== null
  }

  /** The file as it has to be added, or the edits to the one that is there. */
  output(container: Container): { added: ReadonlyMap<string, string>; edits: readonly TextEdit[] } {
    const { type, lock, path, pkg, existing, methods } = container
    if (existing === null) {
      return { added: new Map([[path, this.#runtime.file({ package: pkg.name, type, lock, methods })]]), edits: [] }
    }
    const has = this.#runtime.methodsIn(existing, type)
    const missing = [...methods].filter((method) => !has.has(method)).sort()
    const edits = missing.map(
      (method): TextEdit => ({
        file: path,
        start: existing.length,
        end: existing.length,
        newText: `\n${this.#runtime.method({ type, lock }, method)}\n`,
      }),
    )
    return { added: new Map(), edits }
  }

  #existing(pkg: PackageFacts, lock: LockKind, test: boolean): Container | null {
    for (const { name, file } of pkg.named) {
      const facts = pkg.files[file]
      if (facts === undefined || (facts.test && !test)) continue
      const text = this.#source(facts.path)
      if (this.#runtime.lockOf(text, name) === lock)
        return { type: name, lock, path: facts.path, pkg, existing: text, methods: new Set() }
    }
    return null
  }

  #fresh(pkg: PackageFacts, lock: LockKind, test: boolean): Container {
    const others = [...this.#known.values()].filter((other) => other.pkg === pkg)
    const names = namesOf(pkg)
    for (const other of others) names.add(other.type)
    const type = freshName(names, ['lockedMap', lock === 'rwmutex' ? 'rwLockedMap' : 'mutexMap', 'lockedMap'])
    const files = new Set([...pkg.files, ...pkg.ignored, ...others].map(({ path }) => path))
    const suffix = test ? '_test.go' : '.go'
    const file = freshName(new Set([...files].map((path) => path.slice(pkg.dir.length + 1).slice(0, -suffix.length))), [
      type.toLowerCase(),
      `${type.toLowerCase()}_type`,
    ])
    return { type, lock, path: `${pkg.dir}/${file}${suffix}`, pkg, existing: null, methods: new Set() }
  }
}
