import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, describe, expect, test } from '@jest/globals'
import { publishedSchemas } from '../src/config/published.js'
import { positions } from '../src/report/positions.js'
import { pretty } from '../src/report/pretty.js'
import {
  type AccessReport,
  type FindingReport,
  type FixReport,
  type Report,
  reportSchema,
} from '../src/report/schema.js'
import { cleanUp, folder, mapfix, report } from './support/project.js'

afterAll(cleanUp)

describe('positions', () => {
  const text = '\ufeffpackage p\r\n\r\nvar é, 世, 𐐷, m = 1, 2, 3, 4\n'
  const place = positions('/home/here', () => text)
  const at = (word: string, file = '/home/here/sub/p.go'): string =>
    place.at({ file, start: text.indexOf(word), end: text.indexOf(word) + word.length })

  test('columns count bytes from 1; a byte order mark counts, as for the go command', () => {
    expect(at('package')).toBe('sub/p.go:1:4')
    expect(at('é')).toBe('sub/p.go:3:5')
    expect(at('世')).toBe('sub/p.go:3:9')
    expect(at('𐐷')).toBe('sub/p.go:3:14')
    expect(at('m =')).toBe('sub/p.go:3:20')
  })

  test('paths are relative where that is shorter', () => {
    expect(at('var', '/home/p.go')).toBe('../p.go:3:1')
    expect(at('var', '/p.go')).toBe('/p.go:3:1')
  })

  test('lines of a range, up to the end of the file', () => {
    expect(place.lines({ file: '/p.go', start: 1, end: text.length })).toEqual({ first: 1, last: 3 })
    expect(place.lines({ file: '/p.go', start: 1, end: 1 })).toEqual({ first: 1, last: 1 })
  })
})

test('the published schemas are the ones that output is checked against', () => {
  const folder = new URL('../schema/', import.meta.url)
  const published = readdirSync(folder).map((file): [string, unknown] => [
    file,
    JSON.parse(readFileSync(new URL(file, folder), 'utf8')),
  ])
  expect(new Map(published)).toEqual(new Map(JSON.parse(JSON.stringify([...publishedSchemas()]))))
})

test('positions of a real run, in a file with all kinds of characters', async () => {
  const dir = folder({
    'go.mod': 'module example.com/u\n\ngo 1.22\n',
    'u.go':
      'package u\n\n/* é世𐐷 */ var größe = map[string]int{}\n\nfunc Start() {\n\tgo func() { /* 𐐷 */ größe["世"]++ }()\n\tgo func() { größe["世"]++ }()\n}\n',
  })
  const [finding] = (await report(dir, ['check'])).findings
  expect(finding?.map).toMatchObject({ name: 'example.com/u.größe', kind: 'variable', at: 'u.go:3:21' })
  expect(finding?.accesses.map((a) => a.at)).toEqual(expect.arrayContaining(['u.go:6:25', 'u.go:7:14']))
})

test('standard output of a json run is one object, even with progress and notices', async () => {
  const dir = folder({ 'go.mod': 'module example.com/u\n\ngo 1.22\n', 'u.go': 'package u\n' })
  const { code, stdout } = await mapfix(dir, ['check', '--format=json'])
  expect(code).toBe(0)
  expect(reportSchema.parse(JSON.parse(stdout))).toMatchObject({
    schema: 1,
    findings: [],
    errors: [],
    summary: { packages: 1, maps: 0, findings: 0 },
  })
})

