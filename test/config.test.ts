import { chmodSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { configSchema, DEFAULT_CONFIG, readConfig } from '../src/config/config.js'
import { workflow } from '../src/config/starters.js'
import { run } from '../src/go/run.js'
import { cleanUp, folder, mapfix, put, RACY, report, repository } from './support/project.js'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
afterAll(cleanUp)

describe('reading', () => {
  test('every key, in YAML and in JSON', () => {
    const config = {
      rules: ['unguarded-map'],
      noRules: ['write-under-rlock'],
      minConfidence: 'possible',
      skip: ['Store.items'],
      tags: ['integration'],
      spawners: ['example.com/pool.(*Pool).Submit'],
      transform: 'mutex',
      style: 'inline',
      exported: 'rewrite',
      emit: 'internal/safemap',
      suppressions: 'known.json',
    }
    expect(Object.keys(config)).toEqual(Object.keys(configSchema.shape))
    expect(readConfig('c', JSON.stringify(config, null, 2))).toEqual(config)
    const yaml = Object.entries(config).map(([key, value]) => `${key}: ${JSON.stringify(value)} # why\n`)
    expect(readConfig('c', yaml.join(''))).toEqual(config)
    expect(readConfig('c', '# nothing\n')).toEqual({})
  })

  test.each([
    [
      'rules: [unguarded-map]\nminConfidnce: likely\n',
      'c:2:1: there is no key minConfidnce; did you mean minConfidence?',
    ],
    ['minConfidence: likly\n', 'c:1:16: minConfidence cannot be likly; did you mean likely?'],
    [
      '\nrules:\n  - unguarded-map\n  - ungarded-map\n',
      'c:4:5: rules.1 cannot be ungarded-map; did you mean unguarded-map?',
    ],
    ['skip: Store.items\n', 'c:1:7: skip: '],
    ['skip: [a\n', 'c:2:1: '],
    ['style: inline\nstyle: wrapper\n', 'c:2:1: '],
    ['- a\n', 'c:1:1: the file: '],
  ])('%j is refused, with its place', (text, message) => {
    expect(() => readConfig('c', text)).toThrow(message)
  })

  test('the default says what is so without it', () => {
    expect(readConfig('c', DEFAULT_CONFIG)).toEqual({
      minConfidence: 'likely',
      transform: 'auto',
      style: 'wrapper',
      exported: 'refuse',
    })
    const all = DEFAULT_CONFIG.replace(/^# (\w+: )/gm, '$1')
    expect(Object.keys(readConfig('c', all)).sort()).toEqual(Object.keys(configSchema.shape).sort())
  })
})

describe('applying', () => {
  test('the file is found in the folder or above, up to the repository; flags win', async () => {
    const dir = await repository({ 'm/go.mod': RACY['go.mod'], 'm/sub/a.go': RACY['racy.go'] })
    const found = async (...argv: string[]): Promise<number> => (await report(dir, ['check', ...argv])).findings.length
    expect(await found('-C', 'm')).toBe(1)
    put(dir, { '.mapfix.yaml': 'skip: ["*.seen"]\n' })
    expect(await found('-C', 'm')).toBe(0)
    expect(await found('-C', 'm/sub')).toBe(0)
    expect(await found('-C', 'm', '--skip=*.other')).toBe(1)
    put(dir, { 'm/.mapfix.json': '{"minConfidence": "proven"}' })
    expect((await report(dir, ['check', '-C', 'm'])).summary.hidden).toEqual({ likely: 1, possible: 0 })
    expect(await found('-C', 'm', '--min-confidence=likely')).toBe(1)
    put(dir, { 'other.yaml': 'noRules: [unguarded-map]\n' })
    expect(await found('-C', 'm', '--config=../other.yaml')).toBe(0)
  })

  test('a function of unknown body runs what it is given concurrently, where the file says so', async () => {
    const dir = await repository({
      'go.mod': 'module example.com/m\n\ngo 1.22\n',
      'pool/pool.s': '',
      'pool/pool.go': 'package pool\n\n// Submit is written in assembly.\nfunc Submit(f func())\n',
      'hits.go': `package m

import "example.com/m/pool"

type Hits struct{ byName map[string]int }

func (h *Hits) Count(names []string) {
	for _, name := range names {
		pool.Submit(func() { h.byName[name]++ })
	}
}
`,
    })
    const confidences = async (): Promise<(string | null)[]> =>
      (await report(dir, ['check', '--min-confidence=possible'])).findings.map(({ confidence }) => confidence)
    const before = await confidences()
    put(dir, { '.mapfix.yaml': 'spawners: [example.com/m/pool.Submit]\n' })
    expect([before, await confidences()]).toEqual([['possible'], ['likely']])
  })

  test('known findings are named from where the file stands', async () => {
    const dir = await repository({
      ...RACY,
      '.mapfix.yaml': 'suppressions: ci/known.json\n',
      'ci/README': '',
      'sub/s.go': 'package sub\n',
    })
    expect(await mapfix(dir, ['check', '-C', 'sub', '..', '--update-suppressions'])).toMatchObject({ code: 0 })
    expect(readFileSync(join(dir, 'ci/known.json'), 'utf8')).toContain('example.com/racy.seen')
    expect(await mapfix(dir, ['check'])).toMatchObject({ code: 0, stdout: expect.stringContaining('1 suppressed') })
  })

  test.each([
    [{ '.mapfix.yaml': '', '.mapfix.json': '{}' }, [], /has \.mapfix\.yaml and \.mapfix\.json/],
    [{ 'mapfix.yaml': '', '.mapfix.yaml': '' }, [], /has mapfix\.yaml and \.mapfix\.yaml/],
    [{ '.mapfix.yaml': 'min: 1\n' }, [], /^mapfix: \.mapfix\.yaml:1:1: there is no key min/],
    [{}, ['--config=none.yaml'], /cannot read none\.yaml: no such file or folder/],
  ])('%j %j is refused', async (files, argv, message) => {
    const ran = await mapfix(folder({ ...RACY, ...files }), ['check', ...argv])
    expect(ran).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(message) })
  })
})

