/** Many programs at once, as packages of one module: each rewritten in every way, built, run, and compared with what it was. */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { type Analysis, analyse } from '../src/analysis/index.js'
import { applyEdits } from '../src/edit/index.js'
import { cacheFolder } from '../src/go/cache.js'
import { type Env, findGo } from '../src/go/env.js'
import { loadFacts } from '../src/go/facts.js'
import { run } from '../src/go/run.js'
import { clashing, render } from '../src/merge.js'
import type { Gofmt } from '../src/prove/gofmt.js'
import { selectedMap } from '../src/select.js'
import type { MapFinding, SharedMap, SuggestedFix } from '../src/types.js'
import { plan } from '../transforms/index.js'
import { MARKS, mainText, watch, watchedText } from './harness.js'
import type { TextOptions } from './text.js'

const MODULE = 'example.com/d'

/** A transform, in one of its styles. */
export interface Way {
  readonly transform: string
  readonly style: 'wrapper' | 'inline'
}

export const WAYS: readonly Way[] = [
  { transform: 'rwmutex', style: 'wrapper' },
  { transform: 'rwmutex', style: 'inline' },
  { transform: 'mutex', style: 'wrapper' },
  { transform: 'mutex', style: 'inline' },
  { transform: 'sharded', style: 'wrapper' },
  { transform: 'syncmap', style: 'wrapper' },
  { transform: 'guard', style: 'wrapper' },
]

/** Something that a rewrite broke. */
export interface Failure {
  /** Its place in the batch. */
  readonly program: number
  readonly way: Way
  readonly kind: 'plan' | 'build' | 'vet' | 'output' | 'steps'
  readonly text: string
}

/** What became of one map under one transform. */
export interface Fate {
  readonly program: number
  readonly way: Way
  readonly map: string
  /** Why it was refused; null if it was rewritten. */
  readonly refused: string | null
}

export interface Batch {
  readonly failures: readonly Failure[]
  readonly fates: readonly Fate[]
  /** Compound uses that the fixes list. */
  readonly compounds: number
  /** What the compiler says of programs that are none; they are left out. */
  readonly unbuilt: readonly string[]
}

export interface BatchOptions {
  /** An empty folder, which is left full. */
  readonly dir: string
  /** The go line of go.mod. */
  readonly go: string
  /** What builds and runs the programs ("go1.18.10"), where it is not the toolchain that reads them. */
  readonly toolchain?: string
  readonly ways: readonly Way[]
  readonly vet: boolean
  /** Only plan, and run nothing. */
  readonly planOnly?: boolean
}

/** Writes a program as the options say. */
export type Text = (options: TextOptions) => string

