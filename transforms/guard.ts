import { lacksGuard } from '../src/plan/locks.js'
import { refuse } from '../src/plan/pass.js'
import { refuseAcross, refuseLeaving } from '../src/plan/refusals.js'
import type { Choice, Job, Transform } from '../src/plan/transform.js'
import type { Refusal, SharedMap } from '../src/types.js'

/**
 * The lock that is there, at the accesses that lack it.
 *
 * Before: return r.endpoints[name], where r.mu is held at every other access.
 * After:  r.mu.RLock(); defer r.mu.RUnlock(); return r.endpoints[name].
 *
 * Safe because only accesses that hold no sufficient lock get one, and nothing that blocks, calls out or takes the lock again comes to
 * stand under it. A write under RLock makes that RLock a Lock. Refuses maps without a guard, and maps whose lock belongs to an object
 * that the access does not name.
 */
export const guard: Transform = {
  name: 'guard',
  doc: 'takes the lock that is there, at the accesses that lack it',
  choose: chooseGuard,
}

/** The lock that is held at every access already, in all that the program does with the maps; null where one lacks it, or lets a map out. */
export function keptGuard(group: readonly SharedMap[], { pass, selected }: Job): Choice | null {
  const kept = group.every(
    (map) =>
      selected.has(map) &&
      map.guard !== null &&
      map.pkg.errors.length === 0 &&
      map.accesses.every((access) => map.guard !== null && !lacksGuard(pass.program, access, map.guard)) &&
      refuseLeaving(pass, map) === null,
  )
  const lock = group[0]?.guard
  if (!kept || !lock) return null
  const because = `${lock.object.name} is held at every access`
  return { transform: 'guard', lock: { style: 'guard', kind: lock.kind }, because }
}

export function chooseGuard(group: readonly SharedMap[], _job: Job): Choice | Refusal {
  const [first] = group
  if (first === undefined) throw new Error('bug: a group without maps')
  const across = group.map(refuseAcross).find((refusal) => refusal !== null)
  if (across) return across
  const lock = first.guard
  if (lock === null) return refuse(first.decl, 'no lock guards it; --transform=rwmutex gives it one')
  if (lock.where === 'owner')
    return refuse(
      first.decl,
      `its lock, ${lock.object.name}, belongs to another object, which its accesses do not name`,
    )
  return {
    transform: 'guard',
    lock: { style: 'guard', kind: lock.kind },
    because: `${lock.object.name} is held at ${lock.held} of ${lock.total} accesses`,
  }
}
