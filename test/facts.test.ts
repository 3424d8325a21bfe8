/**
 * fixtures/facts/*.txtar: a module, and what gofacts says of it ("want"; UPDATE=1 writes it). The archive's comment
 * may hold "patterns: …", "tags: …" or "needs: gcc". In file contents «BOM» and «CRLF» (at a line's end) stand for
 * the bytes that editors would lose.
 */

import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { Interrupted } from '../src/errors.js'
import { cacheFolder } from '../src/go/cache.js'
import { findGo } from '../src/go/env.js'
import { type Loaded, loadFacts } from '../src/go/facts.js'
import { run, runGo } from '../src/go/run.js'
import { factsText } from './support/facts-text.js'
import { formatTxtar, parseTxtar } from './support/txtar.js'

const fixtures = fileURLToPath(new URL('../fixtures/facts/', import.meta.url))
let dir = ''
beforeAll(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'mapfix-test-')))
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

/** Writes the files of a module; returns its folder. */
function unpack(name: string, files: Iterable<[string, string]>): string {
  const root = join(dir, name)
  for (const [path, text] of files) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text.replaceAll('«BOM»', '\ufeff').replaceAll('«CRLF»', '\r'))
  }
  return root
}

async function load(
  cwd: string,
  options: { patterns?: string[]; tags?: string; env?: NodeJS.ProcessEnv; cacheDir?: string } = {},
): Promise<Loaded> {
  const env = options.env ?? { ...process.env, GOFLAGS: '' }
  const go = await findGo({ cwd, env })
  const { patterns = ['./...'], tags = '', cacheDir = cacheFolder(env) } = options
  return loadFacts({ go, cwd, env, patterns, tags, cacheDir })
}

const hasGcc = (process.env.PATH ?? '').split(':').some((folder) => existsSync(join(folder, 'gcc')))

for (const name of readdirSync(fixtures).filter((f) => f.endsWith('.txtar'))) {
  if (!hasGcc && /^needs: gcc$/m.test(readFileSync(join(fixtures, name), 'utf8'))) continue
  test(name.replace('.txtar', ''), async () => {
    const path = join(fixtures, name)
    const archive = parseTxtar(readFileSync(path, 'utf8'))
    const option = (key: string): string | undefined => new RegExp(`^${key}: (.*)$`, 'm').exec(archive.comment)?.[1]
    const files = [...archive.files].filter(([file]) => file !== 'want')
    const root = unpack(name, files)
    const { packages } = await load(join(root, option('in') ?? '.'), {
      patterns: (option('patterns') ?? './...').split(' '),
      tags: option('tags') ?? '',
    })
    const got = packages.map((p) => factsText(p, (file) => readFileSync(file, 'utf8'))).join('')
    if (process.env.UPDATE) writeFileSync(path, formatTxtar({ ...archive, files: new Map([...files, ['want', got]]) }))
    else expect(got).toBe(archive.files.get('want'))
  })
}

test.each(['order', 'names', 'embed', 'generic'])('a comment outside ASCII changes no offset of %s', async (name) => {
  const { files } = parseTxtar(readFileSync(join(fixtures, `${name}.txtar`), 'utf8'))
  const after = async (comment: string): Promise<unknown> => {
    const sources = [...files].map(([file, text]): [string, string] => [
      file,
      file.endsWith('.go') ? comment + text : text,
    ])
    const { packages } = await load(unpack(`${name}-comment`, sources))
    return packages.map((p) => ({ ...p, files: p.files.map((f) => ({ ...f, size: 0, sha256: '' })) }))
  }
  expect(await after('// é世𐐷\n\n')).toEqual(await after('// abcd\n\n'))
})

const small: [string, string][] = [
  ['go.mod', 'module example.com/m\n\ngo 1.22\n'],
  ['m.go', 'package m\n\nvar M map[string]int\n'],
]

