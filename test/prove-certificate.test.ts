import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { changedLines, parseProfile } from '../src/prove/coverage.js'
import { certificateSchema } from '../src/report/certificate.js'
import { verifySchema } from '../src/report/verified.js'
import { cleanUp, mapfix, put, report, repository } from './support/project.js'

afterAll(cleanUp)

const COUNTER = `// Package hits counts.
package hits

// Counter is safe for concurrent use.
type Counter struct {
	n map[string]int
}

// New returns a counter of nothing.
func New() *Counter { return &Counter{n: map[string]int{}} }

// Add counts one more.
func (c *Counter) Add(key string) {
	c.n[key]++
}

// Of returns how many were counted.
func (c *Counter) Of(key string) int {
	if c == nil {
		return 0
	}
	return c.n[key]
}
`

describe('a certificate', () => {
  let dir = ''
  const verify = async (...argv: string[]): Promise<{ code: number; text: string }> => {
    const { code, stdout, stderr } = await mapfix(dir, ['verify', 'proof.json', ...argv])
    return { code, text: stdout + stderr }
  }
  beforeAll(async () => {
    dir = await repository({ 'go.mod': 'module example.com/hits\n\ngo 1.22\n', 'hits.go': COUNTER })
    const { findings } = await report(dir, ['--transform=rwmutex', '--style=inline', '--certificate=proof.json'])
    expect(findings[0]?.fix).toMatchObject({ status: 'applied', coverage: { lines: 4, covered: 4 } })
  })

  test('says what was proved', () => {
    const certificate = certificateSchema.parse(JSON.parse(readFileSync(join(dir, 'proof.json'), 'utf8')))
    expect(Object.keys(certificate.sources)).toEqual(['go.mod', 'hits.go'])
    const [fix] = certificate.fixes
    expect(fix).toMatchObject({
      maps: ['example.com/hits.Counter.n'],
      files: [{ path: 'hits.go' }],
      compound: [{ operations: 2 }],
      validation: { build: 'ok', race: 'ok', witness: 'ok' },
    })
    expect(fix?.witnesses.map(({ test }) => test)).toEqual(['TestCounterNRace', 'TestCounterAddAtomic'])
    for (const { before, after } of fix?.witnesses ?? []) {
      expect(before).toMatch(/DATA RACE|concurrent map/)
      expect(after).toContain('PASS')
    }
  })

  test('holds for the tree that it is about, and is proved again', async () => {
    expect(await verify()).toMatchObject({ code: 0, text: expect.stringContaining('the tree is what was proved') })
    const { stdout } = await mapfix(dir, ['verify', 'proof.json', '--rerun', '--format=json'])
    expect(verifySchema.parse(JSON.parse(stdout))).toMatchObject({
      differs: [],
      rerun: { failed: false, validation: { vet: 'ok', race: 'ok', witness: 'ok' } },
    })
  })

  test('names what is not as it was', async () => {
    const fixed = readFileSync(join(dir, 'hits.go'), 'utf8')
    put(dir, { 'hits.go': `${fixed}\nvar more int\n`, 'new.go': 'package hits\n' })
    expect(await verify()).toMatchObject({
      code: 1,
      text: expect.stringMatching(/hits\.go changed\n {2}new\.go was not there\n/),
    })
    put(dir, { 'hits.go': COUNTER, 'new.go': '' })
    expect(await verify('--rerun')).toMatchObject({
      code: 1,
      text: expect.stringContaining('hits.go is as it was before the fix'),
    })
    put(dir, { 'hits.go': fixed })
  })

  test.each([
    ['no JSON', () => '{', /it is not JSON/],
    ['something else', () => '{"schema":1}', /kind: /],
    [
      'a path outside',
      (text: string) => text.replaceAll('"hits.go"', '"/etc/hits.go"'),
      /it names a file "\/etc\/hits\.go"/,
    ],
    ['a path through', (text: string) => text.replaceAll('"hits.go"', '"a/../../hits.go"'), /it names a file/],
    ['no Go file', (text: string) => text.replaceAll('"hits.go"', '"hits.sh"'), /says that a fix changed "hits\.sh"/],
  ])('%s is none', async (_, forge, message) => {
    writeFileSync(join(dir, 'forged.json'), forge(readFileSync(join(dir, 'proof.json'), 'utf8')))
    const { code, stderr } = await mapfix(dir, ['verify', 'forged.json'])
    expect(code).toBe(2)
    expect(stderr).toMatch(message)
  })

  test('of a missing file, or without one: what to do', async () => {
    expect(await mapfix(dir, ['verify', 'none.json'])).toMatchObject({
      code: 2,
      stderr: 'mapfix: cannot read none.json: no such file, or none that may be read\n',
    })
    expect(await mapfix(dir, ['verify'])).toMatchObject({
      code: 2,
      stderr: 'mapfix: verify takes one certificate: mapfix verify FILE\n',
    })
  })
})

test('touched lines, and the blocks of a cover profile', () => {
  expect(changedLines('a\nb\nc\n', 'a\nx\nb\nc\ny\n')).toEqual([2, 5])
  const blocks = parseProfile(
    'mode: set\nexample.com/m/a.go:3.14,5.2 1 0\nexample.com/other/a.go:1.1,2.2 1 1\n',
    new Map([['example.com/m', '/m']]),
  )
  expect([...blocks]).toEqual([['/m/a.go', [{ first: 3, last: 5, ran: false }]]])
})
