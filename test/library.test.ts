import { copyFileSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from '@jest/globals'
import { run as runProgram } from '../src/go/run.js'
import { Interrupted, type RunEvent, run, transforms, UserError } from '../src/index.js'
import { cleanUp, folder, put, RACY, repository, tree } from './support/project.js'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
afterAll(cleanUp)

describe('run', () => {
  test('mode check finds, and changes nothing', async () => {
    const dir = await repository(RACY)
    const before = tree(dir)
    const { report, diff, steps } = await run({ dir, mode: 'check' })
    expect(report.findings.map((f) => f.map?.name)).toEqual(['example.com/racy.seen'])
    expect([diff, await steps()]).toEqual(['', []])
    expect(tree(dir)).toEqual(before)
  })

  test('by default it makes a patch, proves it and writes nothing; events say what goes on', async () => {
    const dir = await repository(RACY)
    const before = tree(dir)
    const events: RunEvent[] = []
    const { report, diff, steps } = await run({
      dir,
      transform: 'mutex',
      validate: ['gofmt', 'build'],
      onEvent: (event) => events.push(event),
    })
    expect(report.findings.map((f) => f.fix?.status)).toEqual(['proposed'])
    expect(diff).toMatch(/^diff --git a\/\S+ b\/\S+\n/)
    const [step, ...others] = await steps()
    expect([...(step?.overlay.keys() ?? [])]).toContain(join(dir, 'racy.go'))
    expect(others).toEqual([])
    expect(tree(dir)).toEqual(before)
    expect(events).toContainEqual({ kind: 'progress', text: 'planning' })
  })

  test('mode write writes what passed', async () => {
    const dir = await repository(RACY)
    const before = tree(dir)
    const { report } = await run({ dir, mode: 'write', transform: 'mutex', validate: [] })
    expect(report.summary.applied).toBe(1)
    expect(tree(dir)).not.toEqual(before)
    expect((await run({ dir, mode: 'check' })).report.findings).toEqual([])
  })

  test('each step adds one fix to those before it, and the last leaves what the patch leaves', async () => {
    const dir = await repository({
      ...RACY,
      'more.go': RACY['racy.go'].replace(/seen/g, 'more').replace(/Start/g, 'More').replace(/count/g, 'tally'),
    })
    const { diff, steps } = await run({ dir, transform: 'mutex', validate: [] })
    const made = await steps()
    expect(made.map(({ group }) => group)).toEqual(['g1', 'g2'])
    for (const { overlay } of made) put('/', Object.fromEntries([...overlay].map(([path, text]) => [path, text ?? ''])))
    const stepped = tree(dir)
    await runProgram('git', ['stash', '-uq'], { cwd: dir })
    await runProgram('git', ['apply'], { cwd: dir, stdin: diff })
    expect(tree(dir)).toEqual(stepped)
  })

  test('what cannot be done is thrown: usage, and an abort, which leaves nothing behind', async () => {
    const dir = await repository(RACY)
    await expect(run({ dir, transform: 'rwmutx' })).rejects.toThrow(UserError)
    await expect(run({ dir, packages: ['--diff'] })).rejects.toThrow('--diff is no package pattern')
    await expect(run({ dir: join(dir, 'none') })).rejects.toThrow(/cannot work in .*no such file/)
    const [before, temp, stop] = [tree(dir), folder({}), new AbortController()]
    const env = { ...process.env, TMPDIR: temp, GOTMPDIR: '' }
    const onEvent = ({ text }: RunEvent): void => {
      if (text === 'copying the modules') stop.abort()
    }
    await expect(run({ dir, mode: 'write', env, signal: stop.signal, onEvent })).rejects.toThrow(Interrupted)
    expect([tree(dir), readdirSync(temp)]).toEqual([before, []])
  })
})

test('transforms have a name and a doc', () => {
  expect(transforms.map(({ name }) => name)).toContain('rwmutex')
  expect(transforms.filter(({ doc }) => doc === '')).toEqual([])
})

/** A folder where `import … from 'mapfix'` finds this package, as built. */
function user(files: Record<string, string>): string {
  const dir = folder(files)
  mkdirSync(join(dir, 'node_modules'))
  symlinkSync(root, join(dir, 'node_modules/mapfix'))
  return dir
}

test('the example in docs/library.md runs', async () => {
  const [, example = ''] = /```js\n(.*?)```/s.exec(readFileSync(join(root, 'docs/library.md'), 'utf8')) ?? []
  const dir = user({})
  const service = await repository(RACY)
  const script = example.replaceAll("'../service'", JSON.stringify(service))
  put(dir, { 'example.mjs': script })
  const { code, stdout, stderr } = await runProgram(process.execPath, ['example.mjs'], { cwd: dir })
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('planning') })
  expect(stdout).toContain('example.com/racy.seen: proposed')
})

test('the example of the readers of evidence runs', async () => {
  const examples = [...readFileSync(join(root, 'docs/library.md'), 'utf8').matchAll(/```js\n(.*?)```/gs)]
  const example = examples.map(([, code = '']) => code).find((code) => code.includes('mapfix/evidence')) ?? ''
  const recorded = join(root, 'test/evidence/recorded/go1.26.8')
  const dir = user({
    'example.mjs': example,
    'race.log': readFileSync(join(recorded, 'race.txt'), 'utf8'),
    'goroutines.txt': readFileSync(join(recorded, 'writes.txt'), 'utf8'),
  })
  copyFileSync(join(recorded, 'off/cpu.pb.gz'), join(dir, 'cpu.pb.gz'))
  const { code, stdout, stderr } = await runProgram(process.execPath, ['example.mjs'], { cwd: dir })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(/^write by goroutine \d+ in .*store.*$/m)
  expect(stdout).toMatch(/^\d+ goroutines$/m)
  expect(stdout).toMatch(/^cpu: \d+ lines use maps$/m)
})
