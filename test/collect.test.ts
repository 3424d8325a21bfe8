/** `mapfix collect`, against a live service on loopback, and around tests. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { setPriority } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from '@jest/globals'
import { watcher } from '../src/collect/suspicion.js'
import { goroutinesIn } from '../src/evidence/index.js'
import type { ChargedProfile } from '../src/evidence/profiles.js'
import { cleanUp, folder, mapfix, report } from './support/project.js'

const children: ChildProcess[] = []

afterAll(() => {
  for (const child of children) child.kill('SIGKILL')
  cleanUp()
})

function copied(name: string): string {
  const dir = folder({})
  cpSync(fileURLToPath(new URL(`evidence/${name}/`, import.meta.url)), dir, { recursive: true })
  return dir
}

/** Builds and starts the service; its address. */
async function serve(dir: string): Promise<string> {
  execFileSync('go', ['build', '-o', join(dir, 'live.bin'), '.'], { cwd: dir })
  const child = spawn(join(dir, 'live.bin'), { stdio: ['ignore', 'pipe', 'ignore'] })
  // It writes all the time, and what looks at it comes first.
  if (child.pid !== undefined) setPriority(child.pid, 10)
  children.push(child)
  for await (const chunk of child.stdout) return String(chunk).trim()
  throw new Error('the service does not start')
}

test('a live service: the suspected race and the growing map are noticed, and lead to their maps', async () => {
  const dir = copied('live')
  const address = await serve(dir)
  const stop = new AbortController()
  const seen = join(dir, 'seen.txt')
  const onSuspect = 'cat "$MAPFIX_EVIDENCE/suspicions.txt" >> seen.txt'
  const argv = ['collect', address, '--watch=300ms', '--seconds=1', `--on-suspect=${onSuspect}`]
  const watching = mapfix(dir, argv, { signal: stop.signal })
  const told = (): string => (existsSync(seen) ? readFileSync(seen, 'utf8') : '')
  const done = (): boolean =>
    /suspected race: main\.count /.test(told()) && /grow without bounds: main\.remember /.test(told())
  for (let i = 0; i < 900 && !done(); i++) await sleep(200)
  stop.abort()
  const ran = await watching
  expect(told()).toMatch(
    /^suspected race: main\.count main\.go:41: \d+ and then \d+ goroutines were writing to a map there at once$/m,
  )
  expect(told()).toMatch(/^suspected to grow without bounds: main\.remember main\.go:49: the map took .* MB/m)
  expect(ran.code).toBe(130)

  const folders = readdirSync(dir).filter((name) => name.startsWith('mapfix-evidence'))
  const { evidence } = await report(dir, ['check', ...folders.map((name) => `--evidence=${name}`)])
  const of = (name: string) => evidence?.maps.find((map) => map.name === name)
  expect(of('example.com/live.meter.last')?.together.length).toBeGreaterThan(0)
  expect(of('example.com/live.seen')?.together).toEqual([])
  const [first = 0, ...later] = of('example.com/live.seen')?.bytes ?? []
  expect(later.at(-1)).toBeGreaterThan(first)
})

test('around tests: the race detector is on, its reports are kept, the exit status is passed on', async () => {
  const dir = copied('racy')
  const { code, stdout, stderr } = await mapfix(dir, [
    'collect',
    '--out=kept',
    '--',
    'go',
    'test',
    '-run=TestPutGet',
    './store',
  ])
  expect({ code, stdout }).toMatchObject({ code: 1, stdout: expect.stringMatching(/FAIL/) })
  expect(stderr).toBe('collected in kept; now: mapfix check --evidence=kept\n')
  const { findings } = await report(dir, ['check', '--evidence=kept', '--only-evidence'])
  expect(findings.map(({ map, confidence }) => [map?.name, confidence])).toEqual([
    ['example.com/racy/store.Store.items', 'proven'],
  ])
})

test('refused, and nothing is made', async () => {
  const dir = folder({})
  const refused: [string[], RegExp][] = [
    [[], /collect what\?/],
    [['http://127.0.0.1:1'], /http:\/\/127\.0\.0\.1:1\/debug\/pprof\/cmdline cannot be read: /],
    [['http://x', '--watch=soon'], /--watch cannot be soon/],
    [['http://x', '--on-suspect=true'], /--on-suspect needs --watch/],
    [['http://x', '--', 'go', 'test'], /collect what\?/],
    [['--wach=5s', 'http://x'], /unknown option '--wach=5s'/],
    [['--out=.', '--', 'go', 'version'], /is there already/],
  ]
  for (const [argv, message] of refused) {
    const ran = await mapfix(dir, ['collect', ...argv])
    expect(ran).toMatchObject({ code: 2, stdout: '' })
    expect(ran.stderr).toMatch(message)
  }
  expect(readdirSync(dir)).toEqual([])
})

test('a server that has no profiles says so', async () => {
  const server = createServer((_, response) => response.writeHead(404).end())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  const ran = await mapfix(folder({}), ['collect', `127.0.0.1:${port}`], { env: process.env })
  server.close()
  expect(ran.stderr).toMatch(/answers 404: does the program import net\/http\/pprof/)
})

test('suspicion wants two dumps, goroutines that run, and a line that writes to a map', () => {
  const frame = { func: 'm.f', file: '/m.go', line: 3 }
  const charge = { op: 'assign' as const, lock: '', stack: [frame], label: '', values: [1, 1] }
  const cpu: ChargedProfile = { kind: 'cpu', types: [], total: [], samples: 1, charges: [charge] }
  const heap = (bytes: number): ChargedProfile => ({
    ...cpu,
    kind: 'heap',
    types: ['inuse_space/bytes'],
    charges: [{ ...charge, op: null, values: [bytes] }],
  })
  const dump = (state: string, line = 3) =>
    goroutinesIn([1, 2].map((id) => `goroutine ${id} [${state}]:\nm.f()\n\t/m.go:${line} +0x1\n\n`).join(''))
  const look = (states: readonly string[], line = 3, sizes: readonly number[] = []): string[] => {
    const watching = watcher(null)
    watching.learn(cpu)
    return states
      .flatMap((state, i) => watching.look({ goroutines: dump(state, line), heap: heap(sizes[i] ?? 0) }))
      .map(({ kind }) => kind)
  }
  expect(look(['runnable', 'running', 'running'])).toEqual(['race'])
  expect(look(['runnable'])).toEqual([])
  expect(look(['runnable', 'select', 'runnable'])).toEqual([])
  expect(look(['sync.Mutex.Lock', 'sync.Mutex.Lock'])).toEqual([])
  expect(look(['running', 'running'], 4)).toEqual([])
  expect(look(['select', 'select', 'select'], 3, [1e6, 2e6, 4e6])).toEqual(['growth'])
  expect(look(['select', 'select', 'select'], 3, [4e6, 2e6, 4e6])).toEqual([])
})
