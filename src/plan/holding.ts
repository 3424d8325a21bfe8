/** Where a lock that exists is held: in a function's own code, and by those who call it. */
import { eventEffects } from '../analysis/effects.js'
import type { Held } from '../analysis/heldsets.js'
import { buildLockSets, type HeldSet, type LockSets } from '../analysis/locksets.js'
import { buildPaths } from '../analysis/paths.js'
import type { Fn, Program } from '../analysis/program.js'
import type { Ev } from '../facts.js'
import type { LockMode } from '../types.js'
import { type CallSite, callsOf } from './reach.js'
import { eventsOf } from './tree.js'

export interface Holding {
  /** How the function itself, or the one that its literal runs in, holds the lock at the event; null if it does not. */
  at(fn: Fn, ev: Ev, lock: string): LockMode | null
  /** Whether the lock may be held at the event, taken on some way through the function. */
  may(fn: Fn, ev: Ev, lock: string): boolean
  /** A function that may call this one, through others too, with the lock held; null if none does. */
  callerWith(fn: Fn, lock: string): Fn | null
  /** The locks that may be held at the event, taken by the function or by those who call it. */
  around(fn: Fn, ev: Ev): ReadonlySet<string>
  /** Whether code that holds the first lock takes the second one, or one under which that is so. True if they are the same. */
  leadsTo(from: string, to: string): boolean
}

const known = new WeakMap<Program, Holding>()

/** Locks are told apart by the keys of their fields or variables, instances are not. */
export function holdingOf(program: Program): Holding {
  const before = known.get(program)
  if (before) return before
  const paths = buildPaths(program)
  const locks = buildLockSets(program, paths)
  const some = buildLockSets(program, paths, 'may')
  const at = (fn: Fn, ev: Ev, lock: string): LockMode | null =>
    stronger(modeOf(firm(locks.of(fn).at.get(ev)), lock), modeOf(firm(entryOf(locks, fn)), lock))
  const may = (fn: Fn, ev: Ev, lock: string): boolean =>
    modeOf(some.of(fn).at.get(ev)?.values(), lock) !== null || modeOf(entryOf(some, fn)?.values(), lock) !== null
  const here = (fn: Fn, ev: Ev): string[] =>
    [some.of(fn).at.get(ev), fn.facts.kind === 'literal' ? some.entry(fn) : undefined].flatMap((held) =>
      [...(held?.values() ?? [])].map(({ lock }) => lock.key),
    )
  let order: ReadonlyMap<string, ReadonlySet<string>> | null = null
  const holding: Holding = {
    at,
    may,
    callerWith: (fn, lock) =>
      callSitesOf(program, fn).find(({ caller, call }) => may(caller, call, lock))?.caller ?? null,
    around: (fn, ev) =>
      new Set([...here(fn, ev), ...callSitesOf(program, fn).flatMap(({ caller, call }) => here(caller, call))]),
    leadsTo(from, to) {
      order ??= orderOf(program, here)
      const seen = new Set([from])
      for (const lock of seen) for (const next of order.get(lock) ?? []) seen.add(next)
      return seen.has(to) || seen.has(UNKNOWN)
    },
  }
  known.set(program, holding)
  return holding
}

const UNKNOWN = '?'

/** The calls on the ways to a function, its callers' callers' included. */
function callSitesOf(program: Program, fn: Fn): readonly CallSite[] {
  const found: CallSite[] = []
  const seen = new Set([fn])
  for (const callee of seen) {
    for (const site of callsOf(program, callee)) {
      found.push(site)
      seen.add(site.caller)
    }
  }
  return found
}

/** Which locks are taken while which are held. */
function orderOf(
  program: Program,
  held: (fn: Fn, ev: Ev) => readonly string[],
): ReadonlyMap<string, ReadonlySet<string>> {
  const order = new Map<string, Set<string>>()
  for (const pkg of program.packages) {
    for (const fn of program.fns(pkg)) {
      for (const ev of eventsOf(fn.facts.stmts)) {
        const outer = ev.k === 'call' && ev.mode !== 'go' ? held(fn, ev) : []
        if (outer.length === 0) continue
        const inner = eventEffects(program, fn, [ev]).locks.map(({ object }) => lockKey(object))
        for (const lock of outer) order.set(lock, new Set([...(order.get(lock) ?? []), ...inner]))
      }
    }
  }
  return order
}

/** The key of a lock that a function takes; one that its callers give it may be any. */
export function lockKey(object: string | null): string {
  return object === null || object.startsWith('#') ? UNKNOWN : object
}

function entryOf(locks: LockSets, fn: Fn): HeldSet | undefined {
  return fn.facts.kind === 'literal' ? locks.entry(fn) : undefined
}

/** What is held whatever flags say. */
function firm(held: HeldSet | undefined): Held[] {
  return [...(held?.values() ?? [])].filter(({ when }) => when === undefined)
}

function modeOf(held: Iterable<Held> | undefined, lock: string): LockMode | null {
  let mode: LockMode | null = null
  for (const one of held ?? []) if (one.lock.key === lock) mode = stronger(mode, one.mode)
  return mode
}

function stronger(a: LockMode | null, b: LockMode | null): LockMode | null {
  return a === 'w' || b === 'w' ? 'w' : (a ?? b)
}
