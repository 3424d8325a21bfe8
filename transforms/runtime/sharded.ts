/**
 * The Go text of `shardedMap`, the container that `sharded` puts in a map's place: 32 maps, each with an RWMutex of its own. Only
 * the methods that a package uses are emitted; a later run adds to what is there. The hash of a key is chosen when
 * planning, and given to the constructor.
 */
import type { AtomicMethod } from '../../src/plan/methods.js'

/** `suffix` sets the file's names apart from others of the package: "" or a number. */
export interface ShardedSpec {
  readonly suffix: string
  /** Whether the language version has the builtin clear (Go 1.21). */
  readonly clear: boolean
}

/** Names that the file declares, hash functions aside. */
export function shardedNames(suffix: string): readonly string[] {
  return ['shardedMap', 'mapShard', 'shardCount', 'newShardedMap', 'shardedMapOf', 'shardSeed'].map(
    (name) => name + suffix,
  )
}

/** In the order in which they stand in the file. */
export const SHARDED_METHODS: readonly AtomicMethod[] = [
  'Of',
  'Get',
  'Load',
  'Store',
  'LoadOrStore',
  'LoadOrCompute',
  'LoadAndDelete',
  'Swap',
  'Update',
  'Delete',
  'DeleteFunc',
  'Copy',
  'Clear',
  'Len',
  'Range',
  'Snapshot',
  'rlock',
  'lock',
]

/** The types, the constructor and `shard`, without a line end. */
export function shardedType(n: string): string {
  return `// shardCount${n} is a power of two.
const shardCount${n} = 32

// shardedMap${n} is a map in shards, each with a lock of its own: a key is always in the same one. As with any map, nil is
// empty and must not be written to. Each method is one step on its own; where several accesses to one key are one step,
// lock its shard and use that. What is of all keys locks every shard for the moment, and takes time for it.
type shardedMap${n}[K comparable, V any] struct {
	hash   func(K) uint64
	shards [shardCount${n}]mapShard${n}[K, V]
}

// mapShard${n} is the part of the map that one lock guards.
type mapShard${n}[K comparable, V any] struct {
	mu sync.RWMutex
	m  map[K]V
	_  [96]byte // keeps the locks of two shards out of one cache line
}

// newShardedMap${n} returns an empty map. Equal keys must have equal hashes, of which the low bits count.
func newShardedMap${n}[K comparable, V any](hash func(K) uint64) *shardedMap${n}[K, V] {
	s := &shardedMap${n}[K, V]{hash: hash}
	for i := range s.shards {
		s.shards[i].m = make(map[K]V)
	}
	return s
}`
}

/** What every method rests on, without a line end. */
export function shardedShard(n: string): string {
  return `// shard returns the shard of key.
func (s *shardedMap${n}[K, V]) shard(key K) *mapShard${n}[K, V] {
	if s == nil {
		return new(mapShard${n}[K, V])
	}
	return &s.shards[s.hash(key)%shardCount${n}]
}`
}

/** Which of the methods a file has that declares the container with this suffix. */
export function shardedMethodsIn(text: string, suffix: string): ReadonlySet<AtomicMethod> {
  const has = (name: AtomicMethod): boolean =>
    name === 'Of'
      ? text.includes(`\nfunc shardedMapOf${suffix}[`)
      : new RegExp(`^func \\(s \\*shardedMap${suffix}\\[K, V\\]\\) ${name}\\(`, 'm').test(text)
  return new Set(SHARDED_METHODS.filter(has))
}

