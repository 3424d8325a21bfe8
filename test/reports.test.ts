import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { afterAll, expect, test } from '@jest/globals'
import { Ajv } from 'ajv'
import formats from 'ajv-formats'
import type { Log, Replacement } from 'sarif'
import { applyEdits } from '../src/edit/index.js'
import { html } from '../src/report/html.js'
import { markdown } from '../src/report/markdown.js'
import { sarif } from '../src/report/sarif.js'
import { cleanUp, git, mapfix, put, report, repository } from './support/project.js'
import { sample } from './support/sample.js'

afterAll(cleanUp)

/** Microsoft's copy of the schema, which is in draft 4 of JSON Schema: only its id is written otherwise there. */
function sarifErrors(log: unknown): unknown {
  const path = createRequire(import.meta.url).resolve('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json')
  const { id: _, $schema: __, ...schema } = JSON.parse(readFileSync(path, 'utf8'))
  const ajv = new Ajv({ strict: false, unicodeRegExp: false })
  formats.default(ajv)
  return ajv.validate(schema, log) ? [] : ajv.errors
}

const STORE = `package store

import "sync"

// Store is safe for concurrent use.
type Store struct {
	mu    sync.Mutex
	items map[string]int
}

func (s *Store) Put(key string, value int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.items[key] = value
}

func (s *Store) Get(key string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.items[key]
}

func (s *Store) Len() int {
	/* ÄÖ */ return len(s.items)
}
`

test('sarif of a real run is valid; its fixes are the patch, its columns UTF-16, its fingerprints the ids', async () => {
  const dir = await repository({
    'README.md': 'a module below the root\n',
    'svc/go.mod': 'module example.com/svc\n\ngo 1.22\n',
    'svc/store/store.go': STORE,
  })
  const flags = ['--diff', '--validate=gofmt,build', '--witness=off', '-C', 'svc']
  const { code, stdout } = await mapfix(dir, [...flags, '--format=sarif', '--html=page.html', '--summary=summary.md'])
  const log: Log = JSON.parse(stdout)
  expect([code, sarifErrors(log)]).toEqual([1, []])
  const [result] = log.runs[0]?.results ?? []
  const { findings } = await report(dir, flags)
  expect(result?.partialFingerprints).toEqual({ 'mapfixFindingId/v1': findings[0]?.id })
  const flow = result?.codeFlows?.[0]?.threadFlows.map(({ locations }) => locations.at(-1)?.location?.physicalLocation)
  expect(flow).toEqual([
    {
      artifactLocation: { uri: 'svc/store/store.go', uriBaseId: '%SRCROOT%' },
      region: { startLine: 14, startColumn: 2 },
    },
    {
      artifactLocation: { uri: 'svc/store/store.go', uriBaseId: '%SRCROOT%' },
      region: { startLine: 24, startColumn: 18 },
    },
  ])
  const [change] = result?.fixes?.[0]?.artifactChanges ?? []
  expect(change?.artifactLocation.uri).toBe('svc/store/store.go')
  const patched = replaced(STORE, change?.replacements ?? [])
  expect(patched).toContain('\t/* ÄÖ */\n\ts.mu.Lock()\n\tdefer s.mu.Unlock()\n\treturn len(s.items)\n')

  const page = readFileSync(join(dir, 'svc/page.html'), 'utf8')
  expect(page).toContain('example.com/svc/store.Store.items')
  expect(page).not.toMatch(/(src|href)="(?!#)/)
  expect(readFileSync(join(dir, 'svc/summary.md'), 'utf8')).toContain('| `example.com/svc/store.Store.items`')
  put(dir, { 'svc/store/store.go': patched })
  // git names the function behind the extents of a hunk.
  const body = (diff = ''): string | undefined => diff.trimEnd().split(/@@.*\n/)[1]
  expect(body(await git(dir, 'diff', '--', 'svc/store'))).toBe(body(findings[0]?.fix?.diff))
})

/** As a program would apply them: whole lines. */
function replaced(text: string, replacements: readonly Replacement[]): string {
  const starts = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)]
  const offset = (line = 1): number => starts[line - 1] ?? text.length
  const edits = replacements.map(({ deletedRegion, insertedContent }) => ({
    file: 'f',
    start: offset(deletedRegion.startLine),
    end: offset(deletedRegion.endLine),
    newText: insertedContent?.text ?? '',
  }))
  return applyEdits(text, edits)
}

