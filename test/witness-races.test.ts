import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import type { MapWitness } from '../src/prove/witness.js'
import { cleanUp, folder } from './support/project.js'
import { MOD, proofs, type Swap, swap } from './support/proofs.js'

afterAll(cleanUp)

const SET = `package m

import "sync"

type Set struct {
	mu sync.Mutex
	m  map[int]bool
	n  int
}

func (s *Set) Add(k int) {
	s.m[k] = true
}

func (s *Set) Count() { s.n++ }
`
const LOCKED = '\ts.mu.Lock()\n\tdefer s.mu.Unlock()\n\ts.m[k] = true'
const STUCK = '\ts.mu.Lock()\n\ts.m[k] = true'

/** A test in which two goroutines do something with a set. */
const both = (test: string, what: string): string => `package m

import (
	"sync"
	"testing"
)

func ${test}(t *testing.T) {
	s := &Set{m: map[int]bool{}}
	var wg sync.WaitGroup
	for g := 0; g < 2; g++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			${what}
		}()
	}
	wg.Wait()
}
`

/** The fix of Set.m, with attempts at a test of what goroutines do. */
function fix(dir: string, to: string, attempts: readonly string[]): Swap {
  const accesses = [{ file: join(dir, 'm.go'), first: 12, last: 12 }]
  const witness: MapWitness = {
    map: 'example.com/m.Set.m',
    accesses,
    pairs: [],
    steps: [],
    others: [],
    tests: attempts.map((what) => ({
      pkg: 'example.com/m',
      folder: dir,
      guesses: what.includes('nil') ? ['nil for a *Set'] : [],
      shown: true,
      reads: false,
      text: (name) => both(name, what),
    })),
    why: 'nobody can call it',
    path: join(dir, 'm_race_test.go'),
    test: 'TestSetRace',
  }
  return { ...swap(dir, { 'm.go': ['\ts.m[k] = true', to] }, accesses), witnesses: [witness] }
}

describe('a test that is made to race', () => {
  const judged = async (to: string, ...attempts: string[]): Promise<unknown> => {
    const dir = folder({ ...MOD, 'm.go': SET })
    return (await proofs(dir, [fix(dir, to, attempts)]))[0]
  }

  test('ok: an attempt raced on the map before, and does not after; one that does not compile spoils nothing', async () => {
    expect(await judged(LOCKED, 's.Nothing()', 's.Add(1)')).toMatchObject({
      kind: 'proved',
      validation: { test: 'no tests', race: 'ok', witness: 'ok' },
    })
  })

  test('failed: the fix only looks like one', async () => {
    expect(await judged('\ts.m[k] = !false', 's.Add(1)')).toMatchObject({
      kind: 'failed',
      stage: 'race',
      validation: { race: 'failed', witness: 'failed' },
      output: expect.stringContaining('DATA RACE'),
    })
  })

  test('none: it races on something else', async () => {
    expect(await judged(LOCKED, 's.Count()')).toMatchObject({
      kind: 'proved',
      validation: {
        race: 'not exercised',
        witness: expect.stringMatching(/^none: the test races on something else, at .*m\.go:15/),
      },
    })
  })

  test('none: it panics, perhaps for what it was given', async () => {
    expect(await judged(LOCKED, '(*Set)(nil).Add(len(s.m))')).toMatchObject({
      kind: 'proved',
      validation: { witness: expect.stringMatching(/^none: the test fails: panic: .*; it passes nil for a \*Set$/) },
    })
  })

  test('none: it compiles no attempt, or there is none', async () => {
    expect(await judged(LOCKED, 's.Nothing()')).toMatchObject({
      validation: {
        race: 'not exercised',
        witness: expect.stringMatching(/^none: the test does not compile: s\.Nothing undefined/),
      },
    })
    expect(await judged(LOCKED)).toMatchObject({ validation: { witness: 'none: nobody can call it' } })
  })

  test('failed: with the fix it does not end', async () => {
    expect(await judged(STUCK, 's.Add(1)')).toMatchObject({
      kind: 'failed',
      stage: 'race',
      output: expect.stringContaining('does not end any more'),
    })
  })
})