/** The suffix of the container that the text declares as this module emits it; null if there is none. */
export function shardedIn(text: string): string | null {
  const found = /^type shardedMap(\d*)\[K comparable, V any\] struct \{\n\thash {3}func\(K\) uint64\n/m.exec(text)
  return found === null ? null : (found[1] ?? '')
}

/** One method, with its comment and without a line end. */
export function shardedMethod({ suffix: n, clear }: ShardedSpec, name: AtomicMethod): string {
  const method = (doc: string, signature: string, body: string): string =>
    `${doc
      .split('\n')
      .map((line) => `// ${line}`)
      .join('\n')}\nfunc (s *shardedMap${n}[K, V]) ${signature} {\n${body}\n}`
  const reading = '	shard := s.shard(key)\n	shard.mu.RLock()\n	defer shard.mu.RUnlock()\n'
  const writing = '	shard := s.shard(key)\n	shard.mu.Lock()\n	defer shard.mu.Unlock()\n'
  const all = (mode: 'Lock' | 'RLock', body: string): string =>
    `	if s == nil {\n		return\n	}\n	for i := range s.shards {\n		s.shards[i].mu.${mode}()\n		defer s.shards[i].mu.${mode === 'Lock' ? 'Unlock' : 'RUnlock'}()\n	}\n${body}`
  switch (name) {
    case 'Of':
      return `// shardedMapOf${n} returns a map with the entries of from, and nil if that is nil.
func shardedMapOf${n}[K comparable, V any](hash func(K) uint64, from map[K]V) *shardedMap${n}[K, V] {
	if from == nil {
		return nil
	}
	s := newShardedMap${n}[K, V](hash)
	for key, value := range from {
		s.shard(key).m[key] = value
	}
	return s
}`
    case 'Get':
      return method(
        'Get returns the value of key, or the zero value.',
        'Get(key K) V',
        `${reading}	return shard.m[key]`,
      )
    case 'Load':
      return method(
        'Load returns the value of key, and whether there is one.',
        'Load(key K) (value V, ok bool)',
        `${reading}	value, ok = shard.m[key]\n	return value, ok`,
      )
    case 'Store':
      return method('Store sets the value of key.', 'Store(key K, value V)', `${writing}	shard.m[key] = value`)
    case 'LoadOrStore':
      return method(
        'LoadOrStore returns the value of key, if it has one, and sets and returns the given one otherwise.',
        'LoadOrStore(key K, value V) (actual V, loaded bool)',
        `${writing}	if actual, loaded = shard.m[key]; loaded {\n		return actual, true\n	}\n	shard.m[key] = value\n	return value, false`,
      )
    case 'LoadOrCompute':
      return method(
        'LoadOrCompute returns the value of key, if it has one, and sets and returns what compute makes otherwise. compute must not use s.',
        'LoadOrCompute(key K, compute func() V) (actual V, loaded bool)',
        `${writing}	if actual, loaded = shard.m[key]; loaded {\n		return actual, true\n	}\n	actual = compute()\n	shard.m[key] = actual\n	return actual, false`,
      )
    case 'LoadAndDelete':
      return method(
        'LoadAndDelete removes key, and returns the value it had, and whether there was one.',
        'LoadAndDelete(key K) (value V, loaded bool)',
        `${writing}	value, loaded = shard.m[key]\n	delete(shard.m, key)\n	return value, loaded`,
      )
    case 'Swap':
      return method(
        'Swap sets the value of key, and returns the value it had, and whether there was one.',
        'Swap(key K, value V) (previous V, loaded bool)',
        `${writing}	previous, loaded = shard.m[key]\n	shard.m[key] = value\n	return previous, loaded`,
      )
    case 'Update':
      return method(
        'Update sets the value of key to what f makes of the one it has; where f says false, it removes key. f must not use s.',
        'Update(key K, f func(value V, ok bool) (V, bool))',
        `${writing}	value, ok := shard.m[key]\n	if value, ok = f(value, ok); ok {\n		shard.m[key] = value\n	} else {\n		delete(shard.m, key)\n	}`,
      )
    case 'Delete':
      return method('Delete removes key.', 'Delete(key K)', `${writing}	delete(shard.m, key)`)
    case 'DeleteFunc':
      return method(
        'DeleteFunc removes the keys for which del returns true, all in one step. del must not use s.',
        'DeleteFunc(del func(key K, value V) bool)',
        all(
          'Lock',
          '	for i := range s.shards {\n		for key, value := range s.shards[i].m {\n			if del(key, value) {\n				delete(s.shards[i].m, key)\n			}\n		}\n	}',
        ),
      )
    case 'Copy':
      return method(
        'Copy sets the values that keys have in from, all in one step.',
        'Copy(from map[K]V)',
        `	if s != nil {\n		for i := range s.shards {\n			s.shards[i].mu.Lock()\n			defer s.shards[i].mu.Unlock()\n		}\n	}\n	for key, value := range from {\n		s.shard(key).m[key] = value\n	}`,
      )
    case 'Clear':
      return method(
        'Clear removes all keys in one step.',
        'Clear()',
        `	if s == nil {
		return
	}
	for i := range s.shards {
		s.shards[i].mu.Lock()
	}
	for i := range s.shards {
		${clear ? 'clear(s.shards[i].m)' : 'for key := range s.shards[i].m {\n			delete(s.shards[i].m, key)\n		}'}
		s.shards[i].mu.Unlock()
	}`,
      )
    case 'Len':
      return method(
        'Len returns the number of keys at one moment.',
        'Len() int',
        `	if s == nil {
		return 0
	}
	n := 0
	for i := range s.shards {
		s.shards[i].mu.RLock()
		n += len(s.shards[i].m)
	}
	for i := range s.shards {
		s.shards[i].mu.RUnlock()
	}
	return n`,
      )
    case 'Range':
      return method(
        'Range calls f for every key, with all shards locked for reading. f must not use s.',
        'Range(f func(key K, value V))',
        all(
          'RLock',
          '	for i := range s.shards {\n		for key, value := range s.shards[i].m {\n			f(key, value)\n		}\n	}',
        ),
      )
    case 'Snapshot':
      return method(
        'Snapshot returns a map with the entries of one moment, and nil for a nil map.',
        'Snapshot() map[K]V',
        `	if s == nil {
		return nil
	}
	n := 0
	for i := range s.shards {
		s.shards[i].mu.RLock()
		n += len(s.shards[i].m)
	}
	entries := make(map[K]V, n)
	for i := range s.shards {
		for key, value := range s.shards[i].m {
			entries[key] = value
		}
		s.shards[i].mu.RUnlock()
	}
	return entries`,
      )
    case 'rlock':
      return method(
        'rlock locks the shard of key for reading, and returns it. Of its keys only that one may be used.',
        `rlock(key K) *mapShard${n}[K, V]`,
        '	shard := s.shard(key)\n	shard.mu.RLock()\n	return shard',
      )
    case 'lock':
      return method(
        'lock locks the shard of key, and returns it. Of its keys only that one may be used.',
        `lock(key K) *mapShard${n}[K, V]`,
        '	shard := s.shard(key)\n	shard.mu.Lock()\n	return shard',
      )
  }
}
