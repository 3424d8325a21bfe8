/** Where the lock of a group is, or goes: its declaration, and those of the maps. */
import { namedKey, type Program, underlying } from '../analysis/program.js'
import { freshName } from '../edit/names.js'
import type { PackageFacts, TypeFacts, TypeRef } from '../facts.js'
import type { Refusal, SharedMap, TextEdit } from '../types.js'
import { type Container, nameOf } from './container.js'
import { lockBeside, lockForAll, namesOf, typeArguments, wrapDeclaration } from './declare.js'
import { containerDeclaration, type Making } from './methods/declare.js'
import type { Freed } from './methods/freed.js'
import type { AtomicMethod, LockKind } from './methods.js'
import type { Page } from './page.js'
import { isRefusal, refuse } from './pass.js'
import type { LockPlace } from './spell.js'

/** Which lock the group gets. */
export type LockChoice =
  | { readonly style: 'wrapper'; readonly kind: LockKind; readonly container: Container }
  | {
      readonly style: 'inline'
      readonly kind: LockKind
      /** Names that other fixes of this run have taken. */
      readonly taken: Set<string>
      /** The struct of the fields is copied: one lock, a package variable, is for all its values. */
      readonly apart?: boolean
    }
  | { readonly style: 'guard'; readonly kind: LockKind }
  | MethodChoice

/** No lock, but a container whose methods are one step each. */
export interface MethodChoice {
  readonly style: 'methods'
  readonly kind: 'rwmutex'
  readonly container: Container
  readonly making: Making
  readonly atomic: ReadonlySet<AtomicMethod>
  /** The program without the lock that guarded the map, if one did. */
  readonly freed: Freed | null
}

export interface Placed {
  readonly place: LockPlace
  /** The lock, as its declaration names it; "" in a wrapper. */
  readonly lock: string
  /** Of the declarations. */
  readonly edits: readonly TextEdit[]
}

export function placeLock(
  maps: readonly SharedMap[],
  choice: LockChoice,
  program: Program,
  page: (path: string) => Page,
): Placed | Refusal {
  const [first] = maps
  if (first === undefined) throw new Error('bug: a group without maps')
  if (choice.style === 'guard') return theGuard(first)
  if (choice.style === 'methods') return contained(maps, choice.container, page)
  return choice.style === 'wrapper' ? wrapped(maps, choice.container, page) : beside(maps, first, choice, program, page)
}

function theGuard({ guard, decl }: SharedMap): Placed | Refusal {
  if (guard === null) return refuse(decl, 'no lock guards it')
  const lock = guard.object.name
  if (guard.where === 'owner') return refuse(decl, `its lock, ${lock}, belongs to another object`)
  const place: LockPlace =
    guard.where === 'sibling' ? { where: 'sibling', path: guard.path } : { where: 'variable', name: guard.path }
  return { place, lock, edits: [] }
}

function wrapped(maps: readonly SharedMap[], container: Container, page: (path: string) => Page): Placed | Refusal {
  const edits: TextEdit[] = []
  for (const map of maps) {
    const args = typeArguments(map)
    if (args === null) return refuse(map.decl, `its type, ${map.type}, cannot be spelled here`)
    const at = page(map.decl.file)
    const file = map.pkg.files[map.object.file]
    const named = file === undefined ? null : nameOf(container, map.pkg, file, at.text)
    if (named === null) return refuse(map.decl, `${container.importPath} cannot be imported here`)
    const declared = wrapDeclaration(at, map, `${named.name}[${args}]`)
    if (isRefusal(declared)) return declared
    // A declaration that only has a value names no type.
    edits.push(...(declared.length > 0 ? named.edits : []), ...declared)
  }
  return { place: { where: 'wrapper', ...container.fields }, lock: '', edits }
}

function contained(maps: readonly SharedMap[], { type }: Container, page: (path: string) => Page): Placed | Refusal {
  const edits: TextEdit[] = []
  for (const map of maps) {
    const declared = containerDeclaration(page(map.decl.file), map, type)
    if (isRefusal(declared)) return declared
    edits.push(...declared)
  }
  return { place: { where: 'methods' }, lock: '', edits }
}