test.each<[string, { suppressed?: boolean; status?: 'applied' | 'proposed'; error?: boolean }]>([
  ['a finding that a comment suppresses', { suppressed: true }],
  ['a fix that was written has no fixes', { status: 'applied' }],
  ['a package that cannot be read', { error: true }],
])('sarif: %s', (_, { suppressed = false, status = 'proposed', error = false }) => {
  const one = sample()
  const [finding] = one.findings
  if (finding?.fix === undefined) throw new Error('a sample without a fix')
  const log = sarif(
    {
      ...one,
      findings: suppressed ? [] : [{ ...finding, fix: { ...finding.fix, status } }],
      suppressed: suppressed
        ? [
            {
              id: finding.id,
              rule: finding.rule,
              name: 'm.x',
              confidence: 'likely',
              at: 'x.go:1:1',
              by: { kind: 'comment', at: 'x.go:1:1', reason: 'one job at a time' },
            },
          ]
        : [],
      errors: error ? [{ package: 'm', message: 'x.go:1:1: undefined: y' }] : [],
    },
    { source: () => null, prefix: '' },
  )
  expect(sarifErrors(log)).toEqual([])
  const [run] = log.runs
  expect({
    fixes: run?.results?.[0]?.fixes?.length ?? 0,
    suppressions: run?.results?.[0]?.suppressions,
    successful: run?.invocations?.[0]?.executionSuccessful,
  }).toEqual({
    fixes: suppressed || status === 'applied' ? 0 : 1,
    suppressions: suppressed ? [{ kind: 'inSource', justification: 'one job at a time' }] : undefined,
    successful: !error,
  })
})

test('the validator refuses what is no sarif', () => {
  expect(sarifErrors({ version: '2.1.0', runs: [{ results: [{ message: 'no' }] }] })).not.toEqual([])
})

const HOSTILE = `"><script>alert(1)</script>'&\`|\u202e\u0007`

test('hostile names and messages stay text in the page', () => {
  const [finding] = sample().findings
  const page = html(
    sample({
      message: HOSTILE,
      map: { name: `m.${HOSTILE}`, kind: 'field', type: HOSTILE, at: 'x.go:1:1' },
      ...(finding?.fix
        ? { fix: { ...finding.fix, notes: [HOSTILE], diff: `--- a/x\n+++ b/x\n@@ -1 +1 @@\n-${HOSTILE}\n+b\n` } }
        : {}),
    }),
  )
  expect(page.match(/<script/g)).toHaveLength(1)
  expect(page).toContain('&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&#39;&amp;`|[U+202E][U+0007]')
  expect(page).toMatch(/script-src &#39;sha256-/)
})

test('hostile names and messages stay in their cells of the summary', () => {
  const text = markdown(
    sample({ map: { name: `m.a|b\`c`, kind: 'field', type: 'map[int]int', at: 'x.go:1:1' }, at: '<b>|x_y' }),
  )
  expect(text).toContain(
    '| `m.a\\|b c`<br>&lt;b&gt;\\|x\\_y | inconsistent-guard (likely) | guard | not exercised | off |\n',
  )
})

test('the summary says what is left, and what could not be read', () => {
  const [finding] = sample().findings
  if (finding?.fix === undefined) throw new Error('a sample without a fix')
  const refused = { ...finding.fix, status: 'refused' as const, reason: 'its value gets away\nmore', diff: undefined }
  const text = markdown({ ...sample({ fix: refused }), errors: [{ package: 'm', message: 'x.go:1:1: no' }] })
  expect(text).not.toContain('### Fixed')
  expect(text).toContain('### Left as it is\n\n- `example.com/m/store.Store.items` at store/store.go:4:2')
  expect(text).toContain(': refused, its value gets away\n')
  expect(text).toContain('### Not read whole\n\n- `m`: x.go:1:1: no\n')
})

test.each(['explain', 'init'])('%s makes no page', async (command) => {
  const { code, stderr } = await mapfix('.', [command, '--html=page.html'])
  expect([code, stderr]).toEqual([2, expect.stringContaining(`--html is for findings: ${command} reports none`)])
})
