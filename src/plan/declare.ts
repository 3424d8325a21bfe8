/** The declaration of a map, and the literals that set it, for a wrapper in its place or a lock beside it. */
import { typeAt } from '../analysis/program.js'
import { importEdits } from '../edit/imports.js'
import type { DeclFacts, NamedFacts, PackageFacts, TypeRef } from '../facts.js'
import type { Access, Refusal, SharedMap, TextEdit } from '../types.js'
import type { LockKind } from './methods.js'
import type { Page } from './page.js'
import { refuse } from './pass.js'
import { typeText } from './types.js'

/** `K, V` of a map, as the file that declares it writes them; null for a named map type, or where a package is not imported there. */
export function typeArguments(map: SharedMap): string | null {
  return argumentsOf(map.pkg, map.object.file, map.object.type)
}

/** The same of a first value: outside a generic type its map has other type arguments than in the declaration. */
export function argumentsAt({ pkg, func, range, event }: Access): string | null {
  const file = func.file < 0 ? pkg.files.findIndex(({ path }) => path === range.file) : func.file
  return event.k === 'acc' ? argumentsOf(pkg, file, event.t) : null
}

function argumentsOf(pkg: PackageFacts, file: number, ref: TypeRef): string | null {
  const type = typeAt(pkg, ref)
  if (type.kind !== 'map' || type.key === undefined || type.elem === undefined) return null
  const key = typeText(pkg, file, type.key)
  const elem = typeText(pkg, file, type.elem)
  return key === null || elem === null ? null : `${key}, ${elem}`
}

/** items map[K]V → items lockedMap[K, V]; var m = make(…) → var m = lockedMap[K, V]{m: make(…)}. */
export function wrapDeclaration(page: Page, map: SharedMap, wrapper: string): TextEdit[] | Refusal {
  const { decl } = map.object
  if (decl === undefined || decl.form === 'param' || decl.form === 'range' || decl.form === 'other')
    return refuse(map.decl, 'it is not declared by a statement of its own')
  if (decl.names > 1 && decl.type !== undefined) return refuse(map.decl, 'it is declared together with others')
  return decl.type === undefined ? [] : [page.replace(decl.type, wrapper)]
}

/** T{items: v}, var m = v, m := v: the value goes into a wrapper. A zero value needs nothing. */
export function wrapValue(page: Page, access: Access, wrapper: string, field: string): TextEdit[] {
  const { event } = access
  if (event.k !== 'acc' || event.op !== 'init' || event.val === undefined) return []
  return [page.insert(event.val[0], `${wrapper}{${field}: `), page.insert(event.val[1], '}')]
}

export interface Beside {
  readonly edits: readonly TextEdit[]
  readonly lock: string
}

/** A field or variable of sync's type directly before the map's, with a comment that says what it guards. */
export function lockBeside(
  page: Page,
  maps: readonly SharedMap[],
  kind: LockKind,
  name: (candidates: readonly string[]) => string,
): Beside | Refusal {
  const [first] = [...maps].sort((a, b) => a.decl.start - b.decl.start)
  const decl = first === undefined ? undefined : (first.object.decl ?? inBody(first))
  if (first === undefined || decl === undefined)
    return refuse(maps[0]?.decl ?? { file: page.path, start: 0, end: 0 }, 'its declaration is not in the source')
  const file = first.pkg.files[first.object.file]
  if (file === undefined) return refuse(first.decl, 'its declaration is not in the source')
  const sync = importEdits(file, page.text, 'sync', declaredIn(first.pkg, first.object.file))
  const type = `${sync.name}.${kind === 'rwmutex' ? 'RWMutex' : 'Mutex'}`
  const guarded = listed(maps.map((map) => map.object.name))
  const field = decl.form === 'field'
  const lock = name(field ? ['mu', `${first.object.name}Mu`] : [`${first.object.name}Mu`, `${first.object.name}Lock`])
  const line = field ? `${lock} ${type} // guards ${guarded}` : `var ${lock} ${type} // guards ${guarded}`
  switch (decl.form) {
    case 'field':
      if (oneLine(page, decl.declSpan))
        return { edits: [...sync.edits, page.insert(decl.span[0], `${lock} ${type}; `)], lock }
      return { edits: [...sync.edits, page.linesBefore(decl.span, [line])], lock }
    case 'group':
      return { edits: [...sync.edits, page.linesBefore(decl.span, [line.slice('var '.length)])], lock }
    case 'var':
      return {
        edits: [...sync.edits, page.linesBefore(decl.declSpan, [line, ...(first.kind === 'variable' ? [''] : [])])],
        lock,
      }
    case 'define':
      if (
        page.text
          .slice(0, decl.span[0])
          .match(/[^\n]*$/)?.[0]
          .trim() !== ''
      )
        return refuse(first.decl, 'it is declared in the header of a statement')
      return { edits: [...sync.edits, page.linesBefore(decl.span, [line])], lock }
    default:
      return refuse(first.decl, 'it is not declared by a statement of its own')
  }
}

