/** What is held at one point of a function, and how that changes. */
import type { Ev } from '../facts.js'
import type { LockMode } from '../types.js'
import { type HeldSet, intersect, underFlag, union, whereFlag, withFlag, without } from './heldsets.js'
import type { Lock } from './lockops.js'

/** Which ways through a function count: all of them, or any. */
export type Ways = 'must' | 'may'

/** At one point of a function. */
export interface LockState {
  /** Taken by the function itself (or by helpers that it called), or taken again. */
  readonly held: HeldSet
  /** Given up although the function had not taken them: its caller's, until they are taken again. */
  readonly lent: HeldSet
  /** What its defer statements left for the end. */
  readonly defers: readonly Deferred[]
}

/** The events of a defer statement. */
export interface Deferred {
  readonly evs: readonly Ev[]
  /** Some ways come here past the statement. */
  readonly maybe: boolean
}

/** The state when the lock has been taken. */
export function acquire(state: LockState, lock: Lock, mode: LockMode, when?: string): LockState {
  const again = alike(state.lent, lock)
  return {
    ...state,
    held: new Map(state.held).set(lock.id, withFlag({ lock, mode }, when)),
    lent: again === null ? state.lent : without(state.lent, again),
  }
}

/** The state when the lock has been given up, whoever took it. */
export function release(state: LockState, lock: Lock): LockState {
  const own = alike(state.held, lock)
  if (own !== null) return { ...state, held: without(state.held, own) }
  return { ...state, lent: new Map(state.lent).set(lock.id, { lock, mode: 'w' }) }
}

/** What holds whichever of the two ways was taken (must), or if either was (may). */
export function meet(ways: Ways, a: LockState, b: LockState): LockState {
  const must = ways === 'must'
  return {
    held: must ? intersect(a.held, b.held) : union(a.held, b.held),
    lent: must ? union(a.lent, b.lent) : intersect(a.lent, b.lent),
    defers: meetDefers(a.defers, b.defers),
  }
}

/** The state in a branch where the flag is known. */
export function known(state: LockState, when: string): LockState {
  return { ...state, held: whereFlag(state.held, when) }
}

/** The meeting of the branches of an if that asks the flag; null if neither goes on. */
export function joinFlag(ways: Ways, yes: LockState | null, no: LockState | null, when: string): LockState | null {
  const both = join(ways, [yes, no])
  return yes && no && both && ways === 'must' ? { ...both, held: underFlag(yes.held, no.held, when) } : both
}

function meetDefers(a: readonly Deferred[], b: readonly Deferred[]): readonly Deferred[] {
  const [more, fewer] = a.length >= b.length ? [a, b] : [b, a]
  return more.map(({ evs, maybe }, i) => {
    const other = fewer[i]
    return { evs, maybe: maybe || other?.evs !== evs || other.maybe }
  })
}

/** The meeting of ways that get here; null if none does. */
export function join(ways: Ways, states: readonly (LockState | null)[]): LockState | null {
  const [first, ...rest] = states.filter((state) => state !== null)
  return first ? rest.reduce((a, b) => meet(ways, a, b), first) : null
}

/** Whether both say the same of locks. */
export function sameLocks(a: LockState, b: LockState): boolean {
  return a.held.size === b.held.size && a.lent.size === b.lent.size
}

/** The id under which a set has the lock, or one of the same field of an object that is not known; null if it has neither. */
export function alike(set: HeldSet, lock: Lock): string | null {
  if (set.has(lock.id)) return lock.id
  for (const [id, { lock: other }] of set) {
    if (other.key === lock.key && (lock.path.root === '?' || other.path.root === '?')) return id
  }
  return null
}
