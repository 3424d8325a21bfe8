/**
 * The emitted containers as such, all methods of both, under the race detector: against a plain map, as nil, and with goroutines.
 * The Go tests are in fixtures/containers/.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { containersIn, env } from './support/containers.js'

let dir = ''
beforeAll(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'mapfix-containers-')))
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

// maphash.Comparable came with 1.24.
describe.each(['1.23', '1.24'])('with go %s in go.mod', (version) => {
  test('the containers are maps that goroutines may share', async () => {
    const at = join(dir, version)
    const hashes = await containersIn(at, { go: version, folder: 'containers' })
    expect(hashes.has('hashComparable')).toBe(version === '1.24')
    const run = (tool: string, ...args: string[]): string =>
      execFileSync(tool, args, { cwd: at, env, encoding: 'utf8', stdio: 'pipe' })
    expect(run('gofmt', '-l', '.')).toBe('')
    expect(run('go', 'vet', '.')).toBe('')
    expect(run('go', 'test', '-race', '-count=1', '-timeout=120s', '.')).toMatch(/^ok/)
  })
})
