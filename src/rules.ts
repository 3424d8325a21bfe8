/** The rules that findings can have, and what each means. */

export interface Rule {
  readonly name: string
  readonly meaning: string
  readonly remedy: string
}

export const RULES: readonly Rule[] = [
  {
    name: 'unguarded-map',
    meaning: 'a map that two goroutines reach, at least one of them writing, with no lock that all of them hold',
    remedy: 'any transform',
  },
  {
    name: 'inconsistent-guard',
    meaning: 'a map whose lock is held at most accesses and missing at some',
    remedy: 'guard: the lock that is there, at the accesses that lack it',
  },
  {
    name: 'write-under-rlock',
    meaning: 'an assignment, delete or lazy make under RLock, which other readers hold at the same time',
    remedy: 'guard: Lock in place of RLock',
  },
  {
    name: 'guarded-map-escapes',
    meaning: 'a guarded map returned, stored, sent or encoded, and so used after its lock is given up',
    remedy: 'copy it under the lock',
  },
  {
    name: 'lock-reentry',
    meaning:
      'a lock taken that the goroutine already holds: it waits for itself (a second RLock does once a writer waits)',
    remedy: 'call a variant that expects the lock to be held',
  },
  {
    name: 'lock-leak',
    meaning: 'a path that returns, or can panic, with the lock held',
    remedy: 'defer the unlock, or unlock on that path',
  },
  {
    name: 'delete-in-range',
    meaning: 'a delete or assignment inside a range over a map that other goroutines share',
    remedy: 'collect the keys and delete after, or hold the lock',
  },
  {
    name: 'captured-loop-variable',
    meaning: 'a goroutine that captures a loop variable which all iterations share (before Go 1.22)',
    remedy: 'bind it anew in the loop body',
  },
  {
    name: 'shared-map-value',
    meaning: 'a guarded map whose elements (inner maps, slices, what pointers lead to) are written without the lock',
    remedy: 'hold the lock for the element too',
  },
  {
    name: 'sync-map-misuse',
    meaning: 'a sync.Map that is mostly written, copied, counted through Range, or loaded and then stored in two steps',
    remedy: 'rwmutex, or the one atomic method',
  },
  {
    name: 'unbounded-map',
    meaning: 'a shared map that handlers or loops insert into and nothing deletes from',
    remedy: 'a bound, or an expiry',
  },
  {
    name: 'unsized-map',
    meaning: 'a map grown in a loop whose size is known',
    remedy: 'make(map[K]V, n)',
  },
  {
    name: 'selected',
    meaning: 'not a fault: a map that --select=shared or --select=all asked for',
    remedy: 'any transform',
  },
]
