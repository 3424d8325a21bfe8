import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { readLedger } from '../src/batch/ledger.js'
import { readOwners } from '../src/batch/owners.js'
import { branchesOf, type Fixes } from '../src/batch/parts.js'
import { timeLeft } from '../src/batch/progress.js'
import { schedule } from '../src/batch/schedule.js'
import { usesOf } from '../src/batch/trees.js'
import { slugs, troubleOf, type Unit } from '../src/batch/unit.js'
import { readBatchFlags } from '../src/commands/batch-flags.js'
import { bytes, milliseconds } from '../src/commands/values.js'
import { readManifest } from '../src/config/manifest.js'
import { commitAll, module, ownedRepository } from './support/monorepo.js'
import { cleanUp, folder, git, mapfix, put, type Ran, tree } from './support/project.js'

afterAll(cleanUp)

describe('owners', () => {
  const owners = readOwners('* @all # everything\n/docs/* @docs\n/a\\ b/ @space\n[Section]\n/free/\n*.js @js @web\n')
  test.each([
    ['main.go', '@all'],
    ['docs/x.md', '@docs'],
    ['docs/deep/x.md', '@all'],
    ['a b/x.go', '@space'],
    ['free/x.go', '-'],
    ['free/x.js', '@js @web'],
  ])('%s is owned by %s', (path, owner) => {
    expect(owners(path)).toBe(owner)
  })
})

test('go.work: what it uses', () => {
  expect(usesOf('go 1.22\n\nuse ./a // one\nuse (\n\t.\n\t"./b c"\n\t// ./no\n)\nreplace x => ./r\n')).toEqual([
    '.',
    './b c',
    './a',
  ])
})

test('names for branches: safe, and no two alike', () => {
  expect([...slugs(['a/b', 'a-b', 'A/B', '../x..y.lock', 'new\nline']).values()]).toEqual([
    'a-b',
    'a-b-2',
    'A-B-3',
    'x.y-lock',
    'new-line',
  ])
})

test.each([
  ['go: example.com/x@v1.0.0: reading https://proxy/…: 410 Gone', 'private module'],
  ['go: warning: "./..." matched no packages', 'no packages'],
  ['something else', 'failed'],
])('%j is %s', (message, kind) => {
  expect(troubleOf(message)).toMatchObject({ kind, advice: expect.stringMatching(/\w/) })
})

describe('branches', () => {
  const unit = (dir: string): Unit => ({
    name: dir,
    repository: '/r',
    url: '/r',
    commit: 'c',
    dir,
    packages: [],
    flags: [],
    env: {},
    owner: '-',
    isOwnerGiven: false,
    trouble: null,
  })
  const fixes = (dir: string, ...files: string[]): Fixes => ({
    unit: unit(dir),
    steps: files.map((file) => ({ findings: [file], file, message: file, files: [[file, '']] })),
    owners: (path) => (path.includes('x') ? '@x' : '-'),
  })
  const all = [fixes('a', 'a/p/x.go', 'a/q/y.go', 'a/p/z.go'), fixes('b', 'b/x.go')]
  const made = (split: 'unit' | 'owner' | 'package', maxFixes = 0): string[] =>
    branchesOf(all, { split, maxFixes }, (name) => name).map(
      ({ name, shares }) =>
        `${name}: ${shares.map(({ steps, isPart }) => `${steps.map(({ file }) => file).join(' ')}${isPart ? ' (part)' : ''}`).join(' + ')}`,
    )
  test('one for each unit', () => {
    expect(made('unit')).toEqual(['a: a/p/x.go a/q/y.go a/p/z.go', 'b: b/x.go'])
  })
  test('one for each owner, over units', () => {
    expect(made('owner')).toEqual(['x: a/p/x.go (part) + b/x.go', 'nobody: a/q/y.go a/p/z.go (part)'])
  })
  test('one for each package', () => {
    expect(made('package')).toEqual(['a.p: a/p/x.go a/p/z.go (part)', 'a.q: a/q/y.go (part)', 'b.root: b/x.go'])
  })
  test('so many fixes in each', () => {
    expect(made('unit', 2)).toEqual(['a: a/p/x.go a/q/y.go (part)', 'a.2: a/p/z.go (part)', 'b: b/x.go'])
  })
  test('units that changed one file are not put together', () => {
    const twice = [fixes('a', 'shared/x.go'), fixes('b', 'shared/x.go')]
    expect(branchesOf(twice, { split: 'owner', maxFixes: 0 }, (name) => name).map(({ name }) => name)).toEqual([
      'x',
      'x.b',
    ])
  })
})

