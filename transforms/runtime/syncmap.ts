/**
 * The Go text of `syncMap`, the container that `syncmap` puts in a map's place: a sync.Map whose values are boxed, so that any type can be
 * compared and swapped. Only the methods that a package uses are emitted; a later run adds to what is there.
 */
import type { AtomicMethod } from '../../src/plan/methods.js'

/** Names that the file declares; `suffix`, "" or a number, sets them apart from others of the package. */
export function syncMapNames(suffix: string): readonly string[] {
  return ['syncMap', 'syncMapOf'].map((name) => name + suffix)
}

/** In the order in which they stand in the file; rlock and lock have no counterpart here. */
export const SYNCMAP_METHODS = [
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
  'Copy',
  'Clear',
  'Len',
  'Snapshot',
] as const satisfies readonly AtomicMethod[]

type SyncMapMethod = (typeof SYNCMAP_METHODS)[number]

/** The Go version (1.N) whose sync.Map a method needs: CompareAndSwap and Swap came with 1.20, Clear with 1.23. */
export function syncMapNeeds(name: AtomicMethod): number {
  return name === 'Clear' ? 23 : name === 'Swap' || name === 'Update' ? 20 : 18
}

/** The type, without a line end. LoadOrCompute needs the lock. */
export function syncMapType(n: string, computes: boolean): string {
  const fields = computes
    ? '	m      sync.Map   // of K to *V\n	making sync.Mutex // held by LoadOrCompute'
    : '	m sync.Map // of K to *V'
  return `// syncMap${n} is a sync.Map with types. As with any map, nil is empty and must not be written to. Each method on one key is one
// step on its own; Len and Snapshot go through the keys one by one while others change them.
type syncMap${n}[K comparable, V any] struct {
${fields}
}`
}

/** The field that LoadOrCompute needs, where a file has the type without it. */
export function syncMapLock(text: string, n: string): { at: number; text: string } {
  const fields = `type syncMap${n}[K comparable, V any] struct {\n\tm sync.Map // of K to *V`
  const start = text.indexOf(fields)
  if (start < 0) throw new Error('bug: a syncMap of another shape')
  return { at: start + fields.length, text: '\n	making sync.Mutex // held by LoadOrCompute' }
}

/** What the methods rest on, without a line end. */
export function syncMapBase(n: string): string {
  return `// load returns the box with the value of key, or nil.
func (s *syncMap${n}[K, V]) load(key K) *V {
	if s == nil {
		return nil
	}
	box, ok := s.m.Load(key)
	if !ok {
		return nil
	}
	return box.(*V)
}

// written panics as a write to a nil map does, if s is nil.
func (s *syncMap${n}[K, V]) written(key K, value V) {
	if s == nil {
		var none map[K]V
		none[key] = value
	}
}`
}

/** Which of the methods a file has that declares the container with this suffix. */
export function syncMapMethodsIn(text: string, suffix: string): ReadonlySet<AtomicMethod> {
  const has = (name: AtomicMethod): boolean =>
    name === 'Of'
      ? text.includes(`\nfunc syncMapOf${suffix}[`)
      : new RegExp(`^func \\(s \\*syncMap${suffix}\\[K, V\\]\\) ${name}\\(`, 'm').test(text)
  return new Set(SYNCMAP_METHODS.filter(has))
}

