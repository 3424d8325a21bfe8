/** Findings that are known (--suppressions) and findings that are not new (--new-from-rev). */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { changedLines } from '../src/edit/changed.js'
import { knownSchema } from '../src/report/known.js'
import { cleanUp, folder, git, mapfix, put, RACY, report, repository, tree } from './support/project.js'

afterAll(cleanUp)

/** A package whose variable two goroutines write. */
const racy = (pkg: string, name = 'seen'): string => `package ${pkg}

var ${name} = map[string]int{}

func Start() {
	for i := 0; i < 2; i++ {
		go func() { ${name}["a"]++ }()
	}
}
`
const MOD = { 'go.mod': RACY['go.mod'] }

async function names(dir: string, ...argv: string[]): Promise<string[]> {
  const { findings } = await report(dir, ['check', ...argv])
  return findings.map(({ map }) => map?.name.replace('example.com/racy/', '') ?? '')
}

describe('--suppressions', () => {
  const file = (dir: string): unknown => JSON.parse(readFileSync(join(dir, 'known.json'), 'utf8'))

  test('is written, kept, and pruned of what is gone; reasons stay', async () => {
    const dir = folder({ ...MOD, 'a/a.go': racy('a'), 'b/b.go': racy('b') })
    const first = await mapfix(dir, ['check', '--suppressions=known.json', '--update-suppressions'])
    expect(first).toMatchObject({ code: 0, stdout: expect.stringContaining('2 suppressed') })
    const written = knownSchema.parse(file(dir))
    expect(written.findings.map(({ name, rule, reason }) => [name, rule, reason])).toEqual([
      ['example.com/racy/a.seen', 'unguarded-map', ''],
      ['example.com/racy/b.seen', 'unguarded-map', ''],
    ])
    const reasons = written.findings.map((entry) => ({ ...entry, reason: `known of ${entry.name}` }))
    put(dir, {
      'known.json': JSON.stringify({ version: 1, findings: reasons.reverse() }),
      'a/a.go': racy('a').replace('var', '// Lines move.\n\nvar'),
      'b/b.go': 'package b\n',
      'c/c.go': racy('c'),
    })
    const second = await report(dir, ['check', '--suppressions=known.json'])
    expect(second.findings.map(({ map }) => map?.name)).toEqual(['example.com/racy/c.seen'])
    expect(second.suppressed).toMatchObject([
      {
        name: 'example.com/racy/a.seen',
        by: { kind: 'file', at: 'known.json', reason: 'known of example.com/racy/a.seen' },
      },
    ])
    expect(second.unused).toMatchObject([{ at: 'known.json', text: 'unguarded-map of example.com/racy/b.seen' }])
    expect((await report(dir, ['check', '--suppressions=known.json', '--select=all'])).unused).toEqual([])
    // Part of the module says nothing about the rest.
    await mapfix(dir, ['check', './c', '--suppressions=known.json', '--update-suppressions'])
    expect(knownSchema.parse(file(dir)).findings).toHaveLength(3)
    expect(await mapfix(dir, ['check', '--suppressions=known.json', '--update-suppressions'])).toMatchObject({
      code: 0,
    })
    expect(knownSchema.parse(file(dir)).findings.map(({ name, reason }) => [name, reason])).toEqual([
      ['example.com/racy/a.seen', 'known of example.com/racy/a.seen'],
      ['example.com/racy/c.seen', ''],
    ])
  })

  test('known findings are not fixed', async () => {
    const dir = await repository({ ...MOD, 'a.go': racy('racy') })
    await mapfix(dir, ['check', '--suppressions=known.json', '--update-suppressions'])
    const before = tree(dir)
    expect(await mapfix(dir, ['--suppressions=known.json', '--allow-dirty'])).toMatchObject({ code: 0 })
    expect(tree(dir)).toEqual(before)
  })

  test.each([
    ['{', /known\.json is no file of known findings: /],
    ['{"version": 2, "findings": []}', /known\.json is no file of known findings: version: /],
    ['{"version": 1, "findings": [{"id": "x"}]}', /findings\.0\.id: an id has 16 hexadecimal digits/],
    ['{"version": 1, "findings": [], "more": 1}', /Unrecognized key: "more"/],
  ])('%s is refused', async (text, message) => {
    const ran = await mapfix(folder({ ...RACY, 'known.json': text }), ['check', '--suppressions=known.json'])
    expect(ran).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(message) })
  })

  test.each([
    [['check', '--suppressions=none.json'], /cannot read none\.json: no such file or folder/],
    [['check', '--update-suppressions'], /needs --suppressions=FILE/],
    [['--update-suppressions', '--suppressions=x'], /is for check/],
  ])('%j is refused', async (argv, message) => {
    const dir = folder(RACY)
    expect(await mapfix(dir, argv)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(message) })
  })
})