test('the time left: nothing before four units, then from the quicker to the slower half', () => {
  const standing = { total: 14, done: 4, running: [], found: 0, fixed: 0, refused: 0, jobs: 2 }
  expect(timeLeft({ ...standing, seconds: [1, 2, 3] })).toBe('')
  expect(timeLeft({ ...standing, seconds: [10, 10, 60, 60] })).toBe('50 s to 5 min left')
  expect(timeLeft({ ...standing, seconds: [60, 60, 60, 60] })).toBe('about 5 min left')
  expect(timeLeft({ ...standing, done: 14, seconds: [1, 1, 1, 1] })).toBe('')
})

describe('the schedule', () => {
  const signal = new AbortController().signal
  test('no more at one time than there are jobs, each in a slot of its own', async () => {
    const live = new Set<number>()
    let most = 0
    await schedule(
      [1, 2, 3, 4, 5],
      { jobs: 2, memory: 1, signal },
      async (_, slot) => {
        expect(live.has(slot)).toBe(false)
        live.add(slot)
        most = Math.max(most, live.size)
        await new Promise((resolve) => setTimeout(resolve, 5))
        live.delete(slot)
      },
      async () => undefined,
    )
    expect([most, live.size]).toEqual([2, 0])
  })

  test('what takes too much is stopped, runs again alone, and is given up only then', async () => {
    const starts: string[] = []
    const given: string[] = []
    const sizes: Record<string, number> = { small: 10, large: 95, huge: 200 }
    await schedule(
      ['small', 'large', 'huge'],
      { jobs: 2, memory: 100, signal },
      (name, _, running) => {
        starts.push(name)
        return new Promise((resolve) => {
          running({ memory: () => sizes[name] ?? 0, stop: resolve })
          if (name !== 'huge') setTimeout(resolve, 700)
        })
      },
      async (name, { kind }) => {
        given.push(`${name}: ${kind}`)
      },
    )
    expect(starts.filter((name) => name === 'small')).toEqual(['small'])
    expect(starts.filter((name) => name === 'large')).toHaveLength(2)
    expect(given).toEqual(['huge: memory'])
  })
})

describe('flags and manifests', () => {
  test('sizes and times', () => {
    expect([bytes('4GB'), bytes('512M'), milliseconds('lease', '1h30m'), milliseconds('lease', '90s')]).toEqual([
      4e9, 512e6, 5_400_000, 90_000,
    ])
  })
  test.each([
    [['--jobs=0'], '--jobs cannot be 0'],
    [['--memory=4'], '--memory cannot be 4'],
    [['--split=team'], '--split cannot be team'],
    [['--transform=rwmutx'], 'there is no transform rwmutx'],
    [['--dry-run', '--approve'], 'nothing to approve'],
    [['--frob'], "unknown option '--frob'"],
  ])('%j is refused', (argv, message) => {
    expect(() => readBatchFlags(argv)).toThrow(message)
  })
  test('flags of a fix go on to the units', () => {
    expect(readBatchFlags(['--transform', 'rwmutex', 'a', '--unsafe-fixes', '--jobs=3'])).toMatchObject({
      flags: ['--transform=rwmutex', '--unsafe-fixes'],
      roots: ['a'],
      jobs: 3,
    })
  })
  test.each([
    ['repositories:\n  - pth: a\n', 'repository 1', 'm:2:5: there is no key pth; did you mean path?'],
    [
      'repositories:\n  - path: a\n    transform: rwmutx\n',
      'a',
      'm:3:16: repositories.0.transform cannot be rwmutx; did you mean rwmutex?',
    ],
    ['repositories:\n  - path: a\n    url: b\n', 'a', 'm:2:5: repositories.0: it needs a path or a url'],
  ])('what is wrong in an entry of the manifest %j is that entry’s, with its place', (text, shown, message) => {
    const { repositories } = readManifest('m', `${text}  - path: other\n`)
    expect(repositories).toEqual([{ shown, message: expect.stringContaining(message) }, { path: 'other' }])
  })
  test.each([
    ['repos: []\n', 'm:1:1: '],
    ['repositories: []\n', 'm:1:15: '],
    ['repositories: [{path: a\n', 'm:2:1: '],
    ['', 'm:1:1: '],
  ])('the manifest %j is refused, with its place', (text, message) => {
    expect(() => readManifest('m', text)).toThrow(message)
  })
})