/** A package variable before the type of the fields' struct, whose values are copied: var itemMu sync.Mutex // guards names of every item. */
export function lockForAll(
  page: Page,
  maps: readonly SharedMap[],
  owner: NamedFacts,
  kind: LockKind,
  name: (candidates: readonly string[]) => string,
): Beside | Refusal {
  const [first] = maps
  const file = first?.pkg.files[first.object.file]
  if (first === undefined || file === undefined) throw new Error('bug: a group without maps')
  const start = page.text.lastIndexOf('\ntype', owner.span[0]) + 1
  if (owner.local || !/^type\s*(\(\s[\s\S]*)?$/.test(page.slice([start, owner.span[0]])))
    return refuse(first.decl, `${owner.name} is not a type of the package`)
  const sync = importEdits(file, page.text, 'sync', declaredIn(first.pkg, first.object.file))
  const type = `${sync.name}.${kind === 'rwmutex' ? 'RWMutex' : 'Mutex'}`
  const base = owner.name.replace(/^\p{Lu}+(?=\p{Lu}\p{Ll}|$)|^\p{Lu}/u, (initial) => initial.toLowerCase())
  const lock = name([`${base}Mu`, `${base}${capital(first.object.name)}Mu`])
  const line = `var ${lock} ${type} // guards ${listed(maps.map((map) => map.object.name))} of every ${owner.name}`
  return { edits: [...sync.edits, page.linesBefore([start, owner.span[1]], [line, ''])], lock }
}

function capital(name: string): string {
  return name.slice(0, 1).toUpperCase() + name.slice(1)
}

/** A named result is there from the function's first statement on: a lock for it is declared before that. */
function inBody({ object, pkg }: SharedMap): Pick<DeclFacts, 'form' | 'span' | 'declSpan'> | undefined {
  const start = object.kind === 'result' ? pkg.funcs[object.func ?? -1]?.stmts[0]?.span : undefined
  return start && { form: 'var', span: start, declSpan: start }
}

/** The names of everything that a new name in the package, or in one of its functions, could clash with. */
export function namesOf(pkg: PackageFacts): Set<string> {
  const names = new Set<string>()
  for (const { name } of [...pkg.objects, ...pkg.named]) names.add(name)
  for (const { key } of pkg.funcs) names.add(key.slice(key.lastIndexOf('.') + 1))
  for (const { imports } of pkg.files)
    for (const { path, name } of imports) names.add(name || (path.split('/').at(-1) ?? path))
  for (const { idents } of pkg.ignored) for (const ident of idents) names.add(ident)
  return names
}

/** What a name of an import would clash with in the file. */
export function declaredIn(pkg: PackageFacts, file: number): Set<string> {
  return new Set(
    pkg.objects
      .filter((object) => object.kind === 'package' || (object.kind !== 'field' && object.file === file))
      .map(({ name }) => name),
  )
}

function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}

function oneLine(page: Page, span: readonly [number, number]): boolean {
  return !page.slice(span).includes('\n')
}
