import { chmodSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { cleanUp, folder, git, mapfix, put, RACY, report, repository, tree } from './support/project.js'

afterAll(cleanUp)

describe('usage', () => {
  const refused: [string, string[], RegExp][] = [
    ['an unknown flag', ['--onyl=x'], /unknown option '--onyl=x'.*\n.*Did you mean --only\?/],
    ['an unknown command', ['chekc'], /no command chekc; did you mean check\?/],
    ['an unknown transform', ['--transform=rwmutx'], /no transform rwmutx; did you mean rwmutex\?/],
    ['an unknown rule', ['check', '--rules=unguarded'], /no rule unguarded\b/],
    ['a misspelt rule', ['check', '--no-rules=unguarded-mpa'], /no rule unguarded-mpa; did you mean unguarded-map\?/],
    ['an unknown format', ['--format=jsn'], /--format cannot be jsn; did you mean json\?/],
    ['an unknown stage', ['--validate=vett'], /no stage vett; did you mean vet\?/],
    ['a flag without its value', ['--only'], /argument missing/],
    ['a bad duration', ['--timeout=2 minutes'], /--timeout cannot be 2 minutes/],
    ['a package outside the module', ['--emit=../maps'], /--emit cannot be \.\.\/maps/],
    ['a platform without its architecture', ['--platforms=windows'], /--platforms cannot be windows/],
    ['a bad number', ['--jobs=0'], /--jobs cannot be 0/],
    ['a flag of rewriting on check', ['check', '--diff'], /--diff is for rewriting/],
    [
      'evidence that is not there',
      ['check', '--evidence=nowhere.log'],
      /--evidence: cannot read .*nowhere\.log: no such file/,
    ],
    ['what needs evidence, without', ['check', '--only-evidence'], /--only-evidence needs --evidence/],
    ['explain without a name', ['explain'], /explain what\?/],
    ['a folder that is not there', ['-C', 'nowhere', 'check'], /cannot work in .*nowhere: no such file or folder/],
  ]
  test.each(refused)('%s is refused', async (_, argv, message) => {
    const ran = await mapfix(folder({}), argv)
    expect(ran).toMatchObject({ code: 2, stdout: '' })
    expect(ran.stderr).toMatch(message)
  })

  test('--help fits a screen and shows three examples', async () => {
    const { code, stdout } = await mapfix('/', ['check', '--help'])
    expect(code).toBe(0)
    expect(stdout.split('\n').length).toBeLessThan(40)
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120)
    expect(/^Examples\n(?: {2}mapfix .*\n){3}\n/m.test(stdout)).toBe(true)
  })

  test('--version and explain --rule need no Go and no module', async () => {
    const io = { env: { PATH: '/nowhere' } }
    expect(await mapfix('/', ['--version'], io)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^mapfix \d+\.\d+\.\d+\n$/),
    })
    expect(await mapfix('/', ['explain', '--rule=write-under-rlock'], io)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('when it is wrong to follow'),
    })
  })
})

