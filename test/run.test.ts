import { expect, test } from '@jest/globals'
import { Interrupted, ToolError } from '../src/errors.js'
import { isAlive, NotFound, run, streamLines } from '../src/go/run.js'

const here = { cwd: '/' }

test('run returns both streams and the exit status', async () => {
  expect(await run('sh', ['-c', 'echo out; echo err >&2; exit 3'], here)).toEqual({
    code: 3,
    stdout: 'out\n',
    stderr: 'err\n',
  })
})

test('run feeds standard input, and an empty one when there is none', async () => {
  expect((await run('cat', [], { ...here, stdin: 'é𐐷' })).stdout).toBe('é𐐷')
  expect((await run('cat', [], here)).stdout).toBe('')
})

test('the environment given is the whole environment, with PWD set right', async () => {
  const { stdout } = await run('/usr/bin/env', [], { ...here, env: { ONLY: 'this', GONE: undefined } })
  expect(stdout).toBe('ONLY=this\nPWD=/\n')
})

test('a command that is not there is NotFound', async () => {
  await expect(run('no-such-command-anywhere', [], here)).rejects.toBeInstanceOf(NotFound)
  await expect(run('true', [], { cwd: '/no/such/folder' })).rejects.toBeInstanceOf(ToolError)
})

test('an abort kills the child with its grandchildren', async () => {
  const stop = new AbortController()
  const pids: number[] = []
  const running = streamLines(
    'sh',
    ['-c', 'sleep 1000 & echo $!; echo $$; wait'],
    { ...here, signal: stop.signal },
    (line) => {
      pids.push(Number(line))
      if (pids.length === 2) stop.abort()
    },
  )
  await expect(running).rejects.toBeInstanceOf(Interrupted)
  expect(pids).toHaveLength(2)
  await gone(pids)
})

test('grandchildren do not outlive the command', async () => {
  const { stdout } = await run('sh', ['-c', 'sleep 1000 & echo $!'], here)
  await gone([Number(stdout)])
})

test('a child that takes too long is killed and reports 124', async () => {
  expect(await run('sleep', ['1000'], { ...here, timeoutMs: 50 })).toMatchObject({ code: 124 })
})

test('lines come whole, whatever the chunks; the last needs no newline', async () => {
  const lines: string[] = []
  await streamLines('sh', ['-c', 'printf a; printf "b\\nc\\n\\nd"'], here, (line) => lines.push(line))
  expect(lines).toEqual(['ab', 'c', '', 'd'])
})

test('what onLine throws ends the child', async () => {
  const bug = new Error('bug')
  const running = streamLines('sh', ['-c', 'echo 1; sleep 1000'], here, () => {
    throw bug
  })
  await expect(running).rejects.toBe(bug)
})

/** Waits until the kernel has taken the processes away: killing is not instant. */
async function gone(pids: readonly number[]): Promise<void> {
  while (pids.some(isAlive)) await new Promise((resolve) => setTimeout(resolve, 10))
}
