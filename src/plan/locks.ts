/** Locks as accesses hold them, by the analysis' names. */
import { ownerName, type Program } from '../analysis/program.js'
import type { Access, Guard } from '../types.js'
import { holdingOf } from './holding.js'
import { fnOf } from './surroundings.js'

/** The name under which an access' lock set has the guard: "Registry.mu", "namesMu". */
export function guardName({ object }: Guard): string {
  const owner = ownerName(object)
  return owner ? `${owner}.${object.name}` : object.name
}

/** Whether the access holds the guard in a mode that is enough for it. */
export function holdsGuard(access: Access, guard: Guard): boolean {
  const mode = access.held.get(guardName(guard))
  return mode === 'w' || (mode === 'r' && !access.write)
}

/**
 * Whether the access wants the guard and does not hold it. A test's own goroutine is alone, and what nothing calls has no callers that
 * could hold the lock.
 */
export function lacksGuard(program: Program, access: Access, guard: Guard): boolean {
  if (access.exclusive || access.op === 'init' || access.inTest || access.reached.length === 0) return false
  return !holdsGuard(access, guard) && !holdsItself(program, access, guard)
}

function holdsItself(program: Program, access: Access, guard: Guard): boolean {
  const fn = fnOf(program, access)
  const mode = fn === undefined ? null : holdingOf(program).at(fn, access.event, guard.object.key)
  return mode === 'w' || (mode === 'r' && !access.write)
}

/** A write with the guard held for reading only. */
export function writesUnderReadLock(access: Access, guard: Guard): boolean {
  return access.write && access.held.get(guardName(guard)) === 'r'
}
