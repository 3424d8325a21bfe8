/** Who waits for whom, from dumps and sources as texts. */
import { beforeAll, expect, test } from '@jest/globals'
import { describeDeadlock } from '../src/prove/deadlock.js'
import { initSyntax, type Syntax } from '../src/syntax/index.js'

let syntax: Syntax
beforeAll(async () => {
  syntax = await initSyntax()
})

const HELPERS = `package m

import "sync"

type Store struct {
	mu sync.Mutex
	m  map[string]int
}

func (s *Store) lock() { s.mu.Lock() }

func (s *Store) unlock() { s.mu.Unlock() }

func (s *Store) Put(k string) {
	s.lock()
	defer s.unlock()
	s.m[k]++
}

func (s *Store) Each(f func(string)) {
	s.lock()
	for k := range s.m {
		f(k)
	}
	s.unlock()
}

func (s *Store) Drop(k string) bool {
	s.lock()
	if s.m[k] == 0 {
		return false
	}
	delete(s.m, k)
	s.unlock()
	return true
}
`

const frames = (...all: readonly [func: string, line: number][]): string =>
  all.map(([func, line]) => `example.com/m.${func}(0xc000010000)\n\t/m/m.go:${line} +0x1d\n`).join('')
const WAITING = `goroutine 7 [sync.Mutex.Lock]:
internal/sync.runtime_SemacquireMutex(0x0?, 0x0?, 0x0?)
	/go/src/runtime/sema.go:95 +0x25
sync.(*Mutex).Lock(...)
	/go/src/sync/mutex.go:46
`

function said(dump: string, text = HELPERS): string {
  const sources = {
    text: (file: string) => (file === '/m/m.go' ? text : null),
    name: () => 'm.go',
    changed: ['/m/m.go'],
    files: ['/m/m.go'],
  }
  return describeDeadlock(dump, sources, syntax)
}

test('a lock that a helper took is held by its caller, until another helper releases it', () => {
  const dump = `${WAITING}${frames(['(*Store).lock', 10], ['(*Store).Put', 15], ['(*Store).Each', 23])}`
  expect(said(dump)).toBe(
    '(*Store).lock waits for s.mu at m.go:10\n' +
      '  the same goroutine holds it: (*Store).Each locked s.mu by s.lock() at m.go:21 and is at m.go:23',
  )
})

test('whoever only has a deferred release holds it too; whoever waits does not', () => {
  const other = `\ngoroutine 8 [select]:\n${frames(['(*Store).Put', 17])}`
  expect(said(WAITING + frames(['(*Store).lock', 10], ['(*Store).Drop', 29]) + other)).toContain(
    'another goroutine holds it: (*Store).Put locked s.mu by s.lock() at m.go:15 and is at m.go:17',
  )
})

test('of what nobody holds: the path that forgets the release, not the helper that is there to take it', () => {
  expect(said(WAITING + frames(['(*Store).lock', 10], ['(*Store).Put', 15]))).toBe(
    '(*Store).lock waits for s.mu at m.go:10\n' +
      '  nobody that is left holds it: (*Store).Drop locks s.mu by s.lock() at m.go:29 and returns at line 31 without unlocking it',
  )
})

test('a dump in which nobody waits for a lock says nothing', () => {
  expect(said(`goroutine 7 [chan receive]:\n${frames(['(*Store).Put', 17])}`)).toBe('')
})
