/** With a cache, a run says what it says without one, whatever changed meanwhile. */
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { prune } from '../src/go/cache.js'
import { run } from '../src/go/run.js'
import { cleanUp, folder, mapfix, put } from './support/project.js'

afterAll(cleanUp)

const FILES = {
  'go.mod': 'module example.com/m\n\ngo 1.22\n',
  'hits/hits.go': `package hits

import "example.com/m/run"

// Hits counts é.
type Hits struct{ byName map[string]int }

func (h *Hits) Count(names []string) {
	for _, name := range names {
		run.Start(func() { h.byName[name]++ })
	}
}
`,
  'run/run.go': 'package run\n\nfunc Start(f func()) { go f() }\n',
  'run/run_other.go': '//go:build other\n\npackage run\n\nvar Runs = map[string]int{}\n',
  'alone/alone.go': 'package alone\n\nvar Names = map[string]bool{}\n',
}

let dir = ''
let cache = ''
beforeAll(() => {
  dir = folder(FILES)
  cache = folder({})
})

/** A report without the time that it took. */
async function checked(cacheDir: string, argv: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const all = { ...process.env, GOFLAGS: '', MAPFIX_CACHE: cacheDir, ...env }
  const { stdout, stderr } = await mapfix(dir, ['check', '--format=json', ...argv], { env: all })
  if (stdout === '') throw new Error(stderr)
  return stdout.replace(/"seconds": [\d.]+/, '')
}

const kept = (name: string): string[] => readdirSync(join(cache, name)).sort()