describe('bad surroundings', () => {
  test('no Go', async () => {
    const ran = await mapfix(folder(RACY), ['check'], { env: { ...process.env, PATH: '/nowhere' } })
    expect(ran).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('no "go" command on PATH') })
  })

  test('too old a Go', async () => {
    const dir = folder({
      ...RACY,
      'bin/go': '#!/bin/sh\necho \'{"GOVERSION": "go1.20.14", "GOOS": "linux", "GOARCH": "amd64"}\'\n',
    })
    chmodSync(join(dir, 'bin/go'), 0o755)
    const ran = await mapfix(dir, ['check'], { env: { ...process.env, PATH: `${join(dir, 'bin')}:/usr/bin:/bin` } })
    expect(ran).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('go1.20.14 is too old: mapfix needs Go 1.21 or later'),
    })
  })

  test('no module', async () => {
    const ran = await mapfix(folder({ 'a.go': 'package a\n' }), ['check'])
    expect(ran).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(/no go\.mod in .* or above it/) })
  })

  test('no packages matched', async () => {
    const dir = folder({ 'go.mod': RACY['go.mod'] })
    const ran = await mapfix(dir, ['check', './...'])
    expect(ran).toMatchObject({ code: 2, stdout: '' })
    expect(ran.stderr).toMatch(/match/)
    expect((await mapfix(dir, ['check', './nowhere'])).code).toBe(2)
  })

  test('a temporary folder that is not there', async () => {
    const dir = await repository(RACY)
    const ran = await mapfix(dir, ['--diff'], { env: { ...process.env, TMPDIR: join(dir, 'nowhere') } })
    expect(ran.code).toBe(2)
    expect(ran.stderr).toMatch(/nowhere/)
  })

  test('a package that does not type-check: the others are reported, and it is an error', async () => {
    const dir = folder({ ...RACY, 'bad/bad.go': 'package bad\n\nvar x int = "s"\n' })
    const { code } = await mapfix(dir, ['check'])
    const found = await report(dir, ['check'])
    expect(code).toBe(2)
    expect(found.errors).toEqual([
      { package: 'example.com/racy/bad', message: expect.stringMatching(/^bad\/bad\.go:3:13: /) },
    ])
    expect(found.findings.map((f) => f.map?.name)).toEqual(['example.com/racy.seen'])
  })
})

describe('version control', () => {
  test('no repository: refused, unless it is allowed or nothing is written', async () => {
    const dir = folder(RACY)
    const before = tree(dir)
    expect(await mapfix(dir, [])).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('--allow-no-vcs'),
    })
    expect(await mapfix(dir, ['--diff', '--validate=none'])).toMatchObject({ code: 1 })
    expect(tree(dir)).toEqual(before)
    expect(await mapfix(dir, ['--allow-no-vcs', '--validate=none'])).toMatchObject({ code: 0 })
    expect(tree(dir)).not.toEqual(before)
  })

  test('a module in another repository is looked at too', async () => {
    const here = await repository({ 'go.mod': 'module example.com/here\n\ngo 1.22\n', 'h.go': 'package here\n' })
    const other = await repository(RACY)
    put(other, { 'new.txt': '' })
    put(here, { 'go.work': `go 1.22\n\nuse (\n\t.\n\t${other}\n)\n` })
    await git(here, 'add', '-A')
    await git(here, 'commit', '-qm', 'workspace')
    const before = tree(other)
    const ran = await mapfix(here, ['example.com/racy'])
    expect(ran).toMatchObject({ code: 2, stderr: expect.stringContaining(`${other} has uncommitted changes`) })
    expect(tree(other)).toEqual(before)
    expect(await mapfix(here, ['--allow-dirty', 'example.com/racy'])).toMatchObject({ code: 0 })
  })

  test('a file that git ignores is refused', async () => {
    const dir = await repository({ ...RACY, '.gitignore': 'racy.go\n' })
    const [finding] = (await report(dir, ['--validate=none'])).findings
    expect(finding?.fix).toMatchObject({ status: 'refused', reason: expect.stringContaining('git ignores racy.go') })
  })

  test('uncommitted changes: refused by kind', async () => {
    const dir = await repository(RACY)
    put(dir, { 'new.txt': '' })
    expect(await mapfix(dir, [])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/uncommitted changes[\s\S]*new\.txt[\s\S]*--allow-dirty/),
    })
    await git(dir, 'add', 'new.txt')
    expect(await mapfix(dir, [])).toMatchObject({ code: 2 })
    expect(await mapfix(dir, ['--allow-staged', '--diff', '--validate=none'])).toMatchObject({ code: 1 })
    put(dir, { 'new.txt': 'changed' })
    expect(await mapfix(dir, ['--allow-staged'])).toMatchObject({ code: 2 })
    expect(await mapfix(dir, ['--allow-dirty', '--validate=none'])).toMatchObject({ code: 0 })
  })
})