describe('a batch', () => {
  const FLAGS = ['--validate=gofmt', '--jobs=1', '--ledger=../ledger.jsonl', '--quiet']
  const inRepository = async (): Promise<{ dir: string; ran: (...argv: string[]) => Promise<Ran> }> => {
    const base = folder({})
    const source = await ownedRepository({
      ...module('a', 'a', true),
      ...module('b', 'b', false),
      CODEOWNERS: '/a/ @a\n',
    })
    const dir = join(base, 'repo')
    await git(base, 'clone', '-q', source, dir)
    await git(dir, 'config', 'user.name', 'Gopher')
    await git(dir, 'config', 'user.email', 'gopher@example.com')
    return { dir, ran: (...argv) => mapfix(dir, ['batch', ...FLAGS, ...argv]) }
  }

  test('--dry-run shows, then branches are made of what is known; --exec runs for each; a new commit is done anew', async () => {
    const { dir, ran } = await inRepository()
    const before = tree(dir)
    const dry = await ran('--dry-run')
    expect(dry).toMatchObject({ code: 1, stdout: expect.stringContaining('would make mapfix/a in') })
    expect(await git(dir, 'branch', '--list', 'mapfix/*')).toBe('')
    const log = join(dirOf(dir), 'log')
    const exec = `--exec=echo "$MAPFIX_UNIT $MAPFIX_BRANCH $MAPFIX_OWNER $MAPFIX_FIXES" >> ${log}`
    expect(await ran(exec)).toMatchObject({ code: 0, stdout: expect.stringContaining('1 branch made') })
    expect(readFileSync(log, 'utf8')).toBe('a mapfix/a @a 1\n')
    expect(await ran(exec)).toMatchObject({ code: 0, stdout: expect.stringContaining('0 branches made') })
    expect(readFileSync(log, 'utf8')).toBe('a mapfix/a @a 1\n')
    const message = await git(dir, 'log', '-1', '--format=%B', 'mapfix/a')
    expect(message).toMatch(
      /^a: make seen safe for goroutines\n\n[\s\S]*unguarded-map[\s\S]*\nProof, [\s\S]*\nMapfix-Finding: [0-9a-f]{16} /,
    )
    expect([tree(dir), await git(dir, 'status', '--porcelain'), await git(dir, 'stash', 'list')]).toEqual([
      before,
      '',
      '',
    ])
    put(dir, { 'b/more.go': 'package b\n' })
    await commitAll(dir, 'more')
    const tip = await git(dir, 'rev-parse', 'mapfix/a')
    expect(await ran()).toMatchObject({ code: 0, stdout: expect.stringContaining('1 branch made') })
    expect(await git(dir, 'rev-parse', 'mapfix/a~1')).toBe(await git(dir, 'rev-parse', 'HEAD'))
    expect(await git(dir, 'rev-parse', 'mapfix/a')).not.toBe(tip)
  })

  test('patches; a manifest; a merge under way, and folders without git, are troubles of their own', async () => {
    const { dir, ran } = await inRepository()
    expect(await ran('--output=patch', '--out=../patches', '--owner=@a')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('1 unit: 1 fixed; 1 patch made'),
    })
    const patch = join(dir, '../patches/a.patch')
    expect(existsSync(patch)).toBe(true)
    await git(dir, 'am', '-q', patch)
    expect(await git(dir, 'log', '-1', '--format=%s')).toBe('a: make seen safe for goroutines\n')
    put(dir, { '.git/MERGE_HEAD': '' })
    put(dirOf(dir), {
      'loose/go.mod': 'module x\n',
      'batch.yaml': 'repositories: [{path: repo}, {path: loose}, {path: none}]\n',
    })
    expect(await ran('--manifest=../batch.yaml')).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('4 units: 4 failed'),
    })
    const { units } = await readLedger(join(dir, '../ledger.jsonl'))
    expect(units.slice(-4).map(({ unit, trouble }) => [unit, trouble?.kind])).toEqual([
      ['repo/a', 'merging'],
      ['repo/b', 'merging'],
      ['loose', 'not git'],
      ['none', 'path'],
    ])
    const status = await mapfix(dir, ['batch-status', '../ledger.jsonl', '--html=../status.html'])
    expect(status).toEqual({ code: 1, stdout: '', stderr: '' })
    expect(readFileSync(join(dir, '../status.html'), 'utf8')).toMatch(/<td>repo\/a<\/td>[\s\S]*a merge is under way/)
  })
})

function dirOf(dir: string): string {
  return join(dir, '..')
}
