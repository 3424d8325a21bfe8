/** Tests made to race: run on the tree without a fix, where they must, and with it, where they must not. */
import { basename, join } from 'node:path'
import { run, runGo } from '../go/run.js'
import type { Overlay } from '../types.js'
import { goVet } from './gobuild.js'
import type { Ground } from './ground.js'
import type { Candidate, ProofRequest } from './prove.js'
import { parseRaces, type Race } from './races.js'
import { racesOn } from './racing.js'

/** One attempt at a test, which may be put into its package under any name. */
export interface Attempt {
  readonly pkg: string
  readonly folder: string
  /** What stands in it for values that can't be made. */
  readonly guesses: readonly string[]
  /** The program itself brings the goroutines together; else it is the test that does, as callers may. */
  readonly shown: boolean
  text(test: string): string
}

/** The tests for one map. */
export interface MapWitness {
  readonly map: string
  readonly accesses: Candidate['accesses']
  readonly tests: readonly Attempt[]
  /** Where there are none: why. */
  readonly why: string
  /** Absolute path and name under which the test may stay. */
  readonly path: string
  readonly test: string
}

/** A test that raced on the map without the fix. */
export interface Red {
  readonly kind: 'red'
  readonly attempt: Attempt
  readonly race: Race
  /** Nothing else raced. */
  readonly only: boolean
}

export interface NoWitness {
  readonly kind: 'none'
  readonly why: string
}

export type Reds = ReadonlyMap<MapWitness, Red | NoWitness>

export interface Greens {
  /** Of the maps whose witness raced before, those that don't any more, and the others with the reason. */
  readonly results: Reds
  /** A fixed map still races, or the test hangs as it did not before. */
  readonly failure: string | null
}

/** Of GOMAXPROCS, in the runs before and after. */
const BEFORE = [4, 2, 4]
const AFTER = [2, 4, 2, 4]
/** What one run may take. */
const SECONDS = 20
/** Builds of one package without the tests that did not compile. */
const BUILDS = 3

/** Runs the tests on the tree without any fix, each in a process of its own, until one races on its map. */
export async function redWitnesses<C extends Candidate>(
  witnesses: readonly MapWitness[],
  ground: Ground,
  request: ProofRequest<C>,
): Promise<Reds> {
  const reds = new Map<MapWitness, Red | NoWitness>()
  const trials = witnesses.flatMap((witness) => witness.tests.map((attempt, i) => trialOf(witness, attempt, i)))
  const built = await build(trials, null, ground)
  for (const [i, witness] of witnesses.entries()) {
    request.progress(`looking for a race: ${i} of ${witnesses.length} maps`)
    let result: Red | NoWitness = { kind: 'none', why: witness.why }
    for (const trial of trials.filter((t) => t.witness === witness)) {
      const binary = built.get(trial)
      const tried: Red | NoWitness =
        typeof binary === 'object'
          ? await tryRed(trial, binary.path, ground, request)
          : { kind: 'none', why: binary ?? 'it was not built' }
      // The first attempt is the most natural one: what it lacks says most.
      if (result.kind === 'none' && (tried.kind === 'red' || result.why === witness.why)) result = tried
      if (tried.kind === 'red' && tried.only) {
        result = tried
        break
      }
    }
    reds.set(witness, result)
  }
  return reds
}

/** Runs the tests that raced before on a patched tree. */
export async function greenWitnesses<C extends Candidate>(
  reds: Reds,
  overlay: Overlay,
  ground: Ground,
  request: ProofRequest<C>,
): Promise<Greens> {
  const results = new Map(reds)
  const trials = [...reds].flatMap(([witness, red]) =>
    red.kind === 'red' ? [{ ...trialOf(witness, red.attempt, 0), red }] : [],
  )
  if (trials.length === 0) return { results, failure: null }
  request.progress(`running ${trials.length} tests that raced`)
  const built = await build(trials, overlay, ground)
  for (const trial of trials) {
    const binary = built.get(trial)
    const objection = typeof binary === 'object' && request.keepsWitnesses ? await vetTest(trial, ground) : ''
    if (objection !== '') {
      results.set(trial.witness, { kind: 'none', why: `go vet objects to the test: ${objection}` })
      continue
    }
    if (typeof binary !== 'object') {
      results.set(trial.witness, { kind: 'none', why: binary ?? 'it was not built' })
      continue
    }
    for (const procs of AFTER) {
      const ran = await runTest(trial, binary.path, procs, ground, request)
      if (ran.code === 0) continue
      const [race] = racesOn(trial.witness, new Map([[trial.attempt.pkg, ran]]), overlay, ground, request)
      if (race !== undefined) return { results, failure: ground.copy.restore(race.text) }
      if (ran.hung)
        return {
          results,
          failure: `a test that uses ${trial.witness.map} from several goroutines does not end any more:\n${ground.copy.restore(excerpt(ran.output))}`,
        }
      results.set(trial.witness, {
        kind: 'none',
        why: `the test that raced before fails after for another reason: ${ground.copy.restore(firstTrouble(ran.output))}`,
      })
      break
    }
  }
  return { results, failure: null }
}