describe('the default command', () => {
  test('finds, rewrites, proves and writes; a second run has nothing to do', async () => {
    const dir = await repository(RACY)
    const first = await mapfix(dir, ['--transform=rwmutex'])
    expect(first).toMatchObject({ code: 0, stderr: '' })
    expect(first.stdout).toContain('proof: gofmt ok, build ok, vet ok, test no tests, race ok, witness ok')
    const after = tree(dir)
    await git(dir, 'add', '-A')
    await git(dir, 'commit', '-qm', 'after')
    expect(await mapfix(dir, ['--transform=rwmutex'])).toMatchObject({ code: 0 })
    expect(tree(dir)).toEqual(after)
  })

  test('--witness=keep adds the test that raced to the patch; a second run has nothing to do', async () => {
    const dir = await repository(RACY)
    const first = await report(dir, ['--transform=mutex', '--witness=keep'])
    expect(first.findings[0]).toMatchObject({
      confidence: 'proven',
      evidence: [
        { kind: 'witness', at: 'racy.go:14' },
        { kind: 'witness', at: 'racy.go:14' },
      ],
      fix: { status: 'applied', validation: { race: 'ok', witness: 'seen_race_test.go' } },
    })
    expect(tree(dir).get('seen_race_test.go')).toContain('\tStart([]string{"a", "b", "c"})\n')
    await git(dir, 'add', '-A')
    await git(dir, 'commit', '-qm', 'after')
    expect(await mapfix(dir, ['--transform=mutex'])).toMatchObject({ code: 0 })
  })

  test('--diff prints a patch that git takes, alone on standard output, and exits 1', async () => {
    const dir = await repository(RACY)
    const before = tree(dir)
    const { code, stdout, stderr } = await mapfix(dir, ['--diff', '--validate=none'])
    expect(code).toBe(1)
    expect(stderr).toContain('proposed')
    expect(tree(dir)).toEqual(before)
    const patch = join(folder({ patch: stdout }), 'patch')
    await git(dir, 'apply', patch)
    expect(await mapfix(dir, ['--diff', '--validate=none'])).toMatchObject({ code: 0, stdout: '' })
  })

  test('--patch saves the same patch; in json it is fix.diff', async () => {
    const dir = await repository(RACY)
    const { stdout } = await mapfix(dir, ['--diff', '--validate=none'])
    const found = await report(dir, ['--patch=out.patch', '--validate=none'])
    expect(tree(dir).get('out.patch')).toBe(stdout)
    expect(found.findings.map((f) => f.fix?.diff)).toEqual([stdout])
    expect(found.findings[0]?.fix).toMatchObject({ status: 'proposed', validation: { build: 'off' } })
  })

  test('patterns may follow --', async () => {
    const dir = folder({ ...RACY, 'sub/sub.go': 'package sub\n' })
    expect((await report(dir, ['check', '--', './sub'])).summary).toMatchObject({ packages: 1, findings: 0 })
  })

  test('positions are relative to -C', async () => {
    const dir = folder({ 'go.mod': RACY['go.mod'], 'deep/racy.go': RACY['racy.go'] })
    const at = async (argv: string[]): Promise<(string | undefined)[]> =>
      (await report(dir, argv)).findings.map((f) => f.map?.at)
    expect(await at(['check'])).toEqual(['deep/racy.go:4:5'])
    expect(await at(['-C', 'deep', 'check'])).toEqual(['racy.go:4:5'])
  })

  test('nothing is left in the temporary folder', async () => {
    const dir = await repository(RACY)
    const temp = folder({})
    await mapfix(dir, ['--diff'], { env: { ...process.env, TMPDIR: temp } })
    expect(readdirSync(temp)).toEqual([])
  })
})

test('ids do not move with lines', async () => {
  const dir = folder(RACY)
  const ids = async (): Promise<string[]> => (await report(dir, ['check'])).findings.map((f) => f.id)
  const before = await ids()
  put(dir, {
    'racy.go': RACY['racy.go'].replace('package racy\n', '// Package racy races.\npackage racy\n\nimport _ "fmt"\n'),
  })
  expect(await ids()).toEqual(before)
  expect(before).toHaveLength(1)
})
