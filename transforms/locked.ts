/** What rwmutex and mutex share: a wrapper, or a lock beside the map; a map that a lock guards already keeps it. */
import type { LockKind } from '../src/plan/methods.js'
import { refuse } from '../src/plan/pass.js'
import { refuseAcross, refuseLockForAll, refuseLockInside, refuseNewType, refuseWrapper } from '../src/plan/refusals.js'
import type { Choice, Job } from '../src/plan/transform.js'
import { atLeast } from '../src/plan/types.js'
import type { Refusal, SharedMap } from '../src/types.js'
import { chooseGuard } from './guard.js'

/** A lock of the given kind for the group. Groups of several maps, and maps that the wrapper can't hold, get it beside them. */
export function chooseLock(group: readonly SharedMap[], kind: LockKind, job: Job): Choice | Refusal {
  const [first] = group
  if (first === undefined) throw new Error('bug: a group without maps')
  // A lock of another object cannot be taken where that is not in sight; one more, held for nothing else, can.
  if (group.every(({ guard }) => guard !== null && guard.where !== 'owner')) return chooseGuard(group, job)
  const { program } = job.pass
  const inside = group.map((map) => refuseLockInside(program, map)).find((refusal) => refusal !== null)
  for (const map of group) {
    const refusal = (inside && refuseLockForAll(program, map)) ?? refuseNewType(job.pass, map)
    if (refusal) return refusal
    if (job.containers.holds(map)) return refuse(map.decl, 'it is the map inside a wrapper, which has a lock')
  }
  if (group.every(({ accesses }) => accesses.every((access) => access.exclusive || access.op === 'init')))
    return refuse(first.decl, 'nothing shares it: its lock would never be taken')
  const across = group.map(refuseAcross).find((refusal) => refusal !== null)
  if (inside) {
    if (across) return across
    const because = `one lock is for all values: ${inside.reason}`
    return { transform: kind, lock: { style: 'inline', kind, taken: job.taken, apart: true }, because }
  }
  const why = job.request.style === 'inline' ? '' : whyNotWrapped(group, job)
  if (across && (job.request.style === 'inline' || why !== '')) return across
  if (job.request.style === 'inline' || why !== '') {
    return { transform: kind, lock: { style: 'inline', kind, taken: job.taken }, because: why }
  }
  return { transform: kind, lock: { style: 'wrapper', kind, container: job.containers.for(first, kind) }, because: '' }
}

/** The same, beside the map. */
export function inlineInstead(maps: readonly SharedMap[], choice: Choice, refusal: Refusal, job: Job): Choice | null {
  if (choice.lock.style !== 'wrapper' || maps.some((map) => refuseAcross(map) !== null)) return null
  return {
    ...choice,
    lock: { style: 'inline', kind: choice.lock.kind, taken: job.taken },
    because: `the lock is beside the map: ${refusal.reason}`,
  }
}

function whyNotWrapped(group: readonly SharedMap[], job: Job): string {
  const [first] = group
  if (group.length > 1) return 'the maps change together, so one lock beside them guards them all'
  if (first === undefined) return ''
  const { pkg } = first
  if (!atLeast(pkg.go, 18)) return `the lock is beside the map: ${pkg.go} has no generics`
  const key = pkg.types[pkg.types[first.object.type]?.key ?? -1]
  if (key?.hashPanics && !atLeast(pkg.go, 20))
    return `the lock is beside the map: in ${pkg.go} its key type is no type argument`
  const refusal = refuseWrapper(first, job.pass)
  return refusal ? `the lock is beside the map: ${refusal.reason}` : ''
}