interface Trial {
  readonly witness: MapWitness
  readonly attempt: Attempt
  readonly test: string
  readonly path: string
}

/** Attempts are built together, so each has a name and a file of its own. */
function trialOf(witness: MapWitness, attempt: Attempt, i: number): Trial {
  const path = witness.path.replace(/_race_test\.go$/, `_${i}_race_test.go`)
  return { witness, attempt, test: `${witness.test}_${i}`, path: join(attempt.folder, basename(path)) }
}

/** The test binary of each trial's package; or what the compiler says of the trial, or of the package's other tests. */
async function build<T extends Trial>(
  trials: readonly T[],
  overlay: Overlay | null,
  ground: Ground,
): Promise<ReadonlyMap<T, { readonly path: string } | string>> {
  const built = new Map<T, { readonly path: string } | string>()
  for (const pkg of new Set(trials.map((t) => t.attempt.pkg))) {
    let left = trials.filter((t) => t.attempt.pkg === pkg)
    for (let i = 0; i < BUILDS && left.length > 0; i++) {
      await ground.show(new Map([...(overlay ?? []), ...left.map((t) => [t.path, t.attempt.text(t.test)] as const)]))
      const path = join(
        ground.scratch,
        `witness${i}-${overlay === null ? 'before' : 'after'}-${pkg.replace(/\W+/g, '-')}.test`,
      )
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

/** What go vet says of a test that is to stay, in the tree that the ground shows. */
async function vetTest({ attempt, path }: Trial, ground: Ground): Promise<string> {
  const { messages } = await goVet([attempt.pkg], ground.flags, ground.options)
  const own = messages.find(({ message }) => message.includes(`${basename(path)}:`))
  return own ? ground.copy.restore(own.line) : ''
}

async function tryRed<C extends Candidate>(
  trial: Trial,
  binary: string,
  ground: Ground,
  request: ProofRequest<C>,
): Promise<Red | NoWitness> {
  let why = 'the test does not race'
  for (const procs of BEFORE) {
    const ran = await runTest(trial, binary, procs, ground, request)
    const races = racesOn(trial.witness, new Map([[trial.attempt.pkg, ran]]), null, ground, request)
    const [race] = races
    if (race !== undefined) {
      const only = races.length === ran.races.length
      const frames = race.frames.map(({ file, line }) => ({ file: ground.copy.from(file), line }))
      return { kind: 'red', attempt: trial.attempt, race: { frames, text: ground.copy.restore(race.text) }, only }
    }
    if (ran.code === 0) continue
    why = ran.hung ? 'the test does not end' : ground.copy.restore(firstTrouble(ran.output))
    break
  }
  const { guesses } = trial.attempt
  return { kind: 'none', why: guesses.length > 0 ? `${why}; it passes ${guesses.slice(0, 2).join(', ')}` : why }
}

interface Ran {
  readonly status: 'ok' | 'failed'
  readonly failing: ReadonlySet<string>
  readonly code: number
  readonly hung: boolean
  readonly races: readonly Race[]
  readonly output: string
}

async function runTest<C extends Candidate>(
  trial: Trial,
  binary: string,
  procs: number,
  ground: Ground,
  request: ProofRequest<C>,
): Promise<Ran> {
  const { env, signal } = ground.options
  const { code, stdout, stderr } = await run(binary, [`-test.run=^${trial.test}$`, `-test.timeout=${SECONDS}s`], {
    cwd: ground.copy.to(trial.attempt.folder),
    env: { ...env, GORACE: 'history_size=7', GOMAXPROCS: String(procs) },
    signal,
    timeoutMs: (SECONDS + 10) * 1000,
  })
  const output = stdout + stderr
  return {
    status: code === 0 ? 'ok' : 'failed',
    failing: new Set(),
    code,
    hung: code === 124 || output.includes('panic: test timed out after'),
    races: parseRaces(output, request.goroot),
    output,
  }
}

/** What went wrong in a run, in a line. */
function firstTrouble(output: string): string {
  const race = output.indexOf('DATA RACE')
  if (race >= 0)
    return `the test races on something else, at ${/^\s+(\S+\.go:\d+)/m.exec(output.slice(race))?.[1] ?? ''}`
  const lines = output.split('\n').filter((line) => !/^\s+testing\.go:/.test(line))
  const line = lines.find((l) => /^(panic|fatal error): /.test(l)) ?? lines.find((l) => /^\s+\S+\.go:\d+: /.test(l))
  return `the test fails: ${(line ?? lines[0] ?? '').trim()}`
}

function excerpt(output: string): string {
  return output.split('\n').slice(0, 40).join('\n')
}
