import { isRefusal } from '../src/plan/pass.js'
import type { Choice, Job, Transform } from '../src/plan/transform.js'
import type { Access, Refusal, SharedMap } from '../src/types.js'
import { chooseGuard } from './guard.js'
import { chooseLock } from './locked.js'

/**
 * The fitting transform for each group, with the reason.
 *
 * A lock that guards the map already: guard. Else rwmutex where some access of the package's maps only reads, mutex where all write. sharded and
 * syncmap want evidence of contention, so they are never chosen from the source alone. A map that is handed out under its lock is handed
 * out as a copy (src/plan/copyout.ts). Findings about something else than a map's guard get their rule's own fix (src/plan/remedies).
 * Refuses what the chosen transform refuses.
 */
export const auto: Transform = {
  name: 'auto',
  doc: 'chooses for each map, and says why',
  choose,
}

function choose(group: readonly SharedMap[], job: Job): Choice | Refusal {
  if (group.every(({ guard }) => guard !== null)) return chooseGuard(group, job)
  const live = accessesOf(group)
  const reads = live.filter(({ write }) => !write).length
  // One wrapper is enough for a package.
  const others = job.maps.filter((map) => map.pkg === group[0]?.pkg && map.guard === null)
  const kind = accessesOf(others).some(({ write }) => !write) ? 'rwmutex' : 'mutex'
  const choice = chooseLock(group, kind, job)
  if (isRefusal(choice)) return choice
  const reason =
    reads > 0 || kind === 'mutex'
      ? `${kind}: ${reads} of ${live.length} accesses only read`
      : `${kind}: as for the package's other maps`
  return { ...choice, because: choice.because === '' ? reason : `${reason}; ${choice.because}` }
}

function accessesOf(maps: readonly SharedMap[]): Access[] {
  return maps.flatMap(({ accesses }) => accesses).filter((access) => !access.exclusive && access.op !== 'init')
}
