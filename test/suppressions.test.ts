/**
 * fixtures/suppressions/<case>.txtar: a small Go package with comments that suppress findings, or mean to, and what comes of them
 * ("want"; UPDATE=1 writes it): what is reported all the same, what each comment keeps back, which comments do nothing. All cases
 * are packages of one module.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type Analysis, analyse } from '../src/analysis/index.js'
import { cacheFolder } from '../src/go/cache.js'
import { findGo } from '../src/go/env.js'
import { loadFacts } from '../src/go/facts.js'
import { run } from '../src/go/run.js'
import type { Finding, Range } from '../src/types.js'
import { formatTxtar, parseTxtar } from './support/txtar.js'

const fixtures = fileURLToPath(new URL('../fixtures/suppressions/', import.meta.url))
const cases = readdirSync(fixtures).filter((file) => file.endsWith('.txtar'))

let module = ''
let unformatted = ''
let analysis: Analysis

beforeAll(async () => {
  module = realpathSync(mkdtempSync(join(tmpdir(), 'mapfix-suppressions-')))
  writeFileSync(join(module, 'go.mod'), 'module example.com/m\n\ngo 1.22\n')
  for (const file of cases) {
    for (const [name, text] of parseTxtar(readFileSync(join(fixtures, file), 'utf8')).files) {
      if (name === 'want') continue
      const path = join(module, basename(file, '.txtar'), name)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, text)
    }
  }
  const env = { ...process.env, GOFLAGS: '' }
  const go = await findGo({ cwd: module, env })
  const { packages } = await loadFacts({ go, cwd: module, env, patterns: ['./...'], cacheDir: cacheFolder(env) })
  unformatted = (await run(go.gofmt, ['-l', '.'], { cwd: module, env })).stdout
  analysis = analyse(packages)
})
afterAll(() => rmSync(module, { recursive: true, force: true }))

test.each(cases)('%s', (file) => {
  const path = join(fixtures, file)
  const archive = parseTxtar(readFileSync(path, 'utf8'))
  const dir = `${join(module, basename(file, '.txtar'))}/`
  const mine = ({ file: of }: Range): boolean => of.startsWith(dir)
  const lines = [
    ...analysis.findings.filter((f) => mine(declOf(f))).map((f) => `reported ${textOf(f)}`),
    ...analysis.suppressed
      .filter(({ finding }) => mine(declOf(finding)))
      .map(({ finding, by }) => `suppressed ${textOf(finding)}, by ${place(by.at)}: ${by.reason}`),
    ...analysis.idle
      .filter(({ at }) => mine(at))
      .map(({ at, text, problem }) => `idle ${place(at)} ${text}${problem ? `: ${problem}` : ''}`),
  ]
  const want = lines.map((line) => `${line.trimEnd()}\n`).join('')
  if (process.env.UPDATE)
    writeFileSync(path, formatTxtar({ ...archive, files: new Map([...archive.files, ['want', want]]) }))
  else expect(want).toBe(archive.files.get('want'))
})

test('the cases are formatted', () => {
  expect(unformatted).toBe('')
})

function textOf(finding: Finding): string {
  const name = (finding.map ?? finding.subject)?.name.replace(/^.*\./, '')
  return `${name} ${finding.rule}: ${finding.racing.map(({ range }) => place(range)).join(' × ')}`
}

function declOf({ map, subject }: Finding): Range {
  const at = (map ?? subject)?.decl
  if (!at) throw new Error('a finding about nothing')
  return at
}

function place({ file, start }: Range): string {
  return `${basename(file)}:${readFileSync(file, 'utf8').slice(0, start).split('\n').length}`
}
