/** What each rule says of itself is true: it finds its bad example, and nothing is found in its good one. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type Analysis, analyse } from '../src/analysis/index.js'
import { rules } from '../src/analysis/rules/index.js'
import { cacheFolder } from '../src/go/cache.js'
import { findGo } from '../src/go/env.js'
import { loadFacts } from '../src/go/facts.js'
import { run } from '../src/go/run.js'
import type { Finding } from '../src/types.js'
import { cleanUp, folder } from './support/project.js'

/** The catalogue: every rule that there is or will be, in the order of its table. */
const CATALOGUE = [
  'unguarded-map',
  'inconsistent-guard',
  'write-under-rlock',
  'guarded-map-escapes',
  'lock-reentry',
  'lock-leak',
  'delete-in-range',
  'captured-loop-variable',
  'shared-map-value',
  'sync-map-misuse',
  'unbounded-map',
  'unsized-map',
]

const examples = rules.flatMap(({ name, setting, bad, good }) => [
  { file: `${name}/bad/x.go`, text: `${setting}\n\n${bad}\n` },
  { file: `${name}/good/x.go`, text: `${setting}\n\n${good}\n` },
])

let dir = ''
let unformatted = ''
let errors: string[] = []
let analysis: Analysis

beforeAll(async () => {
  dir = folder({
    'go.mod': 'module example.com/m\n\ngo 1.25\n',
    ...Object.fromEntries(examples.map(({ file, text }) => [file, text])),
  })
  const env = { ...process.env, GOFLAGS: '' }
  const go = await findGo({ cwd: dir, env })
  const { packages } = await loadFacts({ go, cwd: dir, env, patterns: ['./...'], cacheDir: cacheFolder(env) })
  unformatted = (await run(go.gofmt, ['-l', '.'], { cwd: dir, env })).stdout
  errors = packages.flatMap((pkg) => pkg.errors)
  analysis = analyse(packages)
})
afterAll(cleanUp)

test('the rules are those of the catalogue, in its order', () => {
  const names = rules.map(({ name }) => name)
  expect(names).toEqual(CATALOGUE.filter((name) => names.includes(name)))
})

test('the examples compile and are formatted', () => {
  expect(errors).toEqual([])
  expect(unformatted).toBe('')
})

describe.each(rules)('$name', (rule) => {
  test('finds its bad example', () => {
    expect(foundIn(`${rule.name}/bad/`).map((finding) => finding.rule)).toContain(rule.name)
  })

  test('its good example has no finding of any rule', () => {
    expect(foundIn(`${rule.name}/good/`).map((finding) => `${finding.rule}: ${finding.message}`)).toEqual([])
  })

  test('says what it finds, what mends it, and when not to follow it', () => {
    for (const text of [rule.meaning, rule.remedy, rule.unless]) {
      expect(text).toMatch(/^\S.*[^\s.]$/)
    }
    expect(rule.meaning.charAt(0)).toBe(rule.meaning.charAt(0).toLowerCase())
  })
})

function foundIn(folderName: string): readonly Finding[] {
  return analysis.findings.filter((finding) =>
    (finding.map ?? finding.subject)?.decl.file.startsWith(`${dir}/${folderName}`),
  )
}
