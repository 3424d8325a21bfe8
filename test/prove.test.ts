import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { cleanUp, folder, put, tree } from './support/project.js'
import { MOD, proofs, type Swap, swap } from './support/proofs.js'

afterAll(cleanUp)

const ADD = 'package m\n\nfunc Add(a, b int) int { return a + b }\n\nfunc Sub(a, b int) int { return a - b }\n'
const GOOD: [string, string] = ['func Add(a, b int)', '// Add adds.\nfunc Add(a, b int)']

/** Two modules, one of which uses the other. */
const WORKSPACE = {
  'go.work': 'go 1.22\n\nuse (\n\t./lib\n\t./app\n)\n',
  'lib/go.mod': 'module example.com/lib\n\ngo 1.22\n',
  'lib/lib.go': 'package lib\n\nvar M = map[string]int{}\n',
  'app/go.mod': 'module example.com/app\n\ngo 1.22\n',
  'app/main.go': 'package main\n\nimport "example.com/lib"\n\nfunc main() { lib.M["a"] = 1 }\n',
}

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
    const dir = folder(WORKSPACE)
    const [failed] = await proofs(
      dir,
      [swap(dir, { 'lib/lib.go': ['var M = map[string]int{}', 'var M = struct{}{}'] })],
      { cwd: join(dir, 'lib') },
    )
    expect(failed).toMatchObject({ kind: 'failed', stage: 'build', output: expect.stringContaining('main.go:5:') })
  })

  test("from a workspace folder that is in no module, the copy is proved, not the user's tree", async () => {
    const dir = folder(WORKSPACE)
    const before = tree(dir)
    const [proved, failed] = await proofs(dir, [
      swap(dir, { 'app/main.go': ['= 1', '= 2'] }),
      swap(dir, { 'lib/lib.go': ['var M = map[string]int{}', 'var M = struct{}{}'] }),
    ])
    expect(proved).toMatchObject({ kind: 'proved', validation: { build: 'ok', vet: 'ok' } })
    expect(failed).toMatchObject({ kind: 'failed', stage: 'build', output: expect.stringContaining('main.go:5:') })
    expect(tree(dir)).toEqual(before)
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
      packages: [{ package: 'example.com/m', result: 'baseline failed', why: 'TestOld failed before, too' }],
    })
  })

  test('tests that need what is not there are no failure of the code, and no pass', async () => {
    const dials =
      'package m\n\nimport (\n\t"net"\n\t"testing"\n)\n\nfunc TestDb(t *testing.T) {\n\tif _, err := net.Dial("tcp", "127.0.0.1:1"); err != nil {\n\t\tt.Fatal(err)\n\t}\n}\n'
    const dir = folder({ ...MOD, 'm.go': ADD, 'm_test.go': dials })
    expect((await proofs(dir, [swap(dir, { 'm.go': GOOD })], { stages: ['test'] }))[0]).toMatchObject({
      kind: 'proved',
      validation: { test: 'unavailable' },
      packages: [{ result: 'unavailable', why: 'dial tcp 127.0.0.1:1: connect: connection refused' }],
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
      strays: [join(dir, 'data'), join(dir, 'stray')],
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
