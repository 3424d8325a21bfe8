import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { findGo } from '../src/go/env.js'
import { passing } from '../src/prove/bisect.js'
import { prepareGround } from '../src/prove/ground.js'
import { lineMap } from '../src/prove/lines.js'
import { type Candidate, type Proof, prove } from '../src/prove/prove.js'
import { parseRaces } from '../src/prove/races.js'
import { STAGES, type Stage } from '../src/prove/stages.js'
import { cleanUp, folder, put, tree } from './support/project.js'

afterAll(cleanUp)

/** A fix as far as proof cares: texts to find and put in place of others, by file. */
interface Swap extends Candidate {
  readonly swaps: readonly { file: string; from: string; to: string }[]
}

function swap(
  dir: string,
  swaps: Record<string, [from: string, to: string]>,
  accesses: Candidate['accesses'] = [],
): Swap {
  const list = Object.entries(swaps).map(([name, [from, to]]) => ({ file: join(dir, name), from, to }))
  const files = list.map((s) => s.file)
  return { swaps: list, files, folders: new Set(files.map((f) => dirname(f))), accesses }
}

interface Options {
  stages?: readonly Stage[]
  tests?: 'affected' | 'package' | 'all'
  timeout?: string
  env?: Record<string, string>
  cwd?: string
}

async function proofs(dir: string, fixes: readonly Swap[], options: Options = {}): Promise<(Proof | undefined)[]> {
  const cwd = options.cwd ?? dir
  const env = { ...process.env, ...options.env }
  const go = await findGo({ cwd, env })
  const [copy, scratch] = [folder({}), folder({})]
  const place = { go, cwd, env, tags: '', jobs: 0 }
  let ground: ReturnType<typeof prepareGround> | undefined
  const source = (path: string): string => readFileSync(path, 'utf8')
  const proved = await prove(fixes, {
    stages: new Set(options.stages ?? STAGES),
    tests: options.tests ?? 'affected',
    timeout: options.timeout ?? '60s',
    goroot: go.goroot,
    noRace: go.noRace,
    ground: () => (ground ??= prepareGround(place, copy, scratch)),
    render: async (some) => {
      const overlay = new Map<string, string>()
      for (const s of some.flatMap((fix) => fix.swaps)) {
        const text = overlay.get(s.file) ?? source(s.file)
        if (!text.includes(s.from)) throw new Error(`${s.file} has no ${s.from}`)
        overlay.set(s.file, text.replace(s.from, s.to))
      }
      return { overlay, gofmt: new Map(), errors: [] }
    },
    source,
    progress: () => undefined,
  })
  return fixes.map((fix) => proved.get(fix))
}

const MOD = { 'go.mod': 'module example.com/m\n\ngo 1.22\n' }
const ADD = 'package m\n\nfunc Add(a, b int) int { return a + b }\n\nfunc Sub(a, b int) int { return a - b }\n'
const GOOD: [string, string] = ['func Add(a, b int)', '// Add adds.\nfunc Add(a, b int)']

