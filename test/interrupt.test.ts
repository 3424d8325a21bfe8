import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { afterAll, describe, expect, test } from '@jest/globals'
import { isAlive } from '../src/go/run.js'
import { nodeFiles } from '../src/write/files.js'
import { Collector, cleanUp, folder, mapfix, put, RACY, repository, tree } from './support/project.js'

afterAll(cleanUp)

const SLOW_TEST = `package racy

import (
	"fmt"
	"os"
	"os/exec"
	"testing"
)

func TestSlow(t *testing.T) {
	cmd := exec.Command("sleep", "1000")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	os.WriteFile(os.Getenv("PIDS"), []byte(fmt.Sprintln(os.Getpid(), cmd.Process.Pid)), 0o600)
	cmd.Wait()
}
`

/** A terminal that calls `seen` with all that was printed so far. */
class Terminal extends Collector {
  readonly isTTY = true
  constructor(private readonly seen: (text: string) => void) {
    super()
  }
  override _write(chunk: Buffer, encoding: BufferEncoding, done: (error?: Error) => void): void {
    super._write(chunk, encoding, done)
    this.seen(this.text)
  }
}

describe('Ctrl-C', () => {
  const moments = [
    'asking the go command',
    'reading packages',
    'planning',
    'copying the modules',
    'building',
    'vetting',
    'testing: 0 of 1',
    'writing',
  ]
  test.each(moments)('while %s: 130, nothing written, nothing left', async (moment) => {
    const testing = moment.startsWith('testing')
    const dir = await repository(testing ? { ...RACY, 'racy_test.go': SLOW_TEST } : RACY)
    const before = tree(dir)
    const [temp, pids] = [folder({}), join(folder({}), 'pids')]
    const stop = new AbortController()
    const stderr = new Terminal((text) => {
      // Well into the tests, so that there are grandchildren to leave behind.
      if (text.includes(moment)) void (testing ? written(pids) : Promise.resolve()).then(() => stop.abort())
    })
    const ran = await mapfix(dir, [], {
      stderr,
      signal: stop.signal,
      env: { ...process.env, TMPDIR: temp, PIDS: pids },
    })
    expect(ran.code).toBe(130)
    expect(stderr.text).toContain('interrupted')
    expect(tree(dir)).toEqual(before)
    expect(readdirSync(temp)).toEqual([])
    if (testing) await gone(readFileSync(pids, 'utf8').trim().split(' ').map(Number))
  })
})

describe('standard output', () => {
  test('a reader that goes away (| head) ends it quietly, with the usual status', async () => {
    const dir = folder(RACY)
    const ran = await mapfix(dir, ['check'], { stdout: broken('EPIPE') })
    expect(ran).toMatchObject({ code: 1, stderr: '' })
  })

  test('on a full disk: one message, exit 2, and what was written is taken back', async () => {
    const dir = await repository(RACY)
    const before = tree(dir)
    const ran = await mapfix(dir, ['--validate=none'], { stdout: broken('ENOSPC') })
    expect(ran).toMatchObject({ code: 2, stderr: 'mapfix: cannot write the report: no space left on the disk\n' })
    expect(tree(dir)).toEqual(before)
  })

  test('progress goes to a terminal alone', async () => {
    const dir = folder(RACY)
    expect(await mapfix(dir, ['check'])).toMatchObject({ stderr: '' })
    const terminal = new Terminal(() => undefined)
    await mapfix(dir, ['check'], { stderr: terminal })
    expect(terminal.text).toContain('reading packages')
    const quiet = new Terminal(() => undefined)
    await mapfix(dir, ['check', '--quiet'], { stderr: quiet })
    expect(quiet.text).toBe('')
  })
})

describe('the tree', () => {
  test('a file that changes during the run: nothing is written', async () => {
    const dir = await repository(RACY)
    const stderr = new Terminal((text) => {
      if (text.includes('writing')) put(dir, { 'racy.go': `${RACY['racy.go']}\n// edited\n` })
    })
    const ran = await mapfix(dir, ['--validate=none'], { stderr })
    expect(ran.code).toBe(2)
    expect(stderr.text).toMatch(/racy\.go changed during the run: nothing was written/)
    expect(readdirSync(dir).sort()).toEqual(['.git', 'go.mod', 'racy.go'])
  })

  test('a disk that fills up while writing: one message, exit 2, every file as it was', async () => {
    const dir = await repository(RACY)
    const before = tree(dir)
    const full = {
      ...nodeFiles,
      async create(path: string, content: Buffer, mode: number): Promise<void> {
        if (path.endsWith('.new')) throw Object.assign(new Error('full'), { code: 'ENOSPC', path })
        await nodeFiles.create(path, content, mode)
      },
    }
    const ran = await mapfix(dir, ['--validate=none'], { files: full })
    expect(ran).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/^mapfix: cannot write .*: no space left on the disk; every file is as it was\n$/),
    })
    expect(tree(dir)).toEqual(before)
  })

  test('a run that died while writing is undone by the next one, which says so', async () => {
    const dir = await repository(RACY)
    const journal = {
      version: 1,
      pid: 4_000_000,
      entries: [{ path: `${dir}/racy.go`, temp: `${dir}/.mapfix-1.new`, backup: `${dir}/.mapfix-1.old`, after: '' }],
      folders: [],
    }
    put(dir, {
      '.git/mapfix-undo.json': JSON.stringify(journal),
      '.mapfix-1.new': 'half',
      '.mapfix-1.old': RACY['racy.go'],
    })
    const ran = await mapfix(dir, ['--validate=none', '--diff'])
    expect(ran.stderr).toContain('an earlier run was cut short')
    expect(tree(dir)).toEqual(new Map(Object.entries(RACY)))
    expect(existsSync(`${dir}/.git/mapfix-undo.json`)).toBe(false)
  })
})

function broken(code: string): Writable {
  return new Writable({
    write: (_chunk, _encoding, done) => done(Object.assign(new Error(code), { code })),
  })
}

async function written(path: string): Promise<void> {
  while (!existsSync(path) || !readFileSync(path, 'utf8').endsWith('\n')) await pause()
}

/** Processes that were killed take a moment to go. */
async function gone(pids: readonly number[]): Promise<void> {
  expect(pids).toHaveLength(2)
  while (pids.some(isAlive)) await pause()
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 25))
}