function beside(
  maps: readonly SharedMap[],
  first: SharedMap,
  choice: Extract<LockChoice, { style: 'inline' }>,
  program: Program,
  page: (path: string) => Page,
): Placed | Refusal {
  const unkeyed = choice.apart ? null : unkeyedLiteral(maps, page)
  if (unkeyed) return unkeyed
  const field = first.kind === 'field' && choice.apart !== true
  const scope = field ? `${first.object.owner}.` : ''
  const name = (candidates: readonly string[]): string => {
    const names = new Set(field ? fieldNames(program, first) : namesOf(first.pkg))
    for (const other of choice.taken) if (other.startsWith(scope)) names.add(other.slice(scope.length))
    const chosen = freshName(names, candidates)
    choice.taken.add(scope + chosen)
    return chosen
  }
  const owner = choice.apart ? program.named.get(first.object.owner ?? '')?.facts : undefined
  const made = owner
    ? lockForAll(page(first.decl.file), maps, owner, choice.kind, name)
    : lockBeside(page(first.decl.file), maps, choice.kind, name)
  if (isRefusal(made)) return made
  const place: LockPlace = field ? { where: 'sibling', path: made.lock } : { where: 'variable', name: made.lock }
  return { place, lock: made.lock, edits: made.edits }
}

/** A composite literal without field names would not fit a struct with one field more. */
function unkeyedLiteral(maps: readonly SharedMap[], page: (path: string) => Page): Refusal | null {
  for (const access of maps.flatMap((map) => (map.kind === 'field' ? map.accesses : []))) {
    const { event } = access
    if (event.k !== 'acc' || event.op !== 'init' || event.val === undefined || access.alias || access.depth > 0)
      continue
    const before = page(access.range.file).text.slice(0, event.val[0])
    if (!/:(\s|\/\*[\s\S]*?\*\/)*$/.test(before))
      return refuse(access.range, 'a literal sets the fields without their names')
  }
  return null
}

/**
 * The names that a field of the map's struct must not have: those of its fields and methods, and of every struct that
 * embeds it, promoted ones included. There it would hide another, or make it ambiguous.
 */
function fieldNames(program: Program, map: SharedMap): string[] {
  const { owner } = map.object
  if (owner === undefined || !program.named.has(owner)) return [...namesOf(map.pkg)]
  const names: string[] = []
  const embedding = new Set([owner])
  for (const key of embedding) {
    names.push(...selectors(program, key))
    for (const [other, { pkg, facts }] of program.named) if (embeds(pkg, facts.type, key)) embedding.add(other)
  }
  for (const pkg of program.packages) {
    for (const type of pkg.types) {
      const embedded =
        type.kind === 'struct' &&
        (type.fields ?? []).some((field) => field.embedded && embedding.has(namedKey(pkg, field.type)))
      if (embedded)
        for (const field of type.fields ?? [])
          names.push(field.name, ...(field.embedded ? selectors(program, namedKey(pkg, field.type)) : []))
    }
  }
  return names
}

function embeds(pkg: PackageFacts, ref: TypeRef, key: string): boolean {
  return fieldsOf(pkg, ref).some((field) => field.embedded && namedKey(pkg, field.type) === key)
}

/** Names that a selector on a value of the type can end in. */
function selectors(program: Program, key: string): string[] {
  const names: string[] = []
  const seen = new Set([key])
  for (const at of seen) {
    const owner = program.named.get(at)
    if (owner === undefined) continue
    names.push(...owner.facts.methods.map((method) => method.slice(method.lastIndexOf('.') + 1)))
    for (const field of fieldsOf(owner.pkg, owner.facts.type)) {
      names.push(field.name)
      if (field.embedded) seen.add(namedKey(owner.pkg, field.type))
    }
  }
  return names
}

function fieldsOf(pkg: PackageFacts, ref: TypeRef): NonNullable<TypeFacts['fields']> {
  const under = underlying(pkg, ref)
  return under.fields ?? []
}
