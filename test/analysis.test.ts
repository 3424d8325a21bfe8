/**
 * fixtures/<rule>/<case>.txtar: one small Go package that belongs to the rule, or tempts it, and what the analysis says
 * ("want"; UPDATE=1 writes it), a line a finding: "map rule confidence: file:line operation × file:line operation", or where
 * nothing races the place, with the related ones. Where
 * nothing should be said the tempting line carries "// nope: why", and no finding may name such a line. All cases are packages
 * of one module; fixtures/modules/<name>.txtar are the modules that it depends on.
 */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type Analysis, analyse, neededPackages } from '../src/analysis/index.js'
import { rules } from '../src/analysis/rules/index.js'
import { cacheFolder } from '../src/go/cache.js'
import { findGo } from '../src/go/env.js'
import { loadFacts } from '../src/go/facts.js'
import { run } from '../src/go/run.js'
import type { Access, Finding, Range } from '../src/types.js'
import { formatTxtar, parseTxtar } from './support/txtar.js'

const fixtures = fileURLToPath(new URL('../fixtures/', import.meta.url))
const RULES = rules.map(({ name }) => name).filter((name) => existsSync(join(fixtures, name)))
/** What only those find who ask for it is looked for in its own cases alone. */
const ON_REQUEST = new Set(rules.filter(({ onRequest }) => onRequest).map(({ name }) => name))
const cases = RULES.flatMap((rule) =>
  readdirSync(join(fixtures, rule))
    .filter((file) => file.endsWith('.txtar'))
    .map((file): [rule: string, file: string] => [rule, file]),
)

const DEPENDENCIES = readdirSync(join(fixtures, 'modules')).map((file) => basename(file, '.txtar'))

let module = ''
let unformatted = ''
let errors: string[] = []
let analysis: Analysis

beforeAll(async () => {
  module = realpathSync(mkdtempSync(join(tmpdir(), 'mapfix-analysis-')))
  writeFileSync(join(module, 'go.mod'), `module example.com/m\n\ngo 1.25\n${DEPENDENCIES.map(dependency).join('')}`)
  for (const [folder, file] of [
    ...cases,
    ...DEPENDENCIES.map((name): [string, string] => ['modules', `${name}.txtar`]),
  ]) {
    for (const [name, text] of parseTxtar(readFileSync(join(fixtures, folder, file), 'utf8')).files) {
      if (name === 'want') continue
      const path = join(module, folder, basename(file, '.txtar'), name)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, text)
    }
  }
  const env = { ...process.env, GOFLAGS: '' }
  const go = await findGo({ cwd: module, env })
  const options = { go, cwd: module, env, cacheDir: cacheFolder(env) }
  const { packages } = await loadFacts({ ...options, patterns: ['./...'] })
  const needed = neededPackages(packages)
  const dependencies = (await loadFacts({ ...options, patterns: needed, tests: false })).packages
  unformatted = (await run(go.gofmt, ['-l', '.'], { cwd: module, env })).stdout
  errors = packages.flatMap((pkg) => pkg.errors)
  analysis = analyse(packages, { dependencies })
})
afterAll(() => rmSync(module, { recursive: true, force: true }))

describe.each(RULES)('%s', (rule) => {
  test.each(cases.filter(([of]) => of === rule).map(([, file]) => file))('%s', (file) => {
    const path = join(fixtures, rule, file)
    const archive = parseTxtar(readFileSync(path, 'utf8'))
    const dir = `${join(module, rule, basename(file, '.txtar'))}/`
    const mine = analysis.findings.filter(
      (finding) => about(finding).decl.file.startsWith(dir) && (!ON_REQUEST.has(finding.rule) || finding.rule === rule),
    )
    const want = mine.map((finding) => `${lineFor(finding)}\n`).join('')
    if (process.env.UPDATE) {
      writeFileSync(path, formatTxtar({ ...archive, files: new Map([...archive.files, ['want', want]]) }))
    } else {
      expect(want).toBe(archive.files.get('want'))
    }
    const named = mine.flatMap(({ racing, at }) => [
      ...racing.map((access) => lineAt(access.range).text),
      ...(at ? [lineAt(at).text] : []),
    ])
    expect(named.filter((text) => text.includes('// nope:'))).toEqual([])
  })
})

test('tests are named as ways to an access only where nothing else comes there', () => {
  const ways = (map: string): string[] =>
    analysis.maps
      .filter(({ name }) => name === `example.com/m/${map}`)
      .flatMap(({ accesses }) => accesses.flatMap(({ reached }) => reached.map(({ what }) => what)))
  expect(ways('inconsistent-guard/test-calls-helper.Store.items')).toEqual(['callers of (*Store).Put'])
  expect(ways('unguarded-map/test-sequential.cache')).toEqual(['callers of Get', 'test TestGet'])
})

test('every case finds something, or says why not', () => {
  const silent = cases.filter(([rule, file]) => {
    const { files } = parseTxtar(readFileSync(join(fixtures, rule, file), 'utf8'))
    return files.get('want') === '' && ![...files.values()].some((text) => text.includes('// nope: '))
  })
  expect(silent).toEqual([])
})

test('the cases compile and are formatted', () => {
  expect(errors).toEqual([])
  expect(unformatted).toBe('')
})

/** What go.mod says of a module in modules/. */
function dependency(name: string): string {
  const { files } = parseTxtar(readFileSync(join(fixtures, 'modules', `${name}.txtar`), 'utf8'))
  const path = /^module (.*)$/m.exec(files.get('go.mod') ?? '')?.[1]
  return `\nrequire ${path} v0.0.0\n\nreplace ${path} => ./modules/${name}\n`
}

function lineFor(finding: Finding): string {
  const { rule, confidence, racing, at, related } = finding
  const name = about(finding)
    .name.replace(/^.*\//, '')
    .replace(/^[^.]*\./, '')
  const place = (range: Range): string => `${basename(range.file)}:${lineAt(range).number}`
  const where = racing.length > 0 ? racing.map(accessText).join(' × ') : at ? place(at) : ''
  return `${name} ${rule} ${confidence}: ${[where, ...related.map((r) => `${place(r.at)} ${r.what}`)].join('; ')}`
}

function about({ map, subject }: Finding): { name: string; decl: Range } {
  const what = map ?? subject
  if (!what) throw new Error('a finding about nothing')
  return what
}

function accessText({ range, op }: Access): string {
  return `${basename(range.file)}:${lineAt(range).number} ${op}`
}

function lineAt(range: Range): { number: number; text: string } {
  const source = readFileSync(range.file, 'utf8')
  const number = source.slice(0, range.start).split('\n').length
  return { number, text: source.split('\n')[number - 1] ?? '' }
}