/** Runs with the cache, and with an empty one; returns how many judgements and packages the first has kept anew. */
async function compare(argv: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Promise<[number, number]> {
  const before = [kept('judgements').length, kept('facts').length] as const
  const warm = await checked(cache, argv, env)
  expect(warm).toBe(await checked(folder({}), argv, env))
  return [kept('judgements').length - before[0], kept('facts').length - before[1]]
}

test('the second run reads no package, and says the same', async () => {
  const first = await checked(cache)
  expect(first).toContain('"example.com/m/hits.Hits.byName"')
  expect(kept('judgements')).toHaveLength(1)
  expect(kept('facts')).toHaveLength(3)
  expect(await compare()).toEqual([0, 0])
})

test('a change of a body is seen by those that call it', async () => {
  put(dir, { 'run/run.go': 'package run\n\n//go:noinline\nfunc Start(f func()) { f() }\n' })
  const [judgements, packages] = await compare()
  expect(judgements).toBe(1)
  expect(packages).toBeGreaterThanOrEqual(1)
  expect(await checked(cache)).not.toContain('goroutine started')
  put(dir, { 'run/run.go': FILES['run/run.go'] })
  expect(await compare()).toEqual([0, 0])
})

test('what a package exports is a part of those that import it', async () => {
  put(dir, { 'run/run.go': 'package run\n\ntype Map map[string]int\n\nfunc Start(f func()) { go f() }\n' })
  expect(await compare()).toEqual([1, 2])
  put(dir, { 'run/run.go': FILES['run/run.go'] })
})

test('files that tags leave out count, and so do tags', async () => {
  expect(await compare(['--tags=other'])).toEqual([1, 2])
  put(dir, { 'run/run_other.go': FILES['run/run_other.go'].replace('Runs', 'Starts') })
  expect(await compare()).toEqual([1, 1])
  put(dir, { 'alone/names_plan9.go': 'package alone\n\nvar plan = Names\n' })
  expect(await compare()).toEqual([1, 1])
})

test('other packages of the same program are another judgement of the same facts', async () => {
  expect(await compare(['./alone'])).toEqual([1, 0])
})

test('flags that only choose what is shown need no new judgement', async () => {
  expect(await compare(['--min-confidence=possible', '--skip=Names'])).toEqual([0, 0])
  expect(await compare(['--select=all'])).toEqual([0, 0])
})

test('what other modules do counts, and what comments there say', async () => {
  const library = (start: string): Record<string, string> => ({
    'lib/go.mod': 'module example.com/lib\n\ngo 1.22\n',
    'lib/lib.go': `package lib\n\n${start}\n`,
  })
  put(dir, {
    ...library('// Start starts.\nfunc Start(f func()) { go f() }'),
    'go.mod': `${FILES['go.mod']}\nrequire example.com/lib v0.0.0\n\nreplace example.com/lib => ./lib\n`,
    'hits/hits.go': FILES['hits/hits.go'].replace('example.com/m/run', 'example.com/lib').replace('run.', 'lib.'),
  })
  expect((await compare(['./hits']))[0]).toBe(1)
  put(dir, library('// Start calls.\nfunc Start(f func()) { f() }'))
  expect((await compare(['./hits']))[0]).toBe(1)
  put(dir, library('//mapfix:spawns\nfunc Start(f func()) { f() }'))
  expect((await compare(['./hits']))[0]).toBe(1)
  put(dir, FILES)
})

test('packages with errors are read each time', async () => {
  put(dir, { 'alone/broken.go': 'package alone\n\nvar x int = "x"\n' })
  expect(await compare()).toEqual([0, 0])
  rmSync(join(dir, 'alone/broken.go'))
})

test('another toolchain shares nothing', async () => {
  const real = await run('sh', ['-c', 'command -v go'], { cwd: dir })
  const bin = folder({ go: `#!/bin/sh\n${real.stdout.trim()} "$@" | sed 's/"GOVERSION": "go[^"]*/&-x/'\n` })
  chmodSync(join(bin, 'go'), 0o755)
  const before = kept('facts').length
  await checked(cache, [], { PATH: `${bin}:${process.env.PATH}` })
  expect(kept('facts').length - before).toBe(3)
})

test.each(['facts', 'judgements'])('damaged %s are not believed', async (name) => {
  await checked(cache)
  const damage: readonly ((path: string) => void)[] = [
    (path) => truncateSync(path, readFileSync(path).length >> 1),
    (path) => writeFileSync(path, ''),
    (path) => writeFileSync(path, Buffer.concat([readFileSync(path).subarray(0, -9), Buffer.alloc(9, 7)])),
  ]
  for (const spoil of damage) {
    for (const entry of kept(name)) spoil(join(cache, name, entry))
    if (name === 'facts') rmSync(join(cache, 'judgements'), { recursive: true })
    mkdirSync(join(cache, 'judgements'), { recursive: true })
    await compare()
  }
  const whole = kept(name).map((entry) => readFileSync(join(cache, name, entry)).length)
  expect(Math.max(...whole)).toBeGreaterThan(100)
  expect(kept(name).filter((entry) => entry.startsWith('tmp-'))).toEqual([])
})

test('without a cache nothing is kept, and the same said', async () => {
  const home = folder({})
  const { stdout } = await run('go', ['env', 'GOCACHE'], { cwd: dir })
  const env = { XDG_CACHE_HOME: home, GOCACHE: stdout.trim() }
  expect(await checked('off', [], env)).toBe(await checked(cache))
  expect(readdirSync(home)).toEqual([])
})

test('two runs at once say the same', async () => {
  const both = folder({})
  const [a, b] = await Promise.all([checked(both), checked(both)])
  expect(a).toBe(b)
  expect(a).toBe(await checked(both))
})

test('what was not used for longest goes first, and nothing that may be in use', async () => {
  const at = folder({
    old: 'x'.repeat(50),
    'facts/older': 'x'.repeat(50),
    'facts/young': 'x'.repeat(50),
    new: 'x'.repeat(50),
  })
  const hour = (n: number): Date => new Date(Date.UTC(2024, 0, 1, 0, n * 60))
  const uses = { 'facts/older': 1, old: 2, 'facts/young': 9.5, new: 10 }
  for (const [name, n] of Object.entries(uses)) utimesSync(join(at, name), hour(n), hour(n))
  const left = (): string[] => readdirSync(at, { recursive: true, encoding: 'utf8' }).sort()
  await prune(at, 200)
  expect(left()).toEqual(['facts', 'facts/older', 'facts/young', 'new', 'old'])
  await prune(at, 150)
  expect(left()).toEqual(['facts', 'facts/young', 'new', 'old'])
  await prune(at, 10)
  expect(left()).toEqual(['facts', 'facts/young', 'new'])
})

test('a body in another module counts, though its export data is the same', async () => {
  const other = folder({
    'm/go.mod':
      'module example.com/m\n\ngo 1.22\n\nrequire example.com/run v0.0.0\n\nreplace example.com/run => ../run\n',
    'm/hits.go': FILES['hits/hits.go']
      .replace('package hits', 'package m')
      .replace('example.com/m/run', 'example.com/run'),
    'run/go.mod': 'module example.com/run\n\ngo 1.22\n',
    'run/run.go': 'package run\n\n//go:noinline\nfunc Start(f func()) { go f() }\n',
  })
  const found = async (): Promise<number> => {
    const env = { ...process.env, GOFLAGS: '', MAPFIX_CACHE: cache }
    const { stdout } = await mapfix(join(other, 'm'), ['check', '--format=vet'], { env })
    return stdout.split('\n').filter((line) => line.includes('byName')).length
  }
  expect(await found()).toBe(1)
  put(other, { 'run/run.go': 'package run\n\n//go:noinline\nfunc Start(f func()) { f() }\n' })
  expect(await found()).toBe(0)
})
