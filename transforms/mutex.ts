import type { Transform } from '../src/plan/transform.js'
import { chooseLock } from './locked.js'

/**
 * A map with a Mutex of its own: what rwmutex does, where readers need not run side by side.
 *
 * Before: hits map[string]int … s.hits[path]++
 * After:  hits lockedMap[string, int] … s.hits.Do(func(m map[string]int) { m[path]++ })
 *
 * Safe, and refused, for the reasons that rwmutex gives.
 */
export const mutex: Transform = {
  name: 'mutex',
  doc: 'wraps the map with a Mutex of its own, or puts one beside it',
  choose: (group, job) => chooseLock(group, 'mutex', job),
}