describe('pretty', () => {
  const access = (at: string, op: string): Report['findings'][number]['accesses'][number] => ({
    op,
    at,
    function: '(*Store).Put',
    held: [],
    reached: ['goroutine started at main.go:14:2'],
    paths: [['(*Store).Put']],
  })
  const fix: FixReport = {
    group: 'g1',
    transform: 'rwmutex',
    status: 'applied',
    reason: '',
    at: '',
    notes: ['a note'],
    compound: [{ at: 's.go:3:2', operations: 2, now: 'one critical section' }],
    edits: 3,
    files: ['s.go'],
    diff: 'diff --git a/s.go b/s.go\n@@ -1 +1 @@\n-a\n+b\n',
    validation: { gofmt: 'ok', build: 'ok', vet: 'ok', test: 'no tests', race: 'not exercised', witness: 'off' },
  }
  const finding: FindingReport = {
    id: '0123456789abcdef',
    rule: 'unguarded-map',
    map: { name: 'example.com/m.Store.items', kind: 'field', type: 'map[string]int', at: 's.go:1:2' },
    confidence: 'likely',
    message: 'items is written without a lock',
    at: 's.go:3:2',
    racing: [access('s.go:3:2', 'assign'), access('s.go:4:2', 'lookup')],
    accesses: [],
    related: [],
    evidence: [],
    fix,
  }
  const of = (findings: FindingReport[], counts: Partial<Report['summary']> = {}): Report => ({
    schema: 1,
    tool: { name: 'mapfix', version: '0.1.0' },
    go: 'go1.26.8',
    errors: [],
    findings,
    suppressed: [],
    unused: [],
    summary: {
      packages: 2,
      maps: 3,
      shared: 1,
      findings: findings.length,
      applied: 0,
      open: 0,
      refused: 0,
      held: 0,
      failed: 0,
      declined: 0,
      suppressed: 0,
      hidden: { likely: 0, possible: 0 },
      unchanged: 0,
      seconds: 1.5,
      ...counts,
    },
  })
  const options = { color: false, verbose: false, diffs: true, fixing: true }

  test('the finding, the two accesses and who gets there, the diff, the proof, a summary', () => {
    expect(pretty(of([finding], { applied: 1 }), options)).toBe(`s.go:1:2: example.com/m.Store.items map[string]int
  unguarded-map (likely): items is written without a lock
    s.go:3:2: assign in (*Store).Put, no lock held
      reached by goroutine started at main.go:14:2
    s.go:4:2: lookup in (*Store).Put, no lock held
      reached by goroutine started at main.go:14:2
  fix rwmutex: applied
    3 edits in s.go
    s.go:3:2: 2 operations, now one critical section
    note: a note
    proof: gofmt ok, build ok, vet ok, test no tests, race not exercised

diff --git a/s.go b/s.go
@@ -1 +1 @@
-a
+b

1 finding (1 applied) in 2 packages, 3 maps, 1 shared between goroutines; 1.5 s
`)
  })

  test('a refusal says where and why; maps fixed together show one fix', () => {
    const refused: FixReport = {
      ...fix,
      status: 'refused',
      reason: 'All returns the map itself',
      at: 's.go:9:9',
      edits: 0,
      notes: [],
      compound: [],
      diff: '',
    }
    const text = pretty(
      of(
        [
          { ...finding, fix: refused },
          { ...finding, fix: refused },
        ],
        { refused: 2 },
      ),
      options,
    )
    expect(text).toContain('  fix rwmutex: refused at s.go:9:9\n    All returns the map itself\n')
    expect(text).toContain('  fix the same as above (g1)\n')
  })

  test('three ways to an access, and the number of the others', () => {
    const reached = ['main', 'callers of A', 'callers of B', 'callers of C', 'callers of D']
    const racing: [AccessReport, AccessReport] = [
      { ...access('s.go:3:2', 'assign'), reached },
      { ...access('s.go:7:2', 'lookup'), reached: ['main'] },
    ]
    const text = pretty(of([{ ...finding, racing }]), options)
    expect(text).toContain(`no lock held
      reached by main
      reached by callers of A
      reached by callers of B
      and 2 more
    s.go:7:2: lookup`)
  })

  test('nothing found', () => {
    expect(pretty(of([]), options)).toBe('no findings in 2 packages, 3 maps, 1 shared between goroutines; 1.5 s\n')
  })
})
