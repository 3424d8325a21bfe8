import { isRefusal } from '../src/plan/pass.js'
import type { Choice, Job, Transform } from '../src/plan/transform.js'
import type { Refusal, SharedMap } from '../src/types.js'
import { chooseGuard } from './guard.js'
import { chooseLock } from './locked.js'

/**
 * The fitting transform for each group, with the reason.
 *
 * A lock that guards the map already: guard. Else rwmutex where some access only reads, mutex where all of them write. sharded and
 * syncmap want evidence of contention, so they are never chosen from the source alone. Refuses what the chosen transform refuses.
 */
export const auto: Transform = {
  name: 'auto',
  doc: 'chooses for each map, and says why',
  choose,
}

function choose(group: readonly SharedMap[], job: Job): Choice | Refusal {
  if (group.every(({ guard }) => guard !== null)) return chooseGuard(group, job)
  const live = group.flatMap((map) => map.accesses).filter((access) => !access.exclusive && access.op !== 'init')
  const reads = live.filter((access) => !access.write).length
  const kind = reads > 0 ? 'rwmutex' : 'mutex'
  const choice = chooseLock(group, kind, job)
  if (isRefusal(choice)) return choice
  const reason = reads > 0 ? `rwmutex: ${reads} of ${live.length} accesses only read` : `mutex: all ${live.length} accesses write`
  return { ...choice, because: choice.because === '' ? reason : `${reason}; ${choice.because}` }
}