test('nothing is left in the temporary folder without a cache, and the facts are the same', async () => {
  const cwd = unpack('nocache', small)
  const tmp = join(dir, 'tmp')
  mkdirSync(tmp)
  const before = process.env.TMPDIR
  process.env.TMPDIR = tmp
  try {
    const file = join(dir, 'a-file')
    writeFileSync(file, '')
    const private_ = await load(cwd, { cacheDir: join(file, 'below') })
    expect(private_.packages).toEqual((await load(cwd)).packages)
    expect(readdirSync(tmp)).toEqual([])
  } finally {
    if (before === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = before
  }
})

test('an abort ends the run and leaves nothing', async () => {
  const cwd = unpack('abort', small)
  const abort = new AbortController()
  const go = await findGo({ cwd, env: process.env })
  const cacheDir = join(dir, 'abort-cache')
  const onProgress = (): void => abort.abort()
  const loading = loadFacts({
    go,
    cwd,
    env: process.env,
    patterns: ['./...'],
    cacheDir,
    signal: abort.signal,
    onProgress,
  })
  await expect(loading).rejects.toThrow(Interrupted)
  expect(readdirSync(cacheDir)).toEqual([])
})

test('a mapfix that is gone takes gofacts and its go command with it', async () => {
  const cwd = unpack('gone', [...small, ['bin/go', '#!/bin/sh\nexec sleep 600\n']])
  chmodSync(join(cwd, 'bin/go'), 0o755)
  const cacheDir = join(dir, 'gone-cache')
  await load(cwd, { cacheDir })
  const binary = readdirSync(cacheDir).find((name) => name.startsWith('gofacts-')) ?? ''
  const env = { ...process.env, PATH: `${join(cwd, 'bin')}:${process.env.PATH}` }
  const { code, stderr } = await run(join(cacheDir, binary), ['-ask', './...'], { cwd, env })
  expect(code).toBe(2)
  // It may be gone before the go command is started.
  expect(stderr).toMatch(/interrupt|context canceled/)
})

test('two first runs at once build one binary and leave nothing else', async () => {
  const cwd = unpack('twice', small)
  const cacheDir = join(dir, 'cache')
  const [a, b] = await Promise.all([load(cwd, { cacheDir }), load(cwd, { cacheDir })])
  expect(a).toEqual(b)
  expect(readdirSync(cacheDir).map((f) => f.replace(/-.*/, ''))).toEqual(['facts', 'gofacts'])
})

test.each([
  ['a folder that is not there', ['./nope'], /nope/],
  ['an import path that nobody has', ['example.com/m/nope'], /nope/],
  ['a folder without Go files', ['./empty'], /no Go files|matched no packages/],
])('%s is refused with the words of the go command', async (_, patterns, message) => {
  const cwd = unpack('refused', [...small, ['empty/README', '\n']])
  await expect(load(cwd, { patterns })).rejects.toThrow(message)
})

test('the platform asked for decides the files', async () => {
  const cwd = unpack('platform', [
    ...small,
    ['a_windows.go', 'package m\n'],
    ['b_plan9.go', 'package m\n\nvar P int\n'],
  ])
  const env = { ...process.env, GOFLAGS: '', GOOS: 'windows', GOARCH: 'arm64' }
  const { header, packages } = await load(cwd, { env })
  expect(header).toMatchObject({ goos: 'windows', goarch: 'arm64' })
  expect(packages.map((p) => p.files.map((f) => f.path.slice(cwd.length)))).toEqual([['/a_windows.go', '/m.go']])
  expect(packages[0]?.ignored.map((f) => f.idents)).toEqual([['P', 'int', 'm']])
})

test('without a module the go command says so', async () => {
  const cwd = unpack('nomodule', [['x.go', 'package x\n']])
  await expect(load(cwd)).rejects.toThrow(/go\.mod|module/)
})

test('gofacts is formatted, vetted, and passes its own test', async () => {
  const cwd = fileURLToPath(new URL('../gofacts/', import.meta.url))
  const { gofmt } = await findGo({ cwd, env: process.env })
  const env = { ...process.env, GOFLAGS: '-mod=mod', GOWORK: 'off' }
  expect(await run(gofmt, ['-l', '.'], { cwd, env })).toMatchObject({ code: 0, stdout: '' })
  expect(await runGo(['vet', '.'], { cwd, env })).toMatchObject({ code: 0 })
  expect(await runGo(['test', '.'], { cwd, env })).toMatchObject({ code: 0 })
})
