import type { AtomicMethod } from '../src/plan/methods.js'
import { isRefusal } from '../src/plan/pass.js'
import type { Choice, Job, Transform } from '../src/plan/transform.js'
import { atLeast } from '../src/plan/types.js'
import type { Refusal, SharedMap } from '../src/types.js'
import { containable, contained } from './contained.js'
import { SYNCMAP_METHODS, syncMapNeeds } from './runtime/syncmap.js'

/**
 * A sync.Map with types.
 *
 * Before: items map[string]*Item … if it, ok := s.items[id]; ok { return it }
 * After:  items *syncMap[string, *Item] … if it, ok := s.items.Load(id); ok { return it }
 *
 * Safe because every use of a key is one method; read-modify-write is a compare-and-swap of boxed values, which may run its function
 * again, so that only functions without effects are taken. It is held by pointer, as for sharded, and nil is an empty map. Refuses
 * compounds that no method does, what sharded refuses (but keys need no hash), changes of several keys in one step, and methods
 * that the module's Go version does not have (Swap and CompareAndSwap: 1.20, Clear: 1.23). Where a lock goes, what is of all keys (len,
 * range, clear) was of one moment and would no longer be: refused, too.
 */
export const syncmap: Transform = {
  name: 'syncmap',
  doc: 'puts a sync.Map with types in its place',
  choose,
}

function choose(group: readonly SharedMap[], job: Job): Choice | Refusal {
  const found = containable(group, 'syncmap', job)
  if (isRefusal(found)) return found
  const { map, freed } = found
  const has = SYNCMAP_METHODS.filter((name) => atLeast(map.pkg.go, syncMapNeeds(name)))
  const able = freed === null ? has : has.filter((name) => !OF_NO_MOMENT.has(name))
  return contained('syncmap', job.containers.for(map, 'syncmap'), new Set(able), freed, null)
}

/** What a sync.Map does key by key, so that others come in between. */
const OF_NO_MOMENT: ReadonlySet<AtomicMethod> = new Set(['Len', 'Range', 'Snapshot', 'Copy', 'Clear', 'DeleteFunc'])