/** Programs that the compiler does not take are left out. */
export async function runBatch(texts: readonly Text[], options: BatchOptions): Promise<Batch> {
  const before = join(options.dir, 'before')
  const minor = Number(options.go.split('.')[1])
  // An old toolchain may not know the flags that the user's own settings have.
  const other = options.toolchain ? { GOTOOLCHAIN: options.toolchain, GOENV: 'off' } : {}
  const env = { ...process.env, GOFLAGS: '', ...other }
  put(before, 'go.mod', `module ${MODULE}\n\ngo ${options.go}\n`)
  put(before, 'marks/marks.go', MARKS)
  for (const [i, text] of texts.entries())
    put(before, fileOf(i), text({ package: packageOf(i), module: MODULE, suffix: `_${i}`, minor }))
  await go(before, 'gofmt', ['-w', '.'], env)
  const unbuilt = new Map<number, string>()
  const every = texts.map((_, i) => i)
  let old = options.planOnly ? NOTHING : await buildAndRun(before, every, env)
  while (old.broken.size > 0) {
    for (const [i, text] of old.broken) {
      unbuilt.set(i, text)
      put(before, fileOf(i), `package ${packageOf(i)}\n`)
    }
    old = await buildAndRun(
      before,
      every.filter((i) => !unbuilt.has(i)),
      env,
    )
  }
  const all = every.filter((i) => !unbuilt.has(i))
  const own = { ...process.env, GOFLAGS: '' }
  const tool = await findGo({ cwd: before, env: own })
  const { packages } = await loadFacts({
    go: tool,
    cwd: before,
    env: own,
    patterns: ['./marks', ...packagesOf(all)],
    cacheDir: cacheFolder(own),
  })
  const analysis = analyse(packages)
  const failures: Failure[] = []
  const fates: Fate[] = []
  let compounds = 0
  for (const way of options.ways) {
    const after = join(options.dir, `${way.transform}-${way.style}`)
    cpSync(before, after, { recursive: true })
    put(after, 'watched/watched.go', watchedText(MODULE, minor))
    const planned = planAll(analysis, way, all)
    failures.push(...planned.failures)
    fates.push(...planned.fates)
    compounds += planned.fixes.reduce((sum, { compound }) => sum + compound.length, 0)
    const { overlay } = await render(planned.fixes, source, AS_IT_IS)
    for (const [path, text] of overlay) put(after, path.slice(before.length + 1), text ?? '')
    if (overlay.size === 0 || options.planOnly) continue
    for (const path of overlay.keys()) watchFile(join(after, path.slice(before.length + 1)))
    const changed = new Set([...overlay.keys()].map((path) => dirname(path.slice(before.length + 1))))
    const touched = all.filter((i) => changed.has(packageOf(i)))
    const now = await buildAndRun(after, touched, env)
    for (const [program, text] of now.broken) failures.push({ program, way, kind: 'build', text })
    for (const [program, output] of now.outputs) {
      const { lines, wrong } = split(output)
      const expected = split(old.outputs.get(program) ?? '').lines
      if (lines !== expected)
        failures.push({ program, way, kind: 'output', text: `before:\n${expected}\nafter:\n${lines}` })
      if (wrong !== '') failures.push({ program, way, kind: 'steps', text: wrong })
    }
    if (!options.vet) continue
    const vetted = await go(after, 'go', [...VET, ...packagesOf(touched)], env)
    for (const [program, text] of byProgram(vetted)) failures.push({ program, way, kind: 'vet', text })
  }
  return { failures, fates, compounds, unbuilt: [...unbuilt.values()] }
}

/** What programs that are made up may have. */
const VET = ['vet', '-unreachable=false', '-assign=false', '-bools=false']

const NOTHING: Built = { broken: new Map(), outputs: new Map() }

/** Generated programs are gofmt clean; what comes out need only be Go. */
const AS_IT_IS: Gofmt = { isClean: async () => true, format: async (text) => ({ text }) }

function source(path: string): string {
  return readFileSync(path, 'utf8')
}

interface Planned {
  readonly fixes: readonly SuggestedFix[]
  readonly fates: readonly Fate[]
  readonly failures: readonly Failure[]
}

/** All at once; one by one where that throws. */
function planAll(analysis: Analysis, way: Way, programs: readonly number[]): Planned {
  const request = { ...way, exported: 'refuse', emit: '', unsafeFixes: false } as const
  const mine = analysis.maps.filter(({ kind }) => kind !== 'local')
  const findings = mine.map((map) => selectedMap(map, ''))
  const of = (map: SharedMap): number => numberOf(map.name.slice(MODULE.length))
  const fixes: SuggestedFix[] = []
  const fates: Fate[] = []
  const failures: Failure[] = []
  const take = (some: readonly MapFinding[]): void => {
    for (const { outcome, maps } of plan(some, request, { program: analysis.program, maps: analysis.maps, source })) {
      const overlap = outcome.kind === 'fix' ? overlapIn(outcome) : null
      if (overlap !== null) {
        for (const map of maps) failures.push({ program: of(map), way, kind: 'plan', text: overlap })
        continue
      }
      const clash = outcome.kind === 'fix' && clashing(outcome, fixes) !== null
      if (outcome.kind === 'fix' && !clash) fixes.push(outcome)
      for (const map of maps) {
        const refused = outcome.kind === 'fix' ? (clash ? 'it clashes with another fix' : null) : outcome.reason
        fates.push({ program: of(map), way, map: map.name, refused })
      }
    }
  }
  try {
    take(findings)
  } catch {
    fixes.length = 0
    fates.length = 0
    for (const program of programs) {
      try {
        take(findings.filter((finding) => of(finding.map) === program))
      } catch (error) {
        failures.push({
          program,
          way,
          kind: 'plan',
          text: error instanceof Error ? (error.stack ?? '') : String(error),
        })
      }
    }
  }
  return { fixes, fates, failures }
}

