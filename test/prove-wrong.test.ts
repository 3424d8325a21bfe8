/**
 * fixtures/wrong/<case>.txtar: a package, what a wrong transform would make of it under wrong/, and in want the stage that
 * must notice with its result, and what it must say. Where a step comes apart, mapfix's own fix passes the same test.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type Fix, planFixes } from '../src/candidates.js'
import { type Found, find, type Request } from '../src/driver.js'
import { type Patches, patchesOf } from '../src/patches.js'
import { gofmtAt } from '../src/prove/gofmt.js'
import { type Ground, prepareGround } from '../src/prove/ground.js'
import { type Proof, prove, type Rendered } from '../src/prove/prove.js'
import { STAGES } from '../src/prove/stages.js'
import { cleanUp, folder, put } from './support/project.js'
import { parseTxtar } from './support/txtar.js'

afterAll(cleanUp)

const fixtures = fileURLToPath(new URL('../fixtures/wrong/', import.meta.url))
const names = readdirSync(fixtures).map((file) => basename(file, '.txtar'))
const archives = new Map(
  names.map((name) => [name, parseTxtar(readFileSync(join(fixtures, `${name}.txtar`), 'utf8')).files]),
)
const wants = new Map(
  names.map((name) => {
    const [verdict = '', ...says] = (archives.get(name)?.get('want') ?? '').trim().split('\n')
    const [stage = '', ...result] = verdict.split(' ')
    return [name, { stage, result: result.join(' '), says }]
  }),
)

describe('a wrong transform', () => {
  let dir = ''
  let found: Found
  let patches: Patches
  let fixes: readonly Fix[] = []
  let ground: Ground
  beforeAll(async () => {
    dir = folder({ 'go.mod': 'module example.com/w\n\ngo 1.22\n' })
    for (const [name, files] of archives)
      put(join(dir, name), Object.fromEntries([...files].filter(([path]) => !/^(wrong\/|want$)/.test(path))))
    const request = requestIn(dir)
    found = await find(request)
    patches = patchesOf(found, gofmtAt(found.go.gofmt, request), dir)
    const plan = { transform: 'rwmutex', style: 'inline', exported: 'refuse', emit: '', unsafeFixes: false } as const
    fixes = (await planFixes(found, { ...request, plan, witness: 'keep', refuseIgnored: false }, patches)).fixes
    ground = await prepareGround({ ...request, go: found.go }, folder({}), folder({}))
  })

  const proved = async (name: string, render: (fix: Fix) => Promise<Rendered>): Promise<Proof | undefined> => {
    const fix = fixes.find((c) => c.folders.has(join(dir, name)))
    if (fix === undefined) throw new Error(`mapfix has no fix for ${name}, whose tests the wrong one must fail`)
    const proofs = await prove([fix], {
      stages: new Set(STAGES),
      tests: 'affected',
      timeout: '10s',
      goroot: found.go.goroot,
      keepsWitnesses: false,
      noRace: found.go.noRace,
      ground: async () => ground,
      render: () => render(fix),
      source: found.sources.text,
      progress: () => undefined,
    })
    return proofs.get(fix)
  }

  test.each(names)('%s', async (name) => {
    const texts = [...(archives.get(name) ?? [])].filter(([path]) => path.startsWith('wrong/'))
    const overlay = new Map(texts.map(([path, text]) => [join(dir, name, path.slice('wrong/'.length)), text]))
    const proof = await proved(name, async () => ({ overlay, gofmt: new Map(), errors: [] }))
    const want = wants.get(name)
    expect(proof).toMatchObject({ kind: 'failed', validation: { [want?.stage ?? '']: want?.result } })
    for (const text of want?.says ?? []) expect(proof).toHaveProperty('output', expect.stringContaining(text))
  })

  const apart = names.filter((name) => wants.get(name)?.says.some((text) => text.includes('is several')))
  test.each(apart)('%s: the right one passes the same tests', async (name) => {
    const proof = await proved(name, (fix) => patches.render([fix.fix]))
    expect(proof).toMatchObject({ kind: 'proved', validation: { race: 'ok', witness: 'ok' } })
    const reds = proof?.kind === 'proved' ? [...proof.witnesses.values()] : []
    const tests = reds.flatMap((red) =>
      red.kind === 'red' ? [red.attempt.text('TestIt'), ...red.steps.map((s) => s.text('TestIt'))] : [],
    )
    expect(tests.some((text) => text.includes('outcome'))).toBe(true)
  })
})

function requestIn(cwd: string): Request {
  const { env } = process
  return {
    cwd,
    env,
    patterns: ['./...'],
    tags: '',
    platforms: [],
    spawners: [],
    jobs: 0,
    selection: { only: [], skip: [], rules: [], noRules: [], select: 'findings', minConfidence: 'likely' },
    known: null,
    newFrom: '',
    evidence: null,
    signal: new AbortController().signal,
    tempFolder: async () => folder({}),
    progress: () => undefined,
  }
}
