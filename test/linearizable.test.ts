/**
 * What goroutines see of the containers, and of the wrappers of rwmutex and mutex, is what one after the other would see: porcupine searches recorded
 * histories for such an order. The Go tests are in fixtures/linearizable/.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { containersIn, env } from './support/containers.js'

const PORCUPINE = 'github.com/anishathalye/porcupine v1.3.1'
const SUM = `${PORCUPINE} h1:fBZ4/NGNPnIDdd6xNtrNk9/GiEQ0L4FO5+scINN+t0E=
${PORCUPINE}/go.mod h1:WM0SsFjWNl2Y4BqHr/E/ll2yY1GY1jqn+W7Z/84Zoog=
`

let dir = ''
beforeAll(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'mapfix-linearizable-')))
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const run = reachable() ? test : test.skip

run('histories of the containers are linearizable (needs the module proxy, for porcupine)', async () => {
  writeFileSync(join(dir, 'go.sum'), SUM)
  await containersIn(dir, { go: '1.24', folder: 'linearizable', require: `\nrequire ${PORCUPINE}\n`, locked: true })
  const ran = execFileSync('go', ['test', '-count=1', '-timeout=240s', '.'], { cwd: dir, env, encoding: 'utf8' })
  expect(ran).toMatch(/^ok/)
})

/** Whether porcupine is there, or can be had. */
function reachable(): boolean {
  try {
    const query = PORCUPINE.replace(' ', '@')
    execFileSync('go', ['mod', 'download', query], { cwd: tmpdir(), env, stdio: 'ignore', timeout: 60_000 })
    return true
  } catch {
    return false
  }
}
