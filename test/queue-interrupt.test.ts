import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { cpSync, existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { lastOf, readLedger } from '../src/batch/ledger.js'
import { module, ownedRepository } from './support/monorepo.js'
import { cleanUp, folder, git, mapfix } from './support/project.js'

const bin = join(dirname(dirname(fileURLToPath(import.meta.url))), 'bin/mapfix.js')
const FLAGS = ['--validate=gofmt', '--jobs=1', '--ledger=../ledger.jsonl', '--quiet']
const DATES = { GIT_AUTHOR_DATE: '2026-01-02T03:04:05Z', GIT_COMMITTER_DATE: '2026-01-02T03:04:05Z' }
/** Debian's, started on loopback; .ci/run installs it. */
const withRedis = spawnSync('redis-server', ['--version']).status === 0 ? describe : describe.skip

afterAll(cleanUp)

const started: ChildProcess[] = []
let url = ''

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

function start(command: string, args: string[], options: { env?: NodeJS.ProcessEnv; cwd: string }): ChildProcess {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  started.push(child)
  return child
}

/** Resolves when one of its streams has said this. */
async function says(child: ChildProcess, what: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const hear = (chunk: Buffer): void => {
      if (chunk.toString().includes(what)) resolve()
    }
    child.stdout?.on('data', hear)
    child.stderr?.on('data', hear)
    child.once('exit', () => reject(new Error(`it ended before it said ${what}`)))
  })
}

async function ends(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill(signal)
  await ended
}

async function redis(): Promise<ChildProcess> {
  const port = await freePort()
  url = `redis://127.0.0.1:${port}`
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--maxmemory-policy', 'noeviction']
  const server = start('redis-server', args, { cwd: folder({}) })
  await says(server, 'Ready to accept connections')
  return server
}

function worker(): ChildProcess {
  const home = folder({})
  const env = { ...process.env, TMPDIR: folder({}), GOTMPDIR: '', XDG_STATE_HOME: home }
  return start(process.execPath, [bin, 'worker', `--queue=${url}`, '--lease=2s'], { cwd: home, env })
}

async function copies(): Promise<{ here: string; there: string }> {
  const files = { ...module('a', 'a', true), ...module('b', 'b', false), ...module('c', 'c', true) }
  const original = await ownedRepository({
    ...files,
    ...module('d', 'd', false, { 'x.go': 'package d\n\nvar x int = "no"\n' }),
  })
  const [here, there] = [join(folder({}), 'repo'), join(folder({}), 'repo')]
  for (const dir of [here, there]) cpSync(original, dir, { recursive: true })
  return { here, there }
}

async function outcome(dir: string): Promise<unknown> {
  const { units } = await readLedger(join(dir, '../ledger.jsonl'))
  const states = [...lastOf(units).values()].map(({ unit, state, findings, trouble }) => [
    unit,
    state,
    findings,
    trouble,
  ])
  return [states.sort(), await git(dir, 'for-each-ref', '--format=%(refname) %(objectname)', 'refs/heads')]
}

withRedis('a queue (needs redis-server)', () => {
  let server: ChildProcess
  beforeEach(async () => {
    server = await redis()
  })
  afterEach(async () => {
    for (const child of started.splice(0)) await ends(child, 'SIGKILL')
  })

  test('two workers, one killed in the middle of a unit: the same result as without a queue', async () => {
    const { here, there } = await copies()
    const env = { ...process.env, ...DATES }
    expect(await mapfix(here, ['batch', ...FLAGS], { env })).toMatchObject({ code: 1 })
    const workers = [worker(), worker()]
    const [victim] = workers
    if (victim === undefined) throw new Error('no worker')
    const killed = says(victim, 'taken').then(() => ends(victim, 'SIGKILL'))
    const far = await mapfix(there, ['batch', ...FLAGS, `--queue=${url}`], { env })
    await killed
    expect(far).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('4 units: 1 clean, 2 fixed, 1 failed; 2 branches made'),
    })
    expect(await outcome(there)).toEqual(await outcome(here))
    for (const child of workers.slice(1)) await ends(child, 'SIGTERM')
    expect(existsSync(join(there, '.git/worktrees'))).toBe(false)
  }, 600_000)

  test('a Redis that goes away: the units say so, and what to do', async () => {
    const { here } = await copies()
    const ran = mapfix(here, ['batch', ...FLAGS, `--queue=${url}`])
    await new Promise((resolve) => setTimeout(resolve, 2000))
    await ends(server, 'SIGKILL')
    expect(await ran).toMatchObject({ code: 1, stdout: expect.stringContaining('4 units: 4 failed; 0 branches made') })
    const { units } = await readLedger(join(here, '../ledger.jsonl'))
    expect(units.at(-1)?.trouble).toMatchObject({ kind: 'queue', advice: expect.stringContaining('run batch again') })
  }, 120_000)

  test('no Redis at all is an error of the user’s', async () => {
    const { here } = await copies()
    await ends(server, 'SIGKILL')
    expect(await mapfix(here, ['batch', ...FLAGS, `--queue=${url}`])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`there is no Redis at ${url}`),
    })
    expect(await mapfix(here, ['worker'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--queue=redis://HOST'),
    })
  }, 120_000)
})
