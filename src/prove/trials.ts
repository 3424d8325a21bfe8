/** Tests that were made, built into their packages' test binaries, and run one at a time in bounded processes of their own. */
import { basename, join } from 'node:path'
import { parseDuration } from '../duration.js'
import { run, runGo } from '../go/run.js'
import type { Overlay } from '../types.js'
import { goVet } from './gobuild.js'
import type { Ground } from './ground.js'
import type { Candidate, ProofRequest } from './prove.js'
import { parseRaces, type Race } from './races.js'

/** A file with one test, as it is tried. */
export interface Trial {
  readonly pkg: string
  /** Absolute, in the user's tree. */
  readonly path: string
  readonly test: string
  readonly text: string
}

/** What came of running one. */
export interface Ran {
  readonly code: number
  readonly hung: boolean
  readonly races: readonly Race[]
  readonly output: string
}

/** The path of a test binary; or what the compiler says of the trial, or of the package's other tests. */
export type Built = { readonly path: string } | string

/**
 * What the race detector is told: to remember more of each goroutine, and to end at once with the test, which waits for what it
 * starts; it would go on for a second. https://go.dev/doc/articles/race_detector#Options
 */
const GORACE = 'history_size=7 atexit_sleep_ms=50'
/** What one run may take, unless the user's tests have less. */
const SECONDS = 20
/** Builds of one package without the tests that did not compile. */
const BUILDS = 3

/** Builds all trials of each package together, on the user's tree or a patched one. */
export async function buildTrials<T extends Trial>(
  trials: readonly T[],
  overlay: Overlay | null,
  ground: Ground,
): Promise<ReadonlyMap<T, Built>> {
  const built = new Map<T, Built>()
  for (const pkg of new Set(trials.map((t) => t.pkg))) {
    let left = trials.filter((t) => t.pkg === pkg)
    for (let i = 0; i < BUILDS && left.length > 0; i++) {
      await ground.show(new Map([...(overlay ?? []), ...left.map((t) => [t.path, t.text] as const)]))
      const when = overlay === null ? 'before' : 'after'
      const path = join(ground.scratch, `witness${i}-${when}-${pkg.replace(/\W+/g, '-')}.test`)
      const { code, stdout, stderr } = await runGo(
        ['test', '-c', '-race', '-vet=off', '-o', path, ...ground.flags, pkg],
        ground.options,
      )
      const lines = (stdout + stderr).split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'))
      if (code === 0) {
        for (const t of left) built.set(t, { path })
        break
      }
      const faults = new Map(left.map((t) => [t, lines.find((line) => line.includes(`${basename(t.path)}:`))] as const))
      const ours = [...faults.values()].some((line) => line !== undefined)
      for (const [t, line] of faults) {
        if (!ours) built.set(t, `the tests of ${pkg} do not build: ${ground.copy.restore(lines[0] ?? '')}`)
        else if (line !== undefined) built.set(t, `the test does not compile: ${line.replace(/^.*?:\d+:\d+: /, '')}`)
      }
      left = left.filter((t) => !built.has(t))
    }
  }
  return built
}

/** Runs one test of a binary on so many processors. */
export async function runTrial(
  { test, path }: Trial,
  binary: string,
  {
    procs,
    seconds = SECONDS,
    count = 1,
  }: { readonly procs: number; readonly seconds?: number; readonly count?: number },
  ground: Ground,
  { goroot, timeout }: Pick<ProofRequest<Candidate>, 'goroot' | 'timeout'>,
): Promise<Ran> {
  const { env, signal } = ground.options
  const limit = Math.min(seconds, (parseDuration(timeout) || Number.POSITIVE_INFINITY) / 1000)
  const { code, stdout, stderr } = await run(
    binary,
    [`-test.run=^${test}$`, `-test.timeout=${limit}s`, `-test.count=${count}`],
    {
      cwd: ground.copy.to(join(path, '..')),
      env: { ...env, GORACE, GOMAXPROCS: String(procs) },
      signal,
      timeoutMs: (limit + 10) * 1000,
    },
  )
  const output = stdout + stderr
  return {
    code,
    hung: code === 124 || output.includes('panic: test timed out after'),
    races: parseRaces(output, goroot),
    output,
  }
}

/** What go vet says of a test that is to stay, in the tree that the ground shows; "" for nothing. */
export async function vetTrial({ pkg, path }: Trial, ground: Ground): Promise<string> {
  const { messages } = await goVet([pkg], ground.flags, ground.options)
  const own = messages.find(({ message }) => message.includes(`${basename(path)}:`))
  return own ? ground.copy.restore(own.line) : ''
}

/** What went wrong in a run, in a line. */
export function firstTrouble(output: string): string {
  const race = output.indexOf('DATA RACE')
  if (race >= 0)
    return `the test races on something else, at ${/^\s+(\S+\.go:\d+)/m.exec(output.slice(race))?.[1] ?? ''}`
  const lines = output.split('\n').filter((line) => !/^\s+testing\.go:/.test(line))
  const line = lines.find((l) => /^(panic|fatal error): /.test(l)) ?? lines.find((l) => /^\s+\S+\.go:\d+: /.test(l))
  return `the test fails: ${(line ?? lines[0] ?? '').trim()}`
}
