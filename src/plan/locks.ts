/** Locks as accesses hold them, by the analysis' names. */
import { ownerName } from '../analysis/program.js'
import type { Access, Guard } from '../types.js'

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

/** A write with the guard held for reading only. */
export function writesUnderReadLock(access: Access, guard: Guard): boolean {
  return access.write && access.held.get(guardName(guard)) === 'r'
}
