import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type RunResult, run } from '../src/go/run.js'
import { module, ownedRepository } from './support/monorepo.js'
import { cleanUp, folder, git, put, tree } from './support/project.js'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
let installed = ''

/** The package as others get it: packed, and installed elsewhere. (It needs a build: `npm test` makes one first.) */
beforeAll(async () => {
  const [packed, home] = [folder({}), folder({ 'package.json': '{"private": true}' })]
  await must('npm', ['pack', '--ignore-scripts', '--pack-destination', packed], root)
  const [tarball = ''] = readdirSync(packed)
  await must(
    'npm',
    ['install', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--omit=dev', join(packed, tarball)],
    home,
  )
  installed = join(home, 'node_modules/.bin/mapfix')
})
afterAll(cleanUp)

async function must(command: string, args: string[], cwd: string): Promise<string> {
  const { code, stdout, stderr } = await run(command, args, { cwd })
  if (code !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`)
  return stdout
}

function mapfix(args: string[], cwd: string, env: Record<string, string> = {}): Promise<RunResult> {
  return run(installed, args, { cwd, env: { ...process.env, ...env } })
}

async function linkd(): Promise<string> {
  const dir = folder({})
  cpSync(join(root, 'examples/linkd'), dir, { recursive: true })
  await git(dir, 'init', '-q')
  await git(dir, 'add', '-A')
  await git(dir, 'commit', '-qm', 'linkd')
  return dir
}

describe('the installed package', () => {
  test('knows its version', async () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    expect(await mapfix(['--version'], '/')).toEqual({ code: 0, stdout: `mapfix ${version}\n`, stderr: '' })
  })

  test('finds the racy maps of the example, and only those, with a cache of its own', async () => {
    const dir = await linkd()
    const cache = folder({})
    const { code, stdout } = await mapfix(['check', '--format=json'], dir, { MAPFIX_CACHE: cache })
    expect(code).toBe(1)
    const names = JSON.parse(stdout).findings.map((f: { map: { name: string } }) =>
      f.map.name.replace('example.com/linkd/', ''),
    )
    expect(names.sort()).toEqual([
      'limit.Limiter.buckets',
      'probe.All.down',
      'store.Store.links',
      'visits.Log.days',
      'web.hits',
    ])
    expect(readdirSync(cache).length).toBeGreaterThan(0)
  })

  test('prints a patch', async () => {
    const dir = await linkd()
    const before = tree(dir)
    const { code, stdout } = await mapfix(['--diff', '--only=Store.links', '--validate=gofmt,build'], dir)
    expect(code).toBe(1)
    expect(stdout).toMatch(/^diff --git a\/store\/store\.go b\/store\/store\.go\n/)
    expect(tree(dir)).toEqual(before)
  })

  test.each([1, 2])('dies of Ctrl-C (pressed %d times) with 130, and leaves nothing behind', async (times) => {
    const dir = await linkd()
    // The shell passes the signals on, as a terminal does, once the run is under way in its temporary folder.
    const temp = folder({})
    const started = 'until ls "$TMPDIR"/mapfix-* >/dev/null 2>&1; do sleep 0.05; done'
    const script = `"$0" --diff & pid=$!; ${started}; ${'kill -INT $pid; '.repeat(times)} wait $pid; echo "status $?"`
    const env = { ...process.env, TMPDIR: temp, GOTMPDIR: '' }
    const { stdout } = await run('bash', ['-mc', script, installed], { cwd: dir, env })
    expect(stdout).toBe('status 130\n')
    expect(readdirSync(temp).filter((name) => name.startsWith('mapfix-'))).toEqual([])
  })
})

test('the migration in examples/ makes patches of what it is pointed at', async () => {
  // Where the package is installed, so that it finds itself.
  const dir = dirname(dirname(dirname(installed)))
  const service = await ownedRepository(module('a', 'a', true))
  put(dir, {
    'migrate.mjs': readFileSync(join(root, 'examples/migrate.mjs'), 'utf8').replace(
      "transform: 'rwmutex',",
      "transform: 'rwmutex',\n  validate: ['gofmt'],",
    ),
  })
  const env = { ...process.env, XDG_STATE_HOME: join(dir, 'state') }
  const ran = await run(process.execPath, ['migrate.mjs', service], { cwd: dir, env })
  expect(ran).toEqual({ code: 0, stdout: `${join(dir, 'patches/a.patch')}: 1 fixes\n`, stderr: 'a: fixed\n' })
})

test('without a build, the command says what to do', async () => {
  const dir = folder({})
  cpSync(join(root, 'bin'), join(dir, 'bin'), { recursive: true })
  cpSync(join(root, 'package.json'), join(dir, 'package.json'))
  expect(existsSync(join(dir, 'dist'))).toBe(false)
  expect(await run(process.execPath, ['bin/mapfix.js', 'check'], { cwd: dir })).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining('npm run build'),
  })
})
