import { chmodSync, lstatSync, readFileSync, readlinkSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { type CommitOptions, commit, type FileWrite } from '../src/write/commit.js'
import { type Files, nodeFiles } from '../src/write/files.js'
import { recover } from '../src/write/journal.js'
import { cleanUp, folder, put, tree } from './support/project.js'

afterAll(cleanUp)

const BEFORE = { 'a.go': 'a\n', 'sub/b.go': 'b\n', 'sub/c.go': 'c\n' }
const AFTER = { 'a.go': 'A\n', 'sub/b.go': 'B\n', 'new/deep/d.go': 'D\n' }

function change(dir: string): FileWrite[] {
  return Object.entries(AFTER).map(([name, after]) => {
    const before = new Map(Object.entries(BEFORE)).get(name)
    return { path: join(dir, name), before: before === undefined ? null : Buffer.from(before), after }
  })
}

function options(dir: string, files: Files = nodeFiles): CommitOptions {
  return { files, journal: join(dir, 'journal.json'), pid: 4_000_000 }
}

class Stop extends Error {
  readonly code = 'ENOSPC'
}

/** Real files whose n-th changing step fails; from then on too, if `dead`: as when the machine goes down. */
function failingAt(n: number, dead: boolean): { files: Files; steps: () => number } {
  let step = 0
  const guarded =
    <A extends unknown[]>(action: (...args: A) => Promise<void>) =>
    async (...args: A): Promise<void> => {
      step++
      if (step === n || (dead && step > n)) throw new Stop('disk')
      await action(...args)
    }
  const files: Files = {
    ...nodeFiles,
    create: guarded(nodeFiles.create),
    rename: guarded(nodeFiles.rename),
    unlink: guarded(nodeFiles.unlink),
    mkdir: guarded(nodeFiles.mkdir),
    rmdir: guarded(nodeFiles.rmdir),
  }
  return { files, steps: () => step }
}

/** A create that fails half-way, as on a full disk. */
function tornAt(n: number): Files {
  let creates = 0
  return {
    ...nodeFiles,
    async create(path, content, mode) {
      creates++
      await nodeFiles.create(path, creates === n ? content.subarray(0, content.length >> 1) : content, mode)
      if (creates === n) throw new Stop('disk')
    },
  }
}

test('writes all files, keeps modes, and leaves nothing else behind', async () => {
  const dir = folder(BEFORE)
  chmodSync(join(dir, 'a.go'), 0o640)
  const done = await commit(change(dir), options(dir))
  await done.keep()
  const folders = { new: '<folder>', 'new/deep': '<folder>', sub: '<folder>' }
  expect(Object.fromEntries(tree(dir))).toEqual({ ...BEFORE, ...AFTER, ...folders })
  expect(statSync(join(dir, 'a.go')).mode & 0o777).toBe(0o640)
})

test('what was written can be taken back', async () => {
  const dir = folder(BEFORE)
  const before = tree(dir)
  const done = await commit(change(dir), options(dir))
  expect(readFileSync(join(dir, 'a.go'), 'utf8')).toBe('A\n')
  await done.undo()
  expect(tree(dir)).toEqual(before)
})

test('a link stays a link: its target is written', async () => {
  const dir = folder({ 'real/a.go': 'a\n' })
  symlinkSync('real/a.go', join(dir, 'a.go'))
  const done = await commit([{ path: join(dir, 'a.go'), before: Buffer.from('a\n'), after: 'A\n' }], options(dir))
  await done.keep()
  expect(readlinkSync(join(dir, 'a.go'))).toBe('real/a.go')
  expect(lstatSync(join(dir, 'real/a.go')).isFile()).toBe(true)
  expect(readFileSync(join(dir, 'real/a.go'), 'utf8')).toBe('A\n')
})

describe('a failure at any step', () => {
  const STEPS = 12

  test('the steps are as many as the tests below go through', async () => {
    const dir = folder(BEFORE)
    const counted = failingAt(0, false)
    await commit(change(dir), options(dir, counted.files))
    expect(counted.steps()).toBe(STEPS - 1)
  })

  test.each(Array.from({ length: STEPS - 1 }, (_, i) => i + 1))('step %d fails: every file is as it was', async (n) => {
    const dir = folder(BEFORE)
    const before = tree(dir)
    await expect(commit(change(dir), options(dir, failingAt(n, false).files))).rejects.toThrow(
      /cannot write .*no space left on the disk.*as it was/,
    )
    expect(tree(dir)).toEqual(before)
  })

  test.each([1, 2, 3, 4, 5, 6])('file %d is torn: every file is as it was', async (n) => {
    const dir = folder(BEFORE)
    const before = tree(dir)
    await expect(commit(change(dir), options(dir, tornAt(n)))).rejects.toThrow(/no space left/)
    expect(tree(dir)).toEqual(before)
  })

  test.each(Array.from({ length: STEPS - 1 }, (_, i) => i + 1))(
    'the machine dies at step %d: the next start puts everything back',
    async (n) => {
      const dir = folder(BEFORE)
      const before = tree(dir)
      await expect(commit(change(dir), options(dir, failingAt(n, true).files))).rejects.toThrow()
      await recover(join(dir, 'journal.json'), nodeFiles, () => false)
      expect(tree(dir)).toEqual(before)
    },
  )

  test('the machine dies after all is in place: the next start puts everything back', async () => {
    const dir = folder(BEFORE)
    const before = tree(dir)
    await commit(change(dir), options(dir))
    expect((await recover(join(dir, 'journal.json'), nodeFiles, () => false)).length).toBe(3)
    expect(tree(dir)).toEqual(before)
  })
})

describe('refused, with nothing written', () => {
  test('a file that changed since it was read', async () => {
    const dir = folder(BEFORE)
    put(dir, { 'sub/b.go': 'changed\n' })
    const before = tree(dir)
    await expect(commit(change(dir), options(dir))).rejects.toThrow(
      /sub\/b\.go changed during the run: nothing was written/,
    )
    expect(tree(dir)).toEqual(before)
  })

  test('a file that should be new and is there', async () => {
    const dir = folder({ ...BEFORE, 'new/deep/d.go': 'mine\n' })
    const before = tree(dir)
    await expect(commit(change(dir), options(dir))).rejects.toThrow(/d\.go appeared during the run/)
    expect(tree(dir)).toEqual(before)
  })

  test('a read-only file', async () => {
    const dir = folder(BEFORE)
    chmodSync(join(dir, 'a.go'), 0o444)
    const before = tree(dir)
    await expect(commit(change(dir), options(dir))).rejects.toThrow(/a\.go is read-only: nothing was written/)
    expect(tree(dir)).toEqual(before)
  })

  test('a file that is gone', async () => {
    const dir = folder(BEFORE)
    rmSync(join(dir, 'a.go'))
    const before = tree(dir)
    await expect(commit(change(dir), options(dir))).rejects.toThrow(/cannot write .*a\.go: no such file/)
    expect(tree(dir)).toEqual(before)
  })

  test('two runs at once', async () => {
    const dir = folder(BEFORE)
    await commit(change(dir), options(dir))
    await expect(commit(change(dir), options(dir))).rejects.toThrow(/another mapfix is writing here/)
    await expect(recover(join(dir, 'journal.json'), nodeFiles, () => true)).rejects.toThrow(
      /another mapfix \(process 4000000\)/,
    )
  })

  test('an interrupt before the first rename', async () => {
    const dir = folder(BEFORE)
    const before = tree(dir)
    await expect(commit(change(dir), { ...options(dir), signal: AbortSignal.abort() })).rejects.toThrow('interrupted')
    expect(tree(dir)).toEqual(before)
  })
})

describe('recovery', () => {
  test('without a journal there is nothing to do', async () => {
    expect(await recover(join(folder({}), 'journal.json'), nodeFiles, () => false)).toEqual([])
  })

  test('leaves what was edited since, and its old content beside it', async () => {
    const dir = folder(BEFORE)
    await commit(change(dir), options(dir))
    writeFileSync(join(dir, 'a.go'), 'edited since\n')
    await recover(join(dir, 'journal.json'), nodeFiles, () => false)
    const left = tree(dir)
    expect(left.get('a.go')).toBe('edited since\n')
    expect(left.get('sub/b.go')).toBe('b\n')
    expect([...left].filter(([name, text]) => name.startsWith('.mapfix-') && text === 'a\n')).toHaveLength(1)
  })
})