/** The suffix of the container that the text declares as this module emits it; null if there is none. */
export function syncMapIn(text: string): string | null {
  const found = /^type syncMap(\d*)\[K comparable, V any\] struct \{\n\tm +sync\.Map +\/\/ of K to \*V\n/m.exec(text)
  return found === null ? null : (found[1] ?? '')
}

/** One method, with its comment and without a line end. */
export function syncMapMethod(n: string, name: SyncMapMethod): string {
  const method = (doc: string, signature: string, body: string): string =>
    `// ${doc}\nfunc (s *syncMap${n}[K, V]) ${signature} {\n${body}\n}`
  switch (name) {
    case 'Of':
      return `// syncMapOf${n} returns a map with the entries of from, and nil if that is nil.
func syncMapOf${n}[K comparable, V any](from map[K]V) *syncMap${n}[K, V] {
	if from == nil {
		return nil
	}
	s := new(syncMap${n}[K, V])
	for key, value := range from {
		value := value
		s.m.Store(key, &value)
	}
	return s
}`
    case 'Get':
      return method(
        'Get returns the value of key, or the zero value.',
        'Get(key K) (value V)',
        '	if box := s.load(key); box != nil {\n		value = *box\n	}\n	return value',
      )
    case 'Load':
      return method(
        'Load returns the value of key, and whether there is one.',
        'Load(key K) (value V, ok bool)',
        '	if box := s.load(key); box != nil {\n		return *box, true\n	}\n	return value, false',
      )
    case 'Store':
      return method(
        'Store sets the value of key.',
        'Store(key K, value V)',
        '	s.written(key, value)\n	s.m.Store(key, &value)',
      )
    case 'LoadOrStore':
      return method(
        'LoadOrStore returns the value of key, if it has one, and sets and returns the given one otherwise.',
        'LoadOrStore(key K, value V) (actual V, loaded bool)',
        '	if box := s.load(key); box != nil {\n		return *box, true\n	}\n	s.written(key, value)\n	box, loaded := s.m.LoadOrStore(key, &value)\n	return *box.(*V), loaded',
      )
    case 'LoadOrCompute':
      return method(
        'LoadOrCompute returns the value of key, if it has one, and sets and returns what compute makes otherwise. compute must not use s.',
        'LoadOrCompute(key K, compute func() V) (actual V, loaded bool)',
        '	if box := s.load(key); box != nil {\n		return *box, true\n	}\n	if s == nil {\n		s.written(key, compute())\n	}\n	s.making.Lock()\n	defer s.making.Unlock()\n	if box := s.load(key); box != nil {\n		return *box, true\n	}\n	value := compute()\n	box, loaded := s.m.LoadOrStore(key, &value)\n	return *box.(*V), loaded',
      )
    case 'LoadAndDelete':
      return method(
        'LoadAndDelete removes key, and returns the value it had, and whether there was one.',
        'LoadAndDelete(key K) (value V, loaded bool)',
        '	if s == nil {\n		return value, false\n	}\n	box, loaded := s.m.LoadAndDelete(key)\n	if !loaded {\n		return value, false\n	}\n	return *box.(*V), true',
      )
    case 'Swap':
      return method(
        'Swap sets the value of key, and returns the value it had, and whether there was one.',
        'Swap(key K, value V) (previous V, loaded bool)',
        '	s.written(key, value)\n	box, loaded := s.m.Swap(key, &value)\n	if !loaded {\n		return previous, false\n	}\n	return *box.(*V), true',
      )
    case 'Update':
      return method(
        'Update sets the value of key to what f makes of the one it has; where f says false, it removes key. f may be called more than once.',
        'Update(key K, f func(value V, ok bool) (V, bool))',
        `	for {
		var value V
		old := s.load(key)
		if old != nil {
			value = *old
		}
		value, keep := f(value, old != nil)
		done := false
		switch {
		case !keep && old == nil:
			done = true
		case !keep:
			done = s.m.CompareAndDelete(key, old)
		case old != nil:
			done = s.m.CompareAndSwap(key, old, &value)
		default:
			s.written(key, value)
			_, loaded := s.m.LoadOrStore(key, &value)
			done = !loaded
		}
		if done {
			return
		}
	}`,
      )
    case 'Delete':
      return method('Delete removes key.', 'Delete(key K)', '	if s != nil {\n		s.m.Delete(key)\n	}')
    case 'Copy':
      return method(
        'Copy sets the values that keys have in from, one by one.',
        'Copy(from map[K]V)',
        '	for key, value := range from {\n		value := value\n		s.written(key, value)\n		s.m.Store(key, &value)\n	}',
      )
    case 'Clear':
      return method('Clear removes all keys.', 'Clear()', '	if s != nil {\n		s.m.Clear()\n	}')
    case 'Len':
      return method(
        'Len returns the number of keys, which it counts one by one.',
        'Len() int',
        '	n := 0\n	if s != nil {\n		s.m.Range(func(_, _ any) bool {\n			n++\n			return true\n		})\n	}\n	return n',
      )
    case 'Snapshot':
      return method(
        'Snapshot returns a map with the entries, each as it was when its turn came, and nil for a nil map.',
        'Snapshot() map[K]V',
        '	if s == nil {\n		return nil\n	}\n	n := 0\n	s.m.Range(func(_, _ any) bool {\n		n++\n		return true\n	})\n	entries := make(map[K]V, n)\n	s.m.Range(func(key, box any) bool {\n		k, _ := key.(K)\n		entries[k] = *box.(*V)\n		return true\n	})\n	return entries',
      )
  }
}
