import type { Transform } from '../src/plan/transform.js'
import { chooseLock } from './locked.js'

/**
 * A map with an RWMutex of its own.
 *
 * Before: items map[string]*Item … return s.items[id]
 * After:  items lockedMap[string, *Item] … return s.items.Get(id); what belongs together in one step locks s.items.mu and uses s.items.m.
 * With --style=inline: mu sync.RWMutex // guards items, beside the map, and s.mu.RLock() where the map is used.
 *
 * A map that several packages use (an external test is one), and every map with --emit=PATH, gets its type from one package of the module,
 * by default internal/safemap: items safemap.LockedMap[string, *Item], s.items.Mu and s.items.M. Refused where that package must not be
 * imported, and where only a lock beside the map would do.
 *
 * A struct that is copied has its lock as a package variable. Functions through which a step goes run under their callers' lock: helpers
 * that nothing else calls, and twins, nameLocked, of others. A map whose lock is held at every access, though nothing else is asked, stays.
 *
 * Safe because compound uses become one critical section, under which nothing blocks, calls out or takes the lock again, and which
 * ends by defer where anything in it can panic. Refuses maps that escape, structs that are copied while their maps are replaced, exported maps outside internal packages (--exported=rewrite),
 * and compounds that cannot be one step.
 */
export const rwmutex: Transform = {
  name: 'rwmutex',
  doc: 'wraps the map with an RWMutex of its own, or puts one beside it',
  choose: (group, job) => chooseLock(group, 'rwmutex', job),
}
