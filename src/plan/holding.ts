/** Where a lock that exists is held: in a function's own code, and by those who call it. */
import { buildLockSets, type HeldSet, type LockSets } from '../analysis/locksets.js'
import { buildPaths } from '../analysis/paths.js'
import type { Fn, Program } from '../analysis/program.js'
import type { Ev } from '../facts.js'
import type { LockMode } from '../types.js'
import { callsOf } from './reach.js'

export interface Holding {
  /** How the function itself, or the one that its literal runs in, holds the lock at the event; null if it does not. */
  at(fn: Fn, ev: Ev, lock: string): LockMode | null
  /** A function that may call this one, through others too, with the lock held; null if none does. */
  callerWith(fn: Fn, lock: string): Fn | null
}

const known = new WeakMap<Program, Holding>()

/** Locks are told apart by the keys of their fields or variables, instances are not. */
export function holdingOf(program: Program): Holding {
  const before = known.get(program)
  if (before) return before
  const locks = buildLockSets(program, buildPaths(program))
  const at = (fn: Fn, ev: Ev, lock: string): LockMode | null =>
    stronger(modeOf(locks.of(fn).at.get(ev), lock), entryMode(locks, fn, lock))
  const callerWith = (fn: Fn, lock: string): Fn | null => {
    const seen = new Set<Fn>([fn])
    const work = [fn]
    for (let callee = work.pop(); callee !== undefined; callee = work.pop()) {
      for (const { caller, call } of callsOf(program, callee)) {
        if (at(caller, call, lock) !== null) return caller
        if (!seen.has(caller)) work.push(caller)
        seen.add(caller)
      }
    }
    return null
  }
  const holding = { at, callerWith }
  known.set(program, holding)
  return holding
}

function entryMode(locks: LockSets, fn: Fn, lock: string): LockMode | null {
  return fn.facts.kind === 'literal' ? modeOf(locks.entry(fn), lock) : null
}

function modeOf(held: HeldSet | undefined, lock: string): LockMode | null {
  let mode: LockMode | null = null
  for (const one of held?.values() ?? []) if (one.lock.key === lock) mode = stronger(mode, one.mode)
  return mode
}

function stronger(a: LockMode | null, b: LockMode | null): LockMode | null {
  return a === 'w' || b === 'w' ? 'w' : (a ?? b)
}
