/**
 * fixtures/witness/<case>.txtar: a package, and under want/ the test that is tried first (or second, where the comment says
 * "tried after") for each map with a race finding, and
 * what stands in it for values that can't be made; or why there is none. The test must compile. UPDATE=1 writes them.
 */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type Analysis, analyse } from '../src/analysis/index.js'
import { cacheFolder } from '../src/go/cache.js'
import { findGo } from '../src/go/env.js'
import { loadFacts } from '../src/go/facts.js'
import { witnessesOf } from '../src/witness/witness.js'
import { constraintOf, isHandedOut } from '../src/witnesses.js'
import { cleanUp, folder, put } from './support/project.js'
import { formatTxtar, parseTxtar } from './support/txtar.js'

afterAll(cleanUp)

const fixtures = fileURLToPath(new URL('../fixtures/witness/', import.meta.url))
const names = readdirSync(fixtures).map((file) => basename(file, '.txtar'))
const archives = new Map(names.map((name) => [name, parseTxtar(readFileSync(join(fixtures, `${name}.txtar`), 'utf8'))]))

describe('witness', () => {
  let made = new Map<string, Map<string, string>>()
  let vet = ''
  beforeAll(async () => {
    const dir = folder({ 'go.mod': 'module example.com/w\n\ngo 1.22\n' })
    for (const [name, { files }] of archives)
      put(join(dir, name), Object.fromEntries([...files].filter(([path]) => !path.startsWith('want/'))))
    const [cwd, { env }] = [dir, process]
    const { packages } = await loadFacts({
      go: await findGo({ cwd, env }),
      cwd,
      env,
      patterns: ['./...'],
      cacheDir: cacheFolder(env),
    })
    const analysis = analyse(packages)
    made = new Map(
      names.map((name) => [
        name,
        testsIn(join(dir, name), analysis, /tried after/.test(archives.get(name)?.comment ?? '')),
      ]),
    )
    for (const [name, files] of made)
      put(join(dir, name), Object.fromEntries([...files].map(([path, text]) => [path.replace(/^want\//, ''), text])))
    vet = execFileSync('go', ['vet', './...'], { cwd, encoding: 'utf8' })
  })

  test.each(names)('%s', (name) => {
    const archive = archives.get(name)
    if (archive === undefined) throw new Error(`no case ${name}`)
    const before = [...archive.files].filter(([path]) => !path.startsWith('want/'))
    const result = formatTxtar({ ...archive, files: new Map([...before, ...(made.get(name) ?? [])]) })
    if (process.env.UPDATE) writeFileSync(join(fixtures, `${name}.txtar`), result)
    else expect(result).toBe(formatTxtar(archive))
  })

  test('the tests compile', () => expect(vet).toBe(''))
})

/** The first test of each map that races below a folder, and "want/none". */
function testsIn(dir: string, analysis: Analysis, second: boolean): Map<string, string> {
  const files = new Map<string, string>()
  const none: string[] = []
  const raced = analysis.findings.filter((finding) => finding.racing.length > 0 || isHandedOut(finding))
  for (const map of new Set(raced.map((finding) => finding.map))) {
    if (map === null || !map.decl.file.startsWith(join(dir, '/'))) continue
    const out = raced.flatMap((finding) => (finding.map === map && isHandedOut(finding) ? [finding.at] : []))
    const { tests, why, path, test: name } = witnessesOf(analysis, map, new Set(), out)
    // "It is tried after the plain one": the second is what such a case is about.
    const first = second ? tests[1] : tests[0]
    if (first)
      files.set(`want${path.slice(dir.length)}`, execFileSync('gofmt', { input: first.text(name), encoding: 'utf8' }))
    none.push(
      ...(first ? first.guesses.map((guess) => `${map.object.name}: ${guess}`) : [`${map.object.name}: ${why}`]),
    )
  }
  return new Map([...files, ...(none.length > 0 ? [['want/none', `${none.join('\n')}\n`] as const] : [])])
}

test('a test is for the platforms and tags that the files it uses are for', () => {
  const texts = new Map([
    ['/m/a.go', 'package m\n\n//go:build ignored here\n'],
    ['/m/b_linux_arm64.go', 'package m\n'],
    ['/m/c.go', '// Copyright.\n\n//go:build !race || cgo\n\npackage m\n'],
    ['/m/linux.go', 'package m\n'],
    ['/m/d_windows.go', '//go:build windows\n\npackage m\n'],
  ])
  const of = (...files: string[]): string => constraintOf(files, (path) => texts.get(path) ?? '')
  expect(of('/m/a.go', '/m/linux.go')).toBe('')
  expect(of('/m/a.go', '/m/c.go')).toBe('!race || cgo')
  expect(of('/m/b_linux_arm64.go', '/m/c.go')).toBe('linux && arm64 && (!race || cgo)')
  expect(of('/m/d_windows.go')).toBe('windows')
})
