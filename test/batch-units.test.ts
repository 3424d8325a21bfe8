import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, expect, test } from '@jest/globals'
import { lastOf, readLedger } from '../src/batch/ledger.js'
import { commitAll, module, ownedRepository } from './support/monorepo.js'
import { cleanUp, folder, git, mapfix, put, type Ran } from './support/project.js'

const FLAGS = ['--validate=gofmt', '--jobs=2', '--ledger=ledger.jsonl', '--quiet']
afterAll(cleanUp)

/** A batch from a folder, which has its ledger; clones go there, too. */
function ran(base: string, argv: readonly string[]): Promise<Ran> {
  const env = {
    ...process.env,
    XDG_STATE_HOME: join(base, 'state'),
    GOPROXY: 'off',
    GIT_CONFIG_COUNT: '3',
    GIT_CONFIG_KEY_0: 'user.name',
    GIT_CONFIG_VALUE_0: 'Gopher',
    GIT_CONFIG_KEY_1: 'user.email',
    GIT_CONFIG_VALUE_1: 'gopher@example.com',
    // git has refused submodules by path since 2.38.1.
    GIT_CONFIG_KEY_2: 'protocol.file.allow',
    GIT_CONFIG_VALUE_2: 'always',
  }
  return mapfix(base, ['batch', ...FLAGS, ...argv], { env })
}

async function states(base: string): Promise<Record<string, string>> {
  const { units } = await readLedger(join(base, 'ledger.jsonl'))
  return Object.fromEntries(
    [...lastOf(units).values()].map(({ unit, state, trouble }) => [
      unit,
      trouble ? `${state}: ${trouble.kind}` : state,
    ]),
  )
}

test('one manifest: a URL, a submodule, odd paths, a loop of links, settings of folders, and entries that are wrong', async () => {
  const base = folder({})
  const origin = await ownedRepository(module('m', 'far', true))
  const outer = await ownedRepository(module('own', 'own', false))
  await git(outer, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', origin, 'inner')
  await git(outer, 'commit', '-qm', 'submodule')
  put(join(outer, 'inner'), { 'go.mod': 'module example.com/inner\n' })
  const odd = await ownedRepository({
    ...module('with spaces', 'spaces', true),
    ...module('new\nline', 'line', true),
    'links/go.mod': 'module example.com/links\n\ngo 1.22\n',
    'links/l.go': 'package links\n',
  })
  symlinkSync('.', join(odd, 'links/loop'))
  await commitAll(odd, 'a loop')
  const settings = await ownedRepository({
    ...module('one', 'one', true, { 'mapfix.yaml': 'transform: mutex\n' }),
    ...module('two', 'two', true, { 'mapfix.yaml': 'noRules: [unguarded-map]\n' }),
    ...module('three', 'three', true, { 'mapfix.yaml': 'transfrm: mutex\n' }),
  })
  const url = pathToFileURL(origin).href
  const entry = (path: string): string => `  - path: ${JSON.stringify(path)}\n`
  put(base, {
    'batch.yaml': `repositories:
  - url: ${url}
    branch: main
    owner: "@far"
    environment: { GOFLAGS: -mod=mod }
  - url: ${url}-not-there
  - path: typo
    transform: rwmutx
${[outer, odd, settings].map(entry).join('')}`,
  })
  const { code, stdout } = await ran(base, ['--manifest=batch.yaml'])
  const name = (path: string): string => path.split('/').at(-1) ?? ''
  expect([code, await states(base)]).toEqual([
    1,
    {
      [`${name(origin)}/m`]: 'fixed',
      [`${url}-not-there`]: 'failed: clone',
      typo: 'failed: manifest',
      [`${name(outer)}/own`]: 'clean',
      [`${name(outer)}/inner`]: 'failed: submodule',
      [`${name(odd)}/with spaces`]: 'fixed',
      [`${name(odd)}/new\nline`]: 'failed: path',
      [`${name(odd)}/links`]: 'clean',
      [`${name(settings)}/one`]: 'fixed',
      [`${name(settings)}/two`]: 'clean',
      [`${name(settings)}/three`]: 'failed: failed',
    },
  ])
  expect(stdout).toContain('11 units: 3 clean, 3 fixed, 5 failed; 3 branches made')
  const { units } = await readLedger(join(base, 'ledger.jsonl'))
  const said = [...lastOf(units).values()].flatMap(({ trouble }) => trouble ?? [])
  expect(said.find(({ kind }) => kind === 'manifest')?.message).toContain(
    'batch.yaml:8:16: repositories.2.transform cannot be rwmutx; did you mean rwmutex?',
  )
  expect(said.find(({ kind }) => kind === 'failed')?.message).toContain('there is no key transfrm')
  expect(await git(settings, 'show', `mapfix/${name(settings)}-one:one/lockedmap.go`)).toContain('sync.Mutex')

  put(base, { 'batch.yaml': 'repositories: {}\n' })
  expect(await ran(base, ['--manifest=batch.yaml'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('batch.yaml:1:15: repositories: '),
  })
})
