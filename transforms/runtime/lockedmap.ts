/**
 * The Go text of `lockedMap`, the map with its lock that `rwmutex` and `mutex` put in a map's place. Only the methods
 * that a package uses are emitted; a later run adds to what is there.
 */
import type { LockedMethod, LockKind } from '../../src/plan/methods.js'

/** What the type is called where `lockedMap` is taken comes from the planner. */
export interface LockedMapSpec {
  readonly package: string
  readonly type: string
  readonly lock: LockKind
  /** What the lock and the map are called in it: exported names in a package that others import. */
  readonly fields: { readonly lock: string; readonly map: string }
  readonly methods: ReadonlySet<LockedMethod>
}

/** In the order in which they stand in the file. */
export const LOCKED_METHODS: readonly LockedMethod[] = [
  'Get',
  'Load',
  'Store',
  'LoadAndDelete',
  'Delete',
  'Clear',
  'Len',
  'Keys',
  'View',
  'Do',
]

/** A whole file, gofmt clean. Clear wants Go 1.21, the rest Go 1.18. */
export function lockedMapFile(spec: LockedMapSpec): string {
  const methods = LOCKED_METHODS.filter((name) => spec.methods.has(name))
  return [
    `package ${spec.package}`,
    'import "sync"',
    typeText(spec),
    ...methods.map((name) => lockedMethod(spec, name)),
  ]
    .join('\n\n')
    .concat('\n')
}

/** Which of the methods a file has that declares `type`. */
export function lockedMethodsIn(text: string, type: string): ReadonlySet<LockedMethod> {
  return new Set(
    LOCKED_METHODS.filter((name) =>
      new RegExp(`^func \\(\\w+ \\*${type}\\[\\w+, \\w+\\]\\) ${name}\\(`, 'm').test(text),
    ),
  )
}

/** Whether the text declares `type` as this module emits it, and with which lock. */
export function lockOf(text: string, type: string): LockKind | null {
  const found = new RegExp(
    `^type ${type}\\[K comparable, V any\\] struct \\{\\n\\t(?:mu|Mu) sync\\.(RW)?Mutex\\n\\t[mM] +map\\[K\\]V\\n\\}`,
    'm',
  ).exec(text)
  return found === null ? null : found[1] === 'RW' ? 'rwmutex' : 'mutex'
}

function typeText({ type, lock, fields }: LockedMapSpec): string {
  const mutex = lock === 'rwmutex' ? 'sync.RWMutex' : 'sync.Mutex'
  return `// ${type} is a map with the lock that guards it. The zero value holds a nil map. Each method is one step on its own;
// where several accesses are one step, lock ${fields.lock} and use ${fields.map}. It must not be copied.
type ${type}[K comparable, V any] struct {
	${fields.lock} ${mutex}
	${fields.map}  map[K]V
}`
}

/** One method, with its comment and without a line end. */
export function lockedMethod(
  { type, lock, fields: { lock: mu, map: m } }: Pick<LockedMapSpec, 'type' | 'lock' | 'fields'>,
  name: LockedMethod,
): string {
  const [rlock, runlock] = lock === 'rwmutex' ? ['RLock', 'RUnlock'] : ['Lock', 'Unlock']
  const reading = `	l.${mu}.${rlock}()\n	defer l.${mu}.${runlock}()`
  const writing = `	l.${mu}.Lock()\n	defer l.${mu}.Unlock()`
  const method = (doc: string, signature: string, body: string): string =>
    `// ${doc}\nfunc (l *${type}[K, V]) ${signature} {\n${body}\n}`
  switch (name) {
    case 'Get':
      return method(
        'Get returns the value of key, or the zero value.',
        'Get(key K) V',
        `${reading}\n	return l.${m}[key]`,
      )
    case 'Load':
      return method(
        'Load returns the value of key, and whether there is one.',
        'Load(key K) (value V, ok bool)',
        `${reading}\n	value, ok = l.${m}[key]\n	return value, ok`,
      )
    case 'Store':
      return method(
        'Store sets the value of key. As with any nil map, it panics if there is no map yet.',
        'Store(key K, value V)',
        `${writing}\n	l.${m}[key] = value`,
      )
    case 'LoadAndDelete':
      return method(
        'LoadAndDelete removes key in one step, and returns the value it had, and whether there was one.',
        'LoadAndDelete(key K) (value V, ok bool)',
        `${writing}\n	value, ok = l.${m}[key]\n	delete(l.${m}, key)\n	return value, ok`,
      )
    case 'Delete':
      return method('Delete removes key.', 'Delete(key K)', `${writing}\n	delete(l.${m}, key)`)
    case 'Clear':
      return method('Clear removes all keys.', 'Clear()', `${writing}\n	clear(l.${m})`)
    case 'Len':
      return method('Len returns the number of keys.', 'Len() int', `${reading}\n	return len(l.${m})`)
    case 'Keys':
      return method(
        'Keys returns the keys of the moment, in no order.',
        'Keys() []K',
        `${reading}\n	keys := make([]K, 0, len(l.${m}))\n	for key := range l.${m} {\n		keys = append(keys, key)\n	}\n	return keys`,
      )
    case 'View':
      return method(
        'View calls f with the map locked for reading. f must not change the map, keep it, or use l.',
        'View(f func(m map[K]V))',
        `${reading}\n	f(l.${m})`,
      )
    case 'Do':
      return method(
        'Do calls f with the map locked. f must not keep the map, or use l.',
        'Do(f func(m map[K]V))',
        `${writing}\n	f(l.${m})`,
      )
  }
}