test('init shows and writes a configuration that says what is so, and never over another', async () => {
  const dir = folder(RACY)
  const ran = await mapfix(dir, ['init'])
  expect(ran).toMatchObject({
    code: 0,
    stderr: '',
    stdout: expect.stringMatching(/^mapfix\.yaml:\n\n[\s\S]*\nwrote mapfix\.yaml\n$/),
  })
  expect(readFileSync(join(dir, 'mapfix.yaml'), 'utf8')).toBe(DEFAULT_CONFIG)
  expect(await mapfix(dir, ['check'])).toMatchObject({ code: 1 })
  expect(await mapfix(dir, ['init'])).toMatchObject({ code: 2, stderr: expect.stringContaining('is there already') })
})

test('init in a repository: a workflow and a hook that runs, for the module’s folder; what is there stays', async () => {
  const dir = await repository({
    'm d/go.mod': RACY['go.mod'],
    'm d/racy.go': 'package racy\n',
    '.github/workflows/mapfix.yml': 'mine\n',
  })
  const { code, stdout } = await mapfix(dir, ['init', '-C', 'm d'])
  expect([code, stdout]).toEqual([
    0,
    expect.stringContaining('../.github/workflows/mapfix.yml is there already, and stays'),
  ])
  expect(readFileSync(join(dir, '.github/workflows/mapfix.yml'), 'utf8')).toBe('mine\n')
  const workflowText = workflow('m d', '1.2.3')
  expect(workflowText).toMatch(
    /go test -race -count=1 \.\/\.\.\.\n[\s\S]*npx --yes mapfix@1\.2\.3 check --format=sarif[\s\S]*upload-sarif/,
  )
  expect(parse(workflowText)).toMatchObject({ jobs: { race: { defaults: { run: { 'working-directory': 'm d' } } } } })
  // The hook, with mapfix where it looks for it.
  put(dir, {
    'bin/mapfix': `#!/bin/sh\nexec ${process.execPath} ${join(root, 'bin/mapfix.js')} "$@"\n`,
    'm d/racy.go': RACY['racy.go'],
  })
  chmodSync(join(dir, 'bin/mapfix'), 0o755)
  const env = { ...process.env, PATH: `${join(dir, 'bin')}:${process.env.PATH}` }
  const hooked = await run(join(dir, '.githooks/pre-commit'), [], { cwd: dir, env })
  expect(hooked).toMatchObject({ code: 1, stdout: expect.stringContaining('example.com/racy.seen') })
})

test('a module is a configuration only where --config names it', async () => {
  const dir = await repository({ ...RACY, 'mapfix.config.mjs': "export default { skip: ['*.seen'] }\n" })
  expect((await report(dir, ['check'])).findings).toHaveLength(1)
  expect((await report(dir, ['check', '--config=mapfix.config.mjs'])).findings).toEqual([])
  put(dir, { 'other.mjs': "export default { skp: ['*.seen'] }\n", 'none.mjs': 'export const x = 1\n' })
  expect(await mapfix(dir, ['check', '--config=other.mjs'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('other.mjs: there is no key skp; did you mean skip?'),
  })
  expect(await mapfix(dir, ['check', '--config=none.mjs'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('none.mjs'),
  })
})
