/**
 * fixtures/<transform>/<case>.txtar: packages before, and what the transform makes of them under want/ (only files that
 * change; UPDATE=1 writes them). want/refused lists the maps it leaves alone: "map: file:line:col: reason". The archive's
 * comment says what the case is about, and may hold "style: inline", "exported: rewrite", "emit: internal/safemap" or "maps: s.items, hits" (by
 * default every field and package variable of map type, and every local with a finding). A case with a go.mod is a module of
 * its own; the others of a folder are packages of one module. What comes out must be gofmt clean and vet clean. For auto, findings
 * that are about something else than a map's guard count, too ("rules: unsized-map": also of rules that have to be asked for),
 * and those that it fixes must be gone.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type Analysis, analyse } from '../src/analysis/index.js'
import { rules } from '../src/analysis/rules/index.js'
import { cacheFolder } from '../src/go/cache.js'
import { findGo } from '../src/go/env.js'
import { loadFacts } from '../src/go/facts.js'
import { clashing, render } from '../src/merge.js'
import type { Request } from '../src/plan/pass.js'
import { hasRemedy, mend } from '../src/plan/remedies/index.js'
import { placeOf } from '../src/plan/remedies/remedy.js'
import { type Gofmt, gofmtAt } from '../src/prove/gofmt.js'
import { selectedMap } from '../src/select.js'
import type { Finding, MapFinding, Range, SharedMap, SuggestedFix } from '../src/types.js'
import { plan, transforms } from '../transforms/index.js'
import { formatTxtar, parseTxtar } from './support/txtar.js'

const fixtures = fileURLToPath(new URL('../fixtures/', import.meta.url))
const FOLDERS = transforms.map(({ name }) => name)

interface Case {
  readonly name: string
  readonly path: string
  readonly archive: ReturnType<typeof parseTxtar>
  readonly dir: string
  readonly ownModule: boolean
  /** Rules and names of what was fixed. */
  readonly fixed: string[]
}

interface Found {
  readonly analysis: Analysis
  readonly gofmt: Gofmt
}

let temp = ''
beforeAll(() => {
  temp = realpathSync(mkdtempSync(join(tmpdir(), 'mapfix-fixtures-')))
})
afterAll(() => rmSync(temp, { recursive: true, force: true }))

describe.each(FOLDERS)('%s', (transform) => {
  const names = readdirSync(join(fixtures, transform)).filter((file) => file.endsWith('.txtar'))
  const got = new Map<string, Map<string, string>>()
  let cases: Case[] = []
  let vet = ''
  const left: string[] = []
  beforeAll(async () => {
    cases = names.map((file) => unpack(transform, file))
    const shared = await analyseIn(join(temp, transform))
    for (const one of cases) {
      const found = one.ownModule ? await analyseIn(one.dir) : shared
      got.set(one.name, await rewrite(one, transform, found))
    }
    const after = transform === 'auto' ? await analyseIn(join(temp, transform)) : null
    for (const finding of after?.analysis.findings ?? []) {
      const about = idOf(finding)
      if (cases.some(({ ownModule, fixed }) => !ownModule && fixed.includes(about))) left.push(about)
    }
    vet = [join(temp, transform), ...cases.filter((one) => one.ownModule).map((one) => one.dir)].map(vetIn).join('')
  })

  test.each(names)('%s', (file) => {
    const one = cases.find(({ path }) => path.endsWith(`/${file}`))
    if (one === undefined) throw new Error(`no case ${file}`)
    const made = [...(got.get(one.name) ?? [])].sort(([a], [b]) => (a < b ? -1 : 1))
    const before = [...one.archive.files].filter(([path]) => !path.startsWith('want/'))
    const result = formatTxtar({ ...one.archive, files: new Map([...before, ...made]) })
    if (process.env.UPDATE) writeFileSync(one.path, result)
    else expect(result).toBe(formatTxtar(one.archive))
  })

  test('what comes out is vet clean', () => expect(vet).toBe(''))
  test('what is fixed is not found again', () => expect(left).toEqual([]))
})

function unpack(transform: string, file: string): Case {
  const path = join(fixtures, transform, file)
  const archive = parseTxtar(readFileSync(path, 'utf8'))
  const name = file.replace('.txtar', '')
  const ownModule = archive.files.has('go.mod')
  const dir = join(temp, ownModule ? `${transform}-modules` : transform, name)
  for (const [to, text] of archive.files) {
    if (to.startsWith('want/')) continue
    mkdirSync(dirname(join(dir, to)), { recursive: true })
    writeFileSync(join(dir, to), text.replaceAll('«CRLF»', '\r'))
  }
  mkdirSync(join(temp, transform), { recursive: true })
  writeFileSync(join(temp, transform, 'go.mod'), 'module example.com/m\n\ngo 1.22\n')
  writeFileSync(join(temp, transform, 'm.go'), 'package m\n')
  return { name, path, archive, dir, ownModule, fixed: [] }
}

