import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { parseRaces } from '../src/prove/races.js'
import { cleanUp, folder } from './support/project.js'
import { MOD, proofs, type Swap, swap } from './support/proofs.js'

afterAll(cleanUp)

describe('race', () => {
  const RACY = `package m

import "sync"

type Set struct {
	mu sync.Mutex
	m  map[int]bool
}

func (s *Set) Add(k int) {
	s.m[k] = true
}
`
  const TEST = `package m

import (
	"sync"
	"testing"
	"time"
)

func TestSet(t *testing.T) {
	s := &Set{m: map[int]bool{}}
	var wg sync.WaitGroup
	for k := range 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			time.Sleep(time.Duration(k) * 5 * time.Millisecond) // orders nothing, but spares the runtime's own check
			s.Add(k)
		}()
	}
	wg.Wait()
}
`
  const fix = (dir: string, to: string): Swap =>
    swap(dir, { 'm.go': ['\ts.m[k] = true', to] }, [{ file: join(dir, 'm.go'), first: 11, last: 11 }])
  const LOCKED = '\ts.mu.Lock()\n\tdefer s.mu.Unlock()\n\ts.m[k] = true'

  test('ok: it raced on this map, and no longer does', async () => {
    const dir = folder({ ...MOD, 'm.go': RACY, 'm_test.go': TEST })
    expect((await proofs(dir, [fix(dir, LOCKED)]))[0]).toMatchObject({
      kind: 'proved',
      validation: { test: 'ok', race: 'ok' },
    })
  })

  test('failed: it still does, however the test fared before', async () => {
    const dir = folder({ ...MOD, 'm.go': RACY, 'm_test.go': TEST })
    const [failed] = await proofs(dir, [fix(dir, '\ts.m[k+0] = true')])
    expect(failed).toMatchObject({
      kind: 'failed',
      stage: 'race',
      validation: { race: 'failed' },
      output: expect.stringContaining(join(dir, 'm.go')),
    })
  })

  test('not exercised: the tests race on something else, or not at all', async () => {
    const dir = folder({ ...MOD, 'm.go': RACY, 'm_test.go': TEST })
    const elsewhere = swap(dir, { 'm.go': ['type Set', '// Set is a set.\ntype Set'] }, [
      { file: join(dir, 'm.go'), first: 99, last: 99 },
    ])
    expect((await proofs(dir, [elsewhere]))[0]).toMatchObject({
      kind: 'proved',
      validation: { test: 'ok', race: 'not exercised' },
    })
  })

  test('alone: other failures of the tests are not its business', async () => {
    const failing = TEST.replace('\twg.Wait()\n', '\twg.Wait()\n\tt.Error("always")\n')
    const dir = folder({ ...MOD, 'm.go': RACY, 'm_test.go': failing })
    const [proved] = await proofs(dir, [fix(dir, LOCKED)], { stages: ['race'] })
    expect(proved).toMatchObject({ kind: 'proved', validation: { test: 'off', race: 'ok' } })
  })

  test('a failure that an old race hid counts', async () => {
    const racing = `package m

var calls int

func Double(n int) int {
	calls++
	return 2 * n
}
`
    const tests = `package m

import (
	"sync"
	"testing"
)

func TestDouble(t *testing.T) {
	var wg sync.WaitGroup
	for n := range 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			if got := Double(n); got != 2*n {
				t.Errorf("Double(%d) = %d", n, got)
			}
		}()
	}
	wg.Wait()
}
`
    const dir = folder({ ...MOD, 'm.go': racing, 'm_test.go': tests })
    const [failed] = await proofs(dir, [swap(dir, { 'm.go': ['2 * n', '3 * n'] })])
    expect(failed).toMatchObject({ kind: 'failed', stage: 'test', output: expect.stringContaining('Double(1) = 3') })
  })

  test('unavailable: without cgo the tests run without it', async () => {
    const dir = folder({ ...MOD, 'm.go': RACY, 'm_test.go': TEST.replace('range 8', 'range 1') })
    const [proved] = await proofs(dir, [fix(dir, LOCKED)], { env: { CGO_ENABLED: '0' } })
    expect(proved).toMatchObject({ kind: 'proved', validation: { build: 'ok', test: 'ok', race: 'unavailable' } })
  })
})

describe('reading race reports', () => {
  test('the two accesses, at their innermost frames outside the Go distribution', () => {
    const output = `=== RUN   TestX
==================
WARNING: DATA RACE
Write at 0x00c000012345 by goroutine 9:
  runtime.mapassign_fast64()
      /go/src/runtime/map_fast64.go:113 +0x0
  example.com/m.(*Set).Add()
      /tmp/x y/m.go:11 +0x44

Previous read at 0x00c000012345 by goroutine 8:
  example.com/m.(*Set).Has()
      /tmp/x y/m.go:15 +0x44

Goroutine 9 (running) created at:
  example.com/m.TestSet()
      /tmp/x y/m_test.go:13 +0x1
==================
--- FAIL: TestX
`
    expect(parseRaces(output, '/go').map((race) => race.frames)).toEqual([
      [
        { file: '/tmp/x y/m.go', line: 11 },
        { file: '/tmp/x y/m.go', line: 15 },
      ],
    ])
  })

  test('the runtime’s own fatal error names one access', () => {
    const output = `fatal error: concurrent map writes

goroutine 9 [running]:
internal/runtime/maps.fatal({0x1?, 0x2?})
	/go/src/runtime/panic.go:1046 +0x18
example.com/m.(*Set).Add(...)
	/tmp/m.go:11
created by example.com/m.TestSet in goroutine 7
	/tmp/m_test.go:13 +0x1

goroutine 1 [chan receive]:
testing.(*T).Run()
	/go/src/testing/testing.go:1 +0x1
`
    expect(parseRaces(output, '/go').map((race) => race.frames)).toEqual([[{ file: '/tmp/m.go', line: 11 }]])
  })

  test('no race, no report', () => {
    expect(parseRaces('ok  \texample.com/m\t0.1s\n', '/go')).toEqual([])
  })
})