describe('--new-from-rev', () => {
  test('only what stands on a changed line; new and untracked files count as new, renamed ones do not', async () => {
    const dir = await repository({
      ...MOD,
      'old/a.go': racy('old'),
      'moved/b.go': racy('moved'),
      'edited/c.go': racy('edited'),
    })
    expect(await names(dir, '--new-from-rev=HEAD')).toEqual([])
    expect((await report(dir, ['check', '--new-from-rev=HEAD'])).summary).toMatchObject({ findings: 0, unchanged: 3 })
    await git(dir, 'mv', 'moved/b.go', 'moved/é d.go')
    put(dir, {
      'edited/c.go': racy('edited').replace('["a"]++', '["b"]++'),
      'untracked/d.go': racy('untracked'),
      'old/a.go': `${racy('old')}\n// Elsewhere.\n`,
    })
    expect(await names(dir, '--new-from-rev=HEAD')).toEqual(['edited.seen', 'untracked.seen'])
    await git(dir, 'add', '-A')
    await git(dir, 'commit', '-qm', 'after')
    expect(await names(dir, '--new-from-rev=HEAD~1')).toEqual(['edited.seen', 'untracked.seen'])
    expect(await names(dir, '--new-from-rev=HEAD')).toEqual([])
    expect(await names(dir, '-C', 'edited', '--new-from-rev=HEAD~1', '.')).toEqual(['edited.seen'])
  })

  test('where a lock was taken out, what it guarded is new', async () => {
    const guarded = racy('racy')
      .replace('var', 'import "sync"\n\nvar mu sync.Mutex\n\nvar')
      .replace('{ seen["a"]++ }', '{\n\t\t\tmu.Lock()\n\t\t\tseen["a"]++\n\t\t\tmu.Unlock()\n\t\t}')
    const dir = await repository({ ...MOD, 'a.go': guarded })
    put(dir, { 'a.go': guarded.replace(/\t+mu\.(L|Unl)ock\(\)\n/g, '') })
    expect(await names(dir, '--new-from-rev=HEAD')).toEqual(['example.com/racy.seen'])
  })

  test('a work tree, a submodule, and a repository beside', async () => {
    const inner = await repository({ 'go.mod': 'module example.com/inner\n\ngo 1.22\n', 'a.go': racy('inner') })
    const dir = await repository({ ...MOD, 'a.go': racy('racy'), 'go.work': 'go 1.22\n\nuse (\n\t.\n\t./inner\n)\n' })
    await git(dir, '-c', 'protocol.file.allow=always', 'submodule', 'add', '-q', inner, 'inner')
    await git(dir, 'commit', '-qam', 'with inner')
    const patterns = ['./...', './inner/...']
    expect(await names(dir, '--new-from-rev=HEAD', ...patterns)).toEqual([])
    put(dir, { 'inner/a.go': racy('inner').replace('["a"]++', '["b"]++') })
    expect(await names(dir, '--new-from-rev=HEAD', ...patterns)).toEqual(['example.com/inner.seen'])
    expect(await names(dir, '--new-from-rev=HEAD~1', ...patterns)).toEqual(['example.com/inner.seen'])
    const side = join(folder({}), 'side')
    await git(dir, 'worktree', 'add', '-q', side, 'HEAD~1')
    put(side, { 'a.go': racy('racy').replace('["a"]++', '["b"]++') })
    put(side, { 'go.work': 'go 1.22\n\nuse .\n' })
    expect(await names(side, '--new-from-rev=HEAD')).toEqual(['example.com/racy.seen'])
  })

  test('a revision that is none, and a folder without a repository, are refused', async () => {
    expect(await mapfix(await repository(RACY), ['check', '--new-from-rev=--nope'])).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/git knows no revision --nope in /),
    })
    expect(await mapfix(folder(RACY), ['check', '--new-from-rev=HEAD'])).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/is in no git repository/),
    })
  })

  test('names in a patch that git quotes', () => {
    const patch =
      'diff --git "a/t\\tb.go" "b/t\\tb.go"\n--- "a/t\\tb.go"\n+++ "b/t\\tb.go"\n@@ -3 +3,2 @@\n-a\n+b\n+c\n@@ -9 +9,0 @@\n-x\n'
    expect([...changedLines(patch)]).toEqual([
      [
        't\tb.go',
        [
          { first: 3, last: 4 },
          { first: 9, last: 10 },
        ],
      ],
    ])
  })
})

describe('one line a finding', () => {
  test('as go vet prints them', async () => {
    expect(await mapfix(folder(RACY), ['check', '--format=vet'])).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^racy\.go:14:2: example\.com\/racy\.seen: .* \(unguarded-map, likely\)\n$/),
    })
  })

  test('as GitHub reads them', async () => {
    expect(await mapfix(folder(RACY), ['check', '--format=github'])).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(
        /^::error file=racy\.go,line=14,col=2,title=mapfix%3A unguarded-map::example\.com\/racy\.seen: .*\n$/,
      ),
    })
  })
})

test('ids of what a lock has several of stay when lines move and another function has one too', async () => {
  const twice = (name: string): string => `
func (s *Store) ${name}() {
	s.mu.Lock()
	s.mu.Lock()
	s.mu.Unlock()
	s.mu.Unlock()
}
`
  const source = (...functions: string[]): string =>
    `package racy\n\nimport "sync"\n\ntype Store struct{ mu sync.Mutex }\n${functions.map(twice).join('')}`
  const dir = folder({ ...MOD, 'a.go': source('Put', 'Take') })
  const ids = async (): Promise<string[]> =>
    (await report(dir, ['check', '--rules=lock-reentry'])).findings.map(({ id }) => id)
  const before = await ids()
  expect(new Set(before).size).toBe(2)
  put(dir, { 'a.go': source('Add', 'Put', 'Take') })
  expect((await ids()).slice(1)).toEqual(before)
})
