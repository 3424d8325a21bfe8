/** Functions that run under the lock of those who call them, so that what their callers do with the map stays one step. */
import { push } from '../analysis/multimap.js'
import { type CallEv, type Fn, objectAt, type Program, pathAt } from '../analysis/program.js'
import type { Ev, ObjRef, PackageFacts, Path, Val } from '../facts.js'
import type { Access, SharedMap } from '../types.js'
import { namesOf } from './declare.js'
import { callsOf, type Reach } from './reach.js'
import { eventsOf } from './tree.js'

/** A function that takes no lock for itself. */
export interface Lifted {
  readonly fn: Fn
  /** All its callers have the lock, or each that has it calls a twin, nameLocked, while it goes on to take the lock for the others. */
  readonly how: 'callers' | 'twin'
  readonly write: boolean
  /** What the lock's name in its terms comes from: one of its accesses that names the map, or a call of another such function. */
  readonly names: Access | { readonly call: CallEv; readonly by: Lifted }
  /** The parameter or receiver that leads to the map; null for a package variable. */
  readonly root: ObjRef | null
  /** The path from there to what holds the map. */
  readonly steps: readonly (number | string)[]
}

export type LiftedFns = ReadonlyMap<Fn, Lifted>

/**
 * The functions, and those of theirs that touch the maps, as lifted ones. Null where one cannot be: it is in another package or a test, uses
 * the maps of two objects, or not through its own parameter, or in a literal, or cannot be named once more.
 */
export function lift(
  program: Program,
  maps: readonly SharedMap[],
  fns: Iterable<Fn>,
  reach: Reach,
  how: Lifted['how'],
): LiftedFns | null {
  const found = new Map<Fn, Lifted>()
  const known: Known = new Map()
  const wanted = new Set(fns)
  for (const fn of wanted) {
    const lifted = liftOne(program, maps, fn, reach, how, known)
    if (lifted === null) return null
    found.set(fn, lifted)
    for (const call of touchingCalls(program, maps, fn, reach)) {
      const callee = calleeOf(program, call)
      if (callee === null) return null
      wanted.add(callee)
    }
  }
  for (const { fn, root, steps } of found.values()) {
    for (const call of touchingCalls(program, maps, fn, reach)) {
      const callee = found.get(calleeOf(program, call) ?? fn)
      const at = callee && objectOf(fn, call, callee)
      if (at === undefined || at === null || at !== [root ?? '', ...steps].join('/')) return null
    }
  }
  return found
}

/** The path of what holds the map of a lifted function, as the call's function names it; null where it has no name there. */
export function objectOf(fn: Fn, call: CallEv, lifted: Lifted): string | null {
  if (lifted.root === null) return ['', ...lifted.steps].join('/')
  return pathOf(fn, call, lifted)?.join('/') ?? null
}

function pathOf(fn: Fn, call: CallEv, { fn: callee, root, steps }: Lifted): readonly (number | string)[] | null {
  if (root === null) return steps
  const value = valueFor(callee, call, root)
  return value?.k === 'path' ? [...pathAt(fn.pkg, value.p), ...steps] : null
}

/** The path of the value that the call gives for the object of a lifted function; null where it has none. */
export function givenTo({ pkg }: Fn, ev: Ev, lifted: Lifted | null): Path | null {
  if (ev.k !== 'call' || lifted === null || lifted.root === null) return null
  const value = valueFor(lifted.fn, ev, lifted.root)
  return value?.k === 'path' ? pathAt(pkg, value.p) : null
}

/** Where the call gives the object of a lifted function: the expression's text up to where its method is named, or the argument's. */
export function objectText(
  call: CallEv,
  { fn: callee, root }: Lifted,
  text: (span: readonly [number, number]) => string,
): string | null {
  const span = root === null ? undefined : call.argSpans[callee.facts.params.indexOf(root)]
  const written =
    callee.facts.recv === root
      ? /^([\s\S]*?)\s*\.\s*[\p{L}_][\p{L}\p{N}_]*$/u.exec(text(call.fun))?.[1]
      : span && text(span).replace(/^&/, '')
  return written !== undefined && /^[\p{L}_][\p{L}\p{N}_]*(\.[\p{L}_][\p{L}\p{N}_]*)*$/u.test(written) ? written : null
}

/** The lock of a lifted function, `inside` in its terms, in the terms of the function that makes the call; null where it has no name there. */
export function lockGiven(
  fn: Fn,
  call: CallEv,
  by: Lifted,
  inside: string,
  text: (span: readonly [number, number]) => string,
): string | null {
  if (by.root === null) return inside
  const given = objectText(call, by, text)
  const { name } = objectAt(by.fn.pkg, by.root)
  const rest = inside.startsWith(`${name}.`) ? inside.slice(name.length) : inside === name ? '' : null
  // Embedded structs that the call leaves out may hide the lock.
  const spelled = givenTo(fn, call, by)?.length === given?.split('.').length
  return given === null || rest === null || !spelled ? null : given + rest
}

/** The function of the program that a call names. */
export function calleeOf(program: Program, { callee, mode }: CallEv): Fn | null {
  return callee.k === 'func' && mode === 'call' ? (program.funcs.get(callee.key) ?? null) : null
}

/** The name that a function's twin gets: Rank → rankLocked. */
export function twinName({ facts }: Fn): string {
  const name = facts.key.slice(facts.key.lastIndexOf('.') + 1)
  return `${name.replace(/^\p{Lu}+(?=\p{Lu}\p{Ll}|$)|^\p{Lu}/u, (initial) => initial.toLowerCase())}Locked`
}

/** What liftOne said before; null meanwhile, and for functions that call themselves. */
type Known = Map<Fn, Lifted | null>