/** What is wrong with the fix's own edits; null if they can be made. */
function overlapIn({ edits }: SuggestedFix): string | null {
  try {
    for (const path of new Set(edits.map(({ file }) => file)))
      applyEdits(
        source(path),
        edits.filter(({ file }) => file === path),
      )
    return null
  } catch (error) {
    return String(error)
  }
}

/** So many programs make a package: they share its containers. */
const TOGETHER = 8

function packageOf(program: number): string {
  return `p${Math.floor(program / TOGETHER)}`
}

function fileOf(program: number): string {
  return `${packageOf(program)}/p_${program}.go`
}

function packagesOf(programs: readonly number[]): string[] {
  return [...new Set(programs.map((program) => `./${packageOf(program)}`))]
}

function watchFile(path: string): void {
  writeFileSync(path, watch(readFileSync(path, 'utf8'), MODULE))
}

/** "….Store_12.items_12" → 12 */
function numberOf(name: string): number {
  return Number(/_(\d+)\b/.exec(name)?.[1] ?? -1)
}

function put(dir: string, name: string, text: string): void {
  mkdirSync(dirname(join(dir, name)), { recursive: true })
  writeFileSync(join(dir, name), text)
}

interface Built {
  readonly broken: ReadonlyMap<number, string>
  readonly outputs: ReadonlyMap<number, string>
}

/** Builds the programs and runs those whose packages build. */
async function buildAndRun(dir: string, programs: readonly number[], env: Env): Promise<Built> {
  const broken = new Map<number, string>()
  for (;;) {
    const out = new Set([...broken.keys()].map(packageOf))
    const left = programs.filter((i) => !out.has(packageOf(i)))
    if (left.length === 0) return { broken, outputs: new Map() }
    put(
      dir,
      'main.go',
      mainText(
        MODULE,
        left.map((number) => ({ number, package: packageOf(number) })),
      ),
    )
    const errors = await go(dir, 'go', ['build', '-trimpath', '-o', join(dir, 'programs'), '.'], env)
    if (errors === '') return { broken, outputs: await outputsOf(dir, left) }
    const found = byProgram(errors)
    if (found.size === 0) throw new Error(`go build: ${errors}`)
    for (const [program, text] of found) broken.set(program, text)
  }
}

/** A program that ends the process, or hangs, is the last of its process; the others go on in another. */
async function outputsOf(dir: string, programs: readonly number[]): Promise<Map<number, string>> {
  const outputs = new Map<number, string>()
  for (let left = [...programs]; left.length > 0; left = left.filter((i) => !outputs.has(i))) {
    const { code, stdout, stderr } = await run(join(dir, 'programs'), left.map(String), { cwd: dir, timeoutMs: 20_000 })
    const parts = stdout.split('\x01').slice(1)
    for (const [i, part] of parts.entries()) {
      const end = part.indexOf('\n')
      const last = i === parts.length - 1 && code !== 0
      const why = last ? `exit ${code}: ${/^(fatal error|panic): .*$/m.exec(stderr)?.[0] ?? 'it hangs'}\n` : ''
      outputs.set(Number(part.slice(0, end)), part.slice(end + 1) + why)
    }
    if (parts.length === 0) throw new Error(`the programs do not run: ${stderr}`)
  }
  return outputs
}

/** What the watched locks say apart from what the program prints. */
function split(output: string): { lines: string; wrong: string } {
  const [lines = '', ...wrong] = output.split('\x02')
  return { lines, wrong: wrong.join('') }
}

/** What the go command says, under the program whose file it names; of a container's file, under the first that may use it. */
function byProgram(errors: string): Map<number, string> {
  const found = new Map<number, string>()
  for (const line of errors.split('\n')) {
    const [, folder, own] = /^(?:vet: )?(?:\.\/)?p(\d+)\/(?:p_(\d+)|\w+)\.go:/.exec(line) ?? []
    if (folder === undefined) continue
    const program = own === undefined ? Number(folder) * TOGETHER : Number(own)
    found.set(program, `${found.get(program) ?? ''}${line}\n`)
  }
  return found
}

async function go(cwd: string, tool: string, args: readonly string[], env: Env): Promise<string> {
  const { code, stderr } = await run(tool, args, { cwd, env })
  return code === 0 ? '' : stderr
}

/** Removes what a batch left. */
export function clean(dir: string): void {
  rmSync(dir, { recursive: true, force: true })
}
