/** fixtures/effects/*.txtar: a module, and what its functions do ("want"; UPDATE=1 writes it), a line each. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type Effects, effects, eventEffects, stmtEffects } from '../src/analysis/effects.js'
import { buildProgram, type Fn, type Program } from '../src/analysis/program.js'
import type { Stmt } from '../src/facts.js'
import { cacheFolder } from '../src/go/cache.js'
import { findGo } from '../src/go/env.js'
import { loadFacts } from '../src/go/facts.js'
import { formatTxtar, parseTxtar } from './support/txtar.js'

const fixtures = fileURLToPath(new URL('../fixtures/effects/', import.meta.url))
let dir = ''
beforeAll(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'mapfix-effects-')))
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

for (const name of readdirSync(fixtures)) {
  test(name.replace('.txtar', ''), async () => {
    const path = join(fixtures, name)
    const archive = parseTxtar(readFileSync(path, 'utf8'))
    const files = [...archive.files].filter(([file]) => file !== 'want')
    const program = await load(name, files)
    const got = describeAll(program, new Map(files))
    if (process.env.UPDATE) {
      writeFileSync(path, formatTxtar({ ...archive, files: new Map([...files, ['want', got]]) }))
    } else expect(got).toBe(archive.files.get('want'))
  })
}

describe('parts of a function', () => {
  const source = `package m

import "os"

func f(ch chan int, m map[string]int) {
	m["a"] = 1
	if len(m) > 0 {
		os.Remove("x")
	}
	ch <- 1
	for range ch {
	}
}
`
  let program: Program
  let fn: Fn
  beforeAll(async () => {
    program = await load('parts', [
      ['go.mod', 'module example.com/m\n\ngo 1.22\n'],
      ['m.go', source],
    ])
    const found = program.funcs.get('example.com/m.f')
    if (!found) throw new Error('no f')
    fn = found
  })
  const whys = (found: Effects): string[] => found.reasons.map(({ why, text }) => `${why} ${text}`)
  const stmts = (from: number, to: number): Stmt[] => fn.facts.stmts.slice(from, to)

  test('only what is asked for is judged', () => {
    expect(whys(stmtEffects(program, fn, stmts(0, 1)))).toEqual([])
    expect(whys(stmtEffects(program, fn, stmts(1, 2)))).toEqual(['io os.Remove'])
    expect(whys(stmtEffects(program, fn, stmts(2, 4)))).toEqual(['channel send on ch', 'channel range over a channel'])
    expect(whys(eventEffects(program, fn, fn.facts.stmts[2]?.e ?? []))).toEqual(['channel send on ch'])
  })

  test('a write in the function itself is no panic, one in a callee may be', () => {
    expect(stmtEffects(program, fn, stmts(0, 1)).mayPanic).toBe(false)
    expect(effects(program)(fn).mayPanic).toBe(true)
  })

  test('causes stand where they are', () => {
    const [reason] = stmtEffects(program, fn, stmts(1, 2)).reasons
    expect(source.slice(reason?.at.start, reason?.at.end)).toBe('os.Remove("x")')
    expect(reason?.at.file).toBe(join(dir, 'parts', 'm.go'))
  })
})

async function load(name: string, files: Iterable<readonly [string, string]>): Promise<Program> {
  const cwd = join(dir, name)
  for (const [path, text] of files) {
    mkdirSync(dirname(join(cwd, path)), { recursive: true })
    writeFileSync(join(cwd, path), text)
  }
  const env = { ...process.env, GOFLAGS: '' }
  const go = await findGo({ cwd, env })
  const facts = await loadFacts({ go, cwd, env, patterns: ['./...'], tags: '', cacheDir: cacheFolder(env) })
  return buildProgram(facts.packages)
}

function describeAll(program: Program, files: ReadonlyMap<string, string>): string {
  const of = effects(program)
  const lines = program.packages.flatMap((pkg) => {
    const line = (path: string, offset: number): number =>
      (files.get(path.slice(path.lastIndexOf('/') + 1)) ?? '').slice(0, offset).split('\n').length
    return program
      .fns(pkg)
      .filter(({ facts }) => facts.kind === 'func' || facts.kind === 'method')
      .map((fn) => `${fn.facts.key.slice(pkg.path.length + 1)}: ${describeOne(of(fn), pkg.path, line)}`.trim())
  })
  return `${lines.join('\n')}\n`
}

function describeOne(found: Effects, path: string, line: (path: string, offset: number) => number): string {
  const short = (key: string): string => (key.startsWith(`${path}.`) ? key.slice(path.length + 1) : key)
  return [
    ...found.reasons.map(({ why, at, text }) => `${line(at.file, at.start)} ${why}: ${text}`),
    ...found.locks.map(
      (lock) => `| lock ${lock.path} ${lock.mode} (${lock.object === null ? '?' : short(lock.object)})`,
    ),
    ...[...found.maps].map(([key, mode]) => `| map ${short(key)} ${mode}`),
    ...(found.callsParams.length > 0 ? [`| calls ${found.callsParams.join(' ')}`] : []),
    ...(found.mayPanic ? ['| panics'] : []),
  ].join(' ')
}