describe('stages', () => {
  test('a fix that does not build is left out, in words of the user’s tree; the others stay', async () => {
    const dir = folder({ ...MOD, 'm.go': ADD, 'other/o.go': 'package other\n\nvar X = 1\n' })
    const before = tree(dir)
    const bad = swap(dir, { 'other/o.go': ['X = 1', 'X int = "1"'] })
    const [good, failed] = await proofs(dir, [swap(dir, { 'm.go': GOOD }), bad])
    expect(good).toMatchObject({
      kind: 'proved',
      validation: { build: 'ok', vet: 'ok', test: 'no tests', race: 'not exercised' },
    })
    expect(failed).toMatchObject({ kind: 'failed', stage: 'build', validation: { build: 'failed', vet: 'off' } })
    expect(failed).toMatchObject({ output: expect.stringMatching(/^other\/o\.go:3:13: cannot use "1"/) })
    expect(tree(dir)).toEqual(before)
  })

  test('an importer that no longer builds counts, in other modules of the workspace too', async () => {
    const dir = folder({
      'go.work': 'go 1.22\n\nuse (\n\t./lib\n\t./app\n)\n',
      'lib/go.mod': 'module example.com/lib\n\ngo 1.22\n',
      'lib/lib.go': 'package lib\n\nvar M = map[string]int{}\n',
      'app/go.mod': 'module example.com/app\n\ngo 1.22\n',
      'app/main.go': 'package main\n\nimport "example.com/lib"\n\nfunc main() { lib.M["a"] = 1 }\n',
    })
    const [failed] = await proofs(
      dir,
      [swap(dir, { 'lib/lib.go': ['var M = map[string]int{}', 'var M = struct{}{}'] })],
      { cwd: join(dir, 'lib') },
    )
    expect(failed).toMatchObject({ kind: 'failed', stage: 'build', output: expect.stringContaining('main.go:5:') })
  })

  test('a local replacement is found from the copy', async () => {
    const dir = folder({
      'app/go.mod':
        'module example.com/app\n\ngo 1.22\n\nrequire example.com/lib v0.0.0\n\nreplace example.com/lib => ../lib\n',
      'app/app.go': 'package app\n\nimport "example.com/lib"\n\nvar X = lib.X\n',
      'lib/go.mod': 'module example.com/lib\n\ngo 1.22\n',
      'lib/lib.go': 'package lib\n\nvar X = 1\n',
    })
    const [proved] = await proofs(
      join(dir, 'app'),
      [swap(join(dir, 'app'), { 'app.go': ['var X', '// X is X.\nvar X'] })],
      { stages: ['build'] },
    )
    expect(proved).toMatchObject({ kind: 'proved', validation: { build: 'ok', test: 'off' } })
  })

  test('what was so before the patch does not count against it', async () => {
    const vetted = 'package m\n\nimport "fmt"\n\nfunc P() { fmt.Printf("%d", "x") }\n'
    const dir = folder({
      ...MOD,
      'm.go': ADD,
      'p.go': vetted,
      'm_test.go': 'package m\n\nimport "testing"\n\nfunc TestOld(t *testing.T) { t.Error("always") }\n',
      'broken/b.go': 'package broken\n\nimport _ "example.com/m"\n\nvar x int = "s"\n',
    })
    const [proved] = await proofs(dir, [swap(dir, { 'm.go': GOOD })])
    expect(proved).toMatchObject({
      kind: 'proved',
      validation: { build: 'baseline failed', vet: 'baseline failed', test: 'baseline failed', race: 'not exercised' },
    })
  })

  test('a touched package that never built proves nothing', async () => {
    const dir = folder({ ...MOD, 'm.go': ADD, 'broken.go': 'package m\n\nvar x int = "s"\n' })
    const [failed] = await proofs(dir, [swap(dir, { 'm.go': GOOD })])
    expect(failed).toMatchObject({
      kind: 'failed',
      stage: 'build',
      output: expect.stringContaining('does not build without the patch either:\n./broken.go:3:13'),
    })
  })

  test('a new failure beside an old one counts', async () => {
    const tests =
      'package m\n\nimport "testing"\n\nfunc TestOld(t *testing.T) { t.Error("always") }\n\nfunc TestAdd(t *testing.T) {\n\tif Add(1, 2) != 3 {\n\t\tt.Error("wrong sum")\n\t}\n}\n'
    const dir = folder({ ...MOD, 'm.go': ADD, 'm_test.go': tests })
    const [failed] = await proofs(dir, [swap(dir, { 'm.go': ['a + b', 'a * b'] })])
    expect(failed).toMatchObject({
      kind: 'failed',
      stage: 'test',
      output: expect.stringContaining('wrong sum'),
      validation: { vet: 'ok', test: 'failed' },
    })
  })

  test('a vet complaint that is new counts', async () => {
    const dir = folder({
      ...MOD,
      'm.go':
        'package m\n\nimport "sync"\n\ntype S struct{ n int }\n\nfunc (s S) N() int { return s.n }\n\nvar _ sync.Mutex\n',
    })
    const [failed] = await proofs(dir, [swap(dir, { 'm.go': ['n int }', 'n int; mu sync.Mutex }'] })])
    expect(failed).toMatchObject({
      kind: 'failed',
      stage: 'vet',
      output: expect.stringMatching(/m\.go:7:\d+: .*passes lock by value/),
    })
  })

  test('tests that hang are hung', async () => {
    const dir = folder({
      ...MOD,
      'm.go': ADD,
      'm_test.go': 'package m\n\nimport "testing"\n\nfunc TestAdd(t *testing.T) { Add(1, 2) }\n',
    })
    const [failed] = await proofs(dir, [swap(dir, { 'm.go': ['{ return a + b }', '{ select {} }'] })], {
      timeout: '1s',
      stages: ['test'],
    })
    expect(failed).toMatchObject({ kind: 'failed', stage: 'test', validation: { build: 'off', test: 'hung' } })
  })

  test('a test that fails once and passes again is flaky, and no reason to leave the fix out', async () => {
    const once = `package m

import (
	"os"
	"path/filepath"
	"testing"
)

func TestOnce(t *testing.T) {
	mark := filepath.Join(os.TempDir(), "mark")
	if _, err := os.Stat(mark); err != nil {
		os.WriteFile(mark, nil, 0o600)
		t.Error("the first time")
	}
}
`
    const dir = folder({ ...MOD, 'm.go': ADD, 'm_test.go': once })
    expect((await proofs(dir, [swap(dir, { 'm.go': GOOD })], { stages: ['test'] }))[0]).toMatchObject({
      kind: 'proved',
      validation: { test: 'flaky' },
    })
  })

  test('two fixes that pass alone and fail together: the later is left out', async () => {
    const dir = folder({ ...MOD, 'm.go': ADD, 'x/x.go': 'package m\n' })
    const add = (name: string): Swap => swap(dir, { [name]: ['package m\n', 'package m\n\nvar twice = 1\n'] })
    put(dir, { 'n.go': 'package m\n' })
    const [first, second] = await proofs(dir, [add('m.go'), add('n.go')], { stages: ['build'] })
    expect(first).toMatchObject({ kind: 'proved' })
    expect(second).toMatchObject({
      kind: 'failed',
      stage: 'build',
      output: expect.stringMatching(/^only together with other fixes:\n.*twice redeclared/),
    })
  })

  test('tests write in the copy alone', async () => {
    const dirty =
      'package m\n\nimport (\n\t"os"\n\t"testing"\n)\n\nfunc TestDirty(t *testing.T) {\n\tif _, err := os.Stat("stray"); err == nil {\n\t\tt.Error("stray is here already")\n\t}\n\tos.WriteFile("stray", nil, 0o600)\n\tos.WriteFile("data", []byte("changed"), 0o600)\n}\n'
    const dir = folder({ ...MOD, 'm.go': ADD, 'm_test.go': dirty, data: 'data\n' })
    const before = tree(dir)
    // Race asks for a run without the patch too, which must not find what the patched one left.
    expect((await proofs(dir, [swap(dir, { 'm.go': GOOD })]))[0]).toMatchObject({
      kind: 'proved',
      validation: { test: 'ok', race: 'not exercised' },
    })
    expect(tree(dir)).toEqual(before)
  })

  test('package: the tests of importers do not run; affected: they do', async () => {
    const dir = folder({
      ...MOD,
      'm.go': ADD,
      'user/u_test.go':
        'package user\n\nimport (\n\t"testing"\n\n\t"example.com/m"\n)\n\nfunc TestUser(t *testing.T) {\n\tif m.Add(1, 2) != 3 {\n\t\tt.Error("wrong sum")\n\t}\n}\n',
    })
    const bad = (): Swap => swap(dir, { 'm.go': ['a + b', 'a * b'] })
    expect((await proofs(dir, [bad()], { stages: ['test'], tests: 'package' }))[0]).toMatchObject({
      kind: 'proved',
      validation: { test: 'no tests' },
    })
    expect((await proofs(dir, [bad()], { stages: ['test'] }))[0]).toMatchObject({ kind: 'failed', stage: 'test' })
  })
})

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
)

