/**
 * fixtures/explain/<case>.txtar: a small Go package, the name after "explain:" in the comment, and what `mapfix explain` prints
 * ("want"; UPDATE=1 writes it).
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from '@jest/globals'
import { explanationSchema } from '../src/report/explanation.js'
import { cleanUp, folder, mapfix, RACY } from './support/project.js'
import { formatTxtar, parseTxtar } from './support/txtar.js'

afterAll(cleanUp)

const fixtures = fileURLToPath(new URL('../fixtures/explain/', import.meta.url))

test.each(readdirSync(fixtures))('%s', async (file) => {
  const path = join(fixtures, file)
  const archive = parseTxtar(readFileSync(path, 'utf8'))
  const name = /^explain: (.*)$/m.exec(archive.comment)?.[1] ?? ''
  const dir = folder({ 'go.mod': 'module example.com/m\n\ngo 1.22\n', ...Object.fromEntries(archive.files) })
  const { code, stdout, stderr } = await mapfix(dir, ['explain', name])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([])
  if (process.env.UPDATE) writeFileSync(path, formatTxtar({ ...archive, files: archive.files.set('want', stdout) }))
  else expect(stdout).toBe(archive.files.get('want'))
})

test('as data, with the schema that is published', async () => {
  const { code, stdout } = await mapfix(folder(RACY), ['explain', 'seen', '--format=json'])
  expect(code).toBe(0)
  expect(explanationSchema.parse(JSON.parse(stdout)).maps).toMatchObject([
    {
      name: 'example.com/racy.seen',
      shared: true,
      guard: null,
      accesses: [
        { op: 'init', alone: 'nobody else has the map there' },
        { op: 'update', write: true, alone: '' },
      ],
      findings: [
        {
          rule: 'unguarded-map',
          suppressed: null,
          facts: expect.arrayContaining(['no lock is held at either']),
          changes: expect.arrayContaining(['a wait for each goroutine started at racy.go:9:3 before the next']),
        },
      ],
    },
  ])
})

test.each([
  ['sene', /no map of these packages is called sene; did you mean seen\?/],
  ['*.nothing', /no map of these packages is called \*\.nothing/],
])('%s is refused', async (name, message) => {
  expect(await mapfix(folder(RACY), ['explain', name])).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(message),
  })
})

test('in a narrow table every access has lines of its own', async () => {
  const deep = `a${'/deeper'.repeat(8)}`
  const { stdout } = await mapfix(folder({ 'go.mod': RACY['go.mod'], [`${deep}/racy.go`]: RACY['racy.go'] }), [
    'explain',
    'seen',
  ])
  expect(stdout).toContain(`    update     ${deep}/racy.go:14:2\n               in count, no lock held\n`)
})
