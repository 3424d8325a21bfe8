import { namesOf } from '../src/plan/declare.js'
import { isRefusal, refuse } from '../src/plan/pass.js'
import type { Choice, Job, Transform } from '../src/plan/transform.js'
import type { Refusal, SharedMap } from '../src/types.js'
import { containable, contained } from './contained.js'
import { hashFor } from './runtime/hashes.js'
import { SHARDED_METHODS } from './runtime/sharded.js'

/**
 * A map in 32 shards, each with an RWMutex of its own.
 *
 * Before: hits map[string]int … s.hits[path]++
 * After:  hits *shardedMap[string, int] … s.hits.Update(path, func(value int, _ bool) (int, bool) { return value + 1, true }); what one
 * method can't do for a key locks that key's shard: shard := s.hits.lock(path), and uses shard.m.
 *
 * Safe because every use of a key is one method, or one critical section of the key's shard, and what is of all keys locks all shards
 * at once. It is held by pointer: copies of what holds it share it, and nil is an empty map, as before. A lock that guarded
 * this map alone goes with it, and what was one critical section of it stays one step. Refuses steps on two keys, or on one and the
 * whole (rwmutex does those); locks that guard more (guard); maps that are replaced while shared, or handed out; keys that have no hash
 * in the module's Go version; and language versions before 1.18.
 */
export const sharded: Transform = {
  name: 'sharded',
  doc: 'puts a map in shards, each with a lock of its own, in its place',
  choose,
}

function choose(group: readonly SharedMap[], job: Job): Choice | Refusal {
  const found = containable(group, 'sharded', job)
  if (isRefusal(found)) return found
  const { map, freed } = found
  const container = job.containers.for(map, 'sharded')
  const suffix = container.type.slice('shardedMap'.length)
  const taken = new Set([...namesOf(map.pkg)].filter((name) => container.existing?.includes(`func ${name}(`) !== true))
  const key = map.pkg.types[map.object.type]?.key
  const hash = key === undefined ? null : hashFor(map.pkg, key, suffix, taken)
  if (key === undefined || hash === null) {
    const text = key === undefined ? map.type : (map.pkg.types[key]?.text ?? map.type)
    return refuse(map.decl, `keys of type ${text} have no hash in ${map.pkg.go}; --transform=rwmutex needs none`)
  }
  return contained('sharded', container, new Set(SHARDED_METHODS), freed, {
    ...hash,
    functions: new Map(hash.functions),
  })
}