function liftOne(
  program: Program,
  maps: readonly SharedMap[],
  fn: Fn,
  reach: Reach,
  wanted: Lifted['how'],
  known: Known,
): Lifted | null {
  const before = known.get(fn)
  if (before !== undefined) return before
  known.set(fn, null)
  const { facts, pkg } = fn
  if (facts.test || facts.body[1] === 0 || facts.kind === 'literal' || facts.kind === 'varinit') return null
  if (maps.some((map) => map.pkg !== pkg)) return null
  const calls = touchingCalls(program, maps, fn, reach)
  const literals = program.fns(pkg).filter((inner) => isInside(program, inner, fn))
  const touching = (inner: Fn): boolean =>
    maps.some((map) => map.accesses.some(({ func }) => func === inner.facts)) ||
    touchingCalls(program, maps, inner, reach).length > 0
  if (literals.some(touching)) return null
  const own = maps.flatMap((map) => map.accesses).filter(({ func, op }) => func === facts && op !== 'init')
  const named = own.filter(({ alias, depth }) => !alias && depth === 0)
  const holders = named.map((one) => holderOf(fn, one))
  const [access] = named
  let names: Lifted['names'] | undefined = access
  for (const call of access === undefined ? calls.slice(0, 1) : []) {
    const callee = calleeOf(program, call)
    const by = callee && liftOne(program, maps, callee, reach, wanted, known)
    const holder = by && pathOf(fn, call, by)
    if (by === null || holder === null) return null
    names = { call, by }
    holders.push(holder)
  }
  const [holder] = holders
  if (names === undefined || holder === undefined) return null
  if (holders.some((other) => other.join('/') !== holder.join('/'))) return null
  const [root, ...steps] = holder
  const parameter = typeof root === 'number' && [facts.recv, ...facts.params].includes(root) ? root : null
  if (root !== undefined && (parameter === null || isAssigned(fn, parameter))) return null
  const write = own.some((one) => one.write) || calls.some((call) => writes(program, maps, fn, call, reach))
  const how = wanted === 'callers' && hasOnlyCallers(program, fn) ? 'callers' : 'twin'
  if (how === 'twin' && (!canBeTwin(fn) || namesOf(pkg).has(twinName(fn)))) return null
  const lifted: Lifted = { fn, how, write, names, root: parameter, steps }
  known.set(fn, lifted)
  return lifted
}

/** The path to what holds the map: none for a package variable. */
function holderOf(fn: Fn, { event }: Access): readonly (number | string)[] {
  const path = event.k === 'acc' ? pathAt(fn.pkg, event.p) : []
  return path.slice(0, -1)
}

function touchingCalls(program: Program, maps: readonly SharedMap[], fn: Fn, reach: Reach): CallEv[] {
  return eventsOf(fn.facts.stmts).filter(
    (ev): ev is CallEv => ev.k === 'call' && maps.some((map) => reach.call(program, fn, ev, map) !== undefined),
  )
}

function writes(program: Program, maps: readonly SharedMap[], fn: Fn, call: CallEv, reach: Reach): boolean {
  return maps.some((map) => reach.call(program, fn, call, map) === 'write')
}

function isInside(program: Program, inner: Fn, outer: Fn): boolean {
  const { parent } = inner.facts
  if (parent === undefined) return false
  return parent === outer.index || isInside(program, program.fn(inner.pkg, parent), outer)
}

function isAssigned(fn: Fn, ref: ObjRef): boolean {
  return eventsOf(fn.facts.stmts).some((ev) => ev.k === 'set' && ev.star !== true && isExactly(fn, ev, ref))
}

function isExactly(fn: Fn, ev: Extract<Ev, { k: 'set' }>, ref: ObjRef): boolean {
  const path = pathAt(fn.pkg, ev.to)
  return path.length === 1 && path[0] === ref
}

/** Every use of the function is a plain call by its package, and none a test's. */
function hasOnlyCallers(program: Program, fn: Fn): boolean {
  const { facts, pkg } = fn
  if (facts.exported || /^\p{Lu}/u.test(facts.key.slice(facts.key.lastIndexOf('.') + 1))) return false
  const direct = callsOf(program, fn).every(({ call }) => calleeOf(program, call) === fn)
  return direct && (mentioned(program).get(facts.key) ?? []).every((at) => at !== null && at === pkg)
}

/** Where functions are named: the package of a plain call, null for anything else. */
function mentioned(program: Program): ReadonlyMap<string, readonly (PackageFacts | null)[]> {
  const known = mentions.get(program)
  if (known) return known
  const found = new Map<string, (PackageFacts | null)[]>()
  for (const pkg of program.packages) {
    for (const { facts } of program.fns(pkg)) {
      for (const ev of eventsOf(facts.stmts)) {
        if (ev.k === 'ref') push(found, ev.key, null)
        const plain = ev.k === 'call' && ev.mode === 'call' && !facts.test
        if (ev.k === 'call' && ev.callee.k === 'func') push(found, ev.callee.key, plain ? pkg : null)
      }
    }
  }
  mentions.set(program, found)
  return found
}

const mentions = new WeakMap<Program, ReadonlyMap<string, readonly (PackageFacts | null)[]>>()

/** The function can hand all it was given on to another one. */
function canBeTwin({ facts, pkg }: Fn): boolean {
  const names = [...facts.params, ...(facts.kind === 'method' ? [facts.recv ?? -1] : [])]
  if (facts.kind === 'func' && facts.tparams.length > 0) return false
  return names.every((ref) => ref >= 0 && objectAt(pkg, ref).name !== '_')
}

/** What the call gives for a parameter or the receiver of the function it calls. */
export function valueFor(callee: Fn, call: CallEv, root: ObjRef): Val | undefined {
  if (callee.facts.recv === root) return call.recv
  return call.args[callee.facts.params.indexOf(root)]
}
