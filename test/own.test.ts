/** Transforms of the user's own, and the scaffold for those of the project. */
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { run } from '../src/go/run.js'
import { cleanUp, folder } from './support/project.js'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const SOURCE = `package p

var hits = map[string]int{}

func Hit(path string) { hits[path]++ }
`
afterAll(cleanUp)

async function fixWith(module: string): Promise<{ code: number; stdout: string; stderr: string }> {
  const dir = folder({ 'go.mod': 'module example.com/p\n\ngo 1.22\n', 'p.go': SOURCE, 'mine.mjs': module })
  const args = ['--transform=./mine.mjs', '--select=all', '--diff', '--allow-no-vcs', '--validate=none']
  return run(process.execPath, [join(root, 'bin/mapfix.js'), ...args], { cwd: dir })
}

describe('a module of the user', () => {
  test('chooses among the transforms', async () => {
    const { code, stdout } = await fixWith(`export default {
  name: 'mine',
  doc: 'counters in shards',
  choose: (maps, job) => job.transforms.get('sharded').choose(maps, job),
}`)
    expect(code).toBe(1)
    expect(stdout).toContain('+var hits = newShardedMap[string, int](hashString)\n')
  })

  test('refuses', async () => {
    const { code, stderr } = await fixWith(`export default {
  name: 'mine',
  doc: 'none at all',
  choose: ([first]) => ({ kind: 'refusal', at: first.decl, reason: 'not on a Sunday' }),
}`)
    expect(code).toBe(1)
    expect(stderr).toContain('not on a Sunday')
  })

  test.each([
    ['export default { name: "mine" }', /its default export needs a name, a doc and a function choose/],
    ['export default', /mine\.mjs cannot be loaded/],
    [
      'export default { name: "m", doc: "", choose: () => 1 }',
      /neither a choice nor a refusal for example\.com\/p\.hits/,
    ],
    ['export default { name: "m", doc: "", choose() { throw new Error("ouch") } }', /choose failed: ouch/],
  ])('%s is an error of the user', async (module, message) => {
    const { code, stderr } = await fixWith(module)
    expect(code).toBe(2)
    expect(stderr).toMatch(message)
  })
})

describe('npm run new-transform', () => {
  let dir = ''
  beforeAll(() => {
    dir = realpathSync(mkdtempSync(join(tmpdir(), 'mapfix-scaffold-')))
    for (const part of ['src', 'transforms', 'tsconfig.json', 'package.json'])
      cpSync(join(root, part), join(dir, part), { recursive: true })
    symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'))
  })
  afterAll(() => rmSync(dir, { recursive: true, force: true }))

  test('writes a transform that compiles and is listed', async () => {
    const made = await run(process.execPath, [join(root, 'scripts/new-transform.mjs'), 'special', dir], { cwd: dir })
    expect(made).toMatchObject({ code: 0, stderr: '' })
    expect(readFileSync(join(dir, 'transforms/index.ts'), 'utf8')).toMatch(
      /transforms: readonly Transform\[\] = \[[^\]]*, special\]/,
    )
    expect(readFileSync(join(dir, 'fixtures/special/refused.txtar'), 'utf8')).toContain('-- s.go --')
    const tsc = join(root, 'node_modules/typescript/bin/tsc')
    expect(await run(process.execPath, [tsc, '--noEmit'], { cwd: dir })).toMatchObject({ code: 0, stdout: '' })
  })

  test('takes no name twice', async () => {
    const again = await run(process.execPath, [join(root, 'scripts/new-transform.mjs'), 'mutex', dir], { cwd: dir })
    expect(again).toMatchObject({ code: 2, stderr: 'transforms/mutex.ts is there already\n' })
  })
})