func TestSet(t *testing.T) {
	s := &Set{m: map[int]bool{}}
	var wg sync.WaitGroup
	for k := range 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
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

test('lines of a changed text', () => {
  const map = lineMap('a\nb\nc\nd\ne\n', 'x\na\nb\nC\nC2\ne\n')
  expect([1, 2, 3, 4, 5].map(map)).toEqual([
    [2, 2],
    [3, 3],
    [4, 5],
    [4, 5],
    [6, 6],
  ])
})

describe('bisection', () => {
  const search = async (
    items: string[],
    isBad: (some: readonly string[]) => boolean,
  ): Promise<{ kept: string; runs: number }> => {
    let runs = 0
    const kept = await passing(items, async (some) => {
      runs++
      return !isBad(some)
    })
    return { kept: kept.join(''), runs }
  }

  test('all at once when nothing is wrong', async () => {
    expect(await search([...'abcdefgh'], () => false)).toEqual({ kept: 'abcdefgh', runs: 1 })
  })

  test('leaves the culprits out, in few runs', async () => {
    expect(await search([...'abcdefgh'], (some) => some.includes('c'))).toMatchObject({ kept: 'abdefgh' })
    expect((await search([...'abcdefgh'], (some) => some.includes('c'))).runs).toBeLessThan(12)
    expect(await search([...'abcdefgh'], (some) => some.includes('a') || some.includes('h'))).toMatchObject({
      kept: 'bcdefg',
    })
  })

  test('leaves the later of two out that fail only together', async () => {
    expect(await search([...'abcd'], (some) => some.includes('b') && some.includes('d'))).toMatchObject({ kept: 'abc' })
  })

  test('keeps nothing when everything fails', async () => {
    expect(await search([...'abcd'], () => true)).toMatchObject({ kept: '' })
  })
})