async function analyseIn(cwd: string): Promise<Found> {
  const env = { ...process.env, GOFLAGS: '' }
  const go = await findGo({ cwd, env })
  const { packages } = await loadFacts({ go, cwd, env, patterns: ['./...'], cacheDir: cacheFolder(env) })
  return { analysis: analyse(packages), gofmt: gofmtAt(go.gofmt, { cwd, env }) }
}

/** The files of a case that change, under their names in the archive; they are written in place, too. */
async function rewrite(one: Case, transform: string, { analysis, gofmt }: Found): Promise<Map<string, string>> {
  const option = (key: string): string | undefined => new RegExp(`^${key}: (.*)$`, 'm').exec(one.archive.comment)?.[1]
  const source = (path: string): string => readFileSync(path, 'utf8')
  const request: Request = {
    transform,
    style: option('style') === 'inline' ? 'inline' : 'wrapper',
    exported: option('exported') === 'rewrite' ? 'rewrite' : 'refuse',
    emit: option('emit') ?? '',
    unsafeFixes: false,
  }
  const inside = (map: SharedMap): boolean => map.decl.file.startsWith(`${one.dir}/`)
  const guarded = plan(selected(analysis, inside, option('maps')), request, {
    program: analysis.program,
    maps: analysis.maps,
    source,
  })
  const asked = option('rules')?.split(',') ?? []
  const mendable = analysis.findings.filter(
    (finding) =>
      placeOf(finding).file.startsWith(`${one.dir}/`) &&
      hasRemedy(finding) &&
      rules.some(({ name, onRequest }) => name === finding.rule && (!onRequest || asked.includes(name))),
  )
  const mends = transform === 'auto' ? mend(mendable, { engine: analysis.engine, source }, String) : []
  const planned = [...guarded, ...mends]
  const refused: string[] = []
  const fixes: SuggestedFix[] = []
  for (const { outcome, findings } of planned) {
    const names = [...new Set(findings.map(({ map, subject }) => (map ?? subject)?.name ?? ''))]
    if (outcome.kind === 'fix' && clashing(outcome, fixes) === null) {
      fixes.push(outcome)
      one.fixed.push(...findings.filter((finding) => isAboutGuard(finding) || hasRemedy(finding)).map(idOf))
      continue
    }
    const [at, reason] =
      outcome.kind === 'fix'
        ? [findings[0]?.map?.decl ?? findings[0]?.subject?.decl, 'conflicts']
        : [outcome.at, outcome.reason]
    if (at === undefined) continue
    for (const name of names)
      refused.push(`${name.slice(name.lastIndexOf('/') + 1)}: ${positionOf(at, one.dir)}: ${reason}`)
  }
  const { overlay, errors } = await render(fixes, source, gofmt)
  if (errors.length > 0) throw new Error(errors.join('\n'))
  const made = new Map<string, string>()
  for (const [path, text] of overlay) {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text ?? '')
    made.set(`want/${relative(one.dir, path)}`, (text ?? '').replaceAll('\r', '«CRLF»'))
  }
  if (refused.length > 0) made.set('want/refused', `${refused.sort().join('\n')}\n`)
  return made
}

/** What check or --select would hand to the transform. */
function selected(analysis: Analysis, inside: (map: SharedMap) => boolean, maps: string | undefined): MapFinding[] {
  const findings = analysis.findings.filter(
    (finding): finding is MapFinding => finding.map !== null && inside(finding.map),
  )
  const named = maps?.split(',').map((name) => name.trim())
  const wanted = analysis.maps.filter((map) => {
    if (!inside(map)) return false
    if (named !== undefined) return named.some((name) => map.name.endsWith(`.${name}`))
    return map.kind !== 'local' || findings.some((finding) => finding.map === map)
  })
  return wanted.map((map) => findings.find((finding) => finding.map === map) ?? selectedMap(map, ''))
}

function isAboutGuard({ rule }: Finding): boolean {
  return rules.some(({ name, aboutGuard }) => name === rule && aboutGuard)
}

function idOf({ rule, map, subject, message }: Finding): string {
  return `${rule} ${(map ?? subject)?.name}: ${message}`
}

function positionOf(at: Range, dir: string): string {
  const before = readFileSync(at.file, 'utf8').slice(0, at.start)
  const line = before.split('\n')
  return `${relative(dir, at.file)}:${line.length}:${Buffer.byteLength(line.at(-1) ?? '') + 1}`
}

function vetIn(dir: string): string {
  try {
    execFileSync('go', ['vet', './...'], {
      cwd: dir,
      encoding: 'utf8',
      stdio: 'pipe',
      env: { ...process.env, GOFLAGS: '' },
    })
    return ''
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
