/** Tests made to race: run on the tree without a fix, where they must, and with it, where they must not. */
import { basename, join } from 'node:path'
import type { Overlay } from '../types.js'
import type { Ground } from './ground.js'
import type { Candidate, Lines, ProofRequest } from './prove.js'
import type { Frame, Race } from './races.js'
import { racesOn } from './racing.js'
import { buildTrials, firstTrouble, type Ran, runTrial, type Trial } from './trials.js'

/** One attempt at a test, which may be put into its package under any name. */
export interface Attempt {
  readonly pkg: string
  readonly folder: string
  /** What stands in it for values that can't be made. */
  readonly guesses: readonly string[]
  /** The program itself brings the goroutines together; else it is the test that does, as callers may. */
  readonly shown: boolean
  /** It reads the map itself, which a function of the package returns: its own lines are accesses, too. */
  readonly reads: boolean
  /** The file that holds the test, and those of steps. */
  text(test: string, steps?: readonly { readonly step: StepAttempt; readonly test: string }[]): string
}

/** A test that also fails, race or not, where a function that the fix made one step comes apart. */
export interface StepAttempt extends Attempt {
  /** How it is to be called if it stays. Of those with one name the first that does is enough. */
  readonly test: string
  /** A file with a test that fails where the outcome is not always the same even without goroutines. */
  steady(test: string): string
  part(test: string): { readonly imports: readonly string[]; readonly code: string }
}

/** The tests for one map. */
export interface MapWitness {
  readonly map: string
  readonly accesses: readonly Lines[]
  /** The functions in which its findings say that it races, two by two. */
  readonly pairs: readonly (readonly [Lines, Lines])[]
  readonly tests: readonly Attempt[]
  readonly steps: readonly StepAttempt[]
  /** For the functions that none of the tests calls: they need not race before, but must not race after. */
  readonly others: readonly Attempt[]
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
  /** The two accesses are those of a finding. */
  readonly named: boolean
  /** Tests of steps that raced too, or failed. */
  readonly steps: readonly StepAttempt[]
  /** What each of these tests printed: the race without the fix, and all of the last run with it. */
  readonly said: ReadonlyMap<Attempt, Said>
}

export interface Said {
  readonly before: string
  readonly after: string
}

export interface NoWitness {
  readonly kind: 'none'
  readonly why: string
}

export type Reds = ReadonlyMap<MapWitness, Red | NoWitness>

/** Of GOMAXPROCS, in the runs before and after, and in those where goroutines give way after each lock: on one processor they take turns there. */
export const REPEATS = { before: [4, 2, 4], after: [2, 4, 2, 4], yielding: [1, 2] } as const
/** Runs the tests on the tree without any fix, each in a process of its own, until one races on its map. */
export async function redWitnesses<C extends Candidate>(
  witnesses: readonly MapWitness[],
  ground: Ground,
  request: ProofRequest<C>,
): Promise<Reds> {
  const reds = new Map<MapWitness, Red | NoWitness>()
  const plans = witnesses.map((witness) => ({
    witness,
    races: witness.tests.map((attempt, i) => ({ attempt, trial: trialOf(witness, attempt, String(i)) })),
    steps: witness.steps.map((attempt, i) => ({
      attempt,
      trial: trialOf(witness, attempt, `step${i}`),
      steady: { ...trialOf(witness, attempt, `steady${i}`), text: attempt.steady(`${witness.test}_steady${i}`) },
    })),
  }))
  const all = plans.flatMap(({ races, steps }) => [
    ...races.map(({ trial }) => trial),
    ...steps.flatMap(({ trial, steady }) => [trial, steady]),
  ])
  const built = await buildTrials(all, null, ground)
  for (const [i, { witness, races, steps }] of plans.entries()) {
    request.progress(`looking for a race: ${i} of ${witnesses.length} maps`)
    const tryOne = async (attempt: Attempt, trial: Trial): Promise<Red | NoWitness> => {
      const binary = built.get(trial)
      return typeof binary === 'object'
        ? await tryRed(witness, attempt, trial, binary.path, ground, request)
        : { kind: 'none', why: binary ?? 'it was not built' }
    }
    let result: Red | NoWitness = { kind: 'none', why: witness.why }
    for (const { attempt, trial } of races) {
      const tried = await tryOne(attempt, trial)
      // The first attempt is the most natural one: what it lacks says most.
      if (result.kind === 'none' ? tried.kind === 'red' || result.why === witness.why : isSurer(tried, result))
        result = tried
      if (result.kind === 'red' && result.only && result.named) break
    }
    const held: StepAttempt[] = []
    const said = new Map<Attempt, Said>()
    for (const { attempt, trial, steady } of steps) {
      if (held.some(({ test }) => test === attempt.test)) continue
      const binary = built.get(steady)
      if (typeof binary !== 'object' || (await runTrial(steady, binary.path, { procs: 2 }, ground, request)).code !== 0)
        continue
      const tried = await tryOne(attempt, trial)
      if (tried.kind === 'none') continue
      if (result.kind === 'none') result = tried
      else {
        held.push(attempt)
        for (const [step, what] of tried.said) said.set(step, what)
      }
    }
    reds.set(
      witness,
      result.kind === 'red' ? { ...result, steps: held, said: new Map([...result.said, ...said]) } : result,
    )
  }
  return reds
}

/** Whether a race says it of exactly these two functions; in either order. Of a fatal error only one access is known. */
export function isBetween({ frames }: Race, [a, b]: readonly [Lines, Lines]): boolean {
  const within = (frame: Frame | undefined, { file, first, last }: Lines): boolean =>
    frame !== undefined && frame.file === file && first <= frame.line && frame.line <= last
  const [one, two] = frames
  if (frames.length === 1) return within(one, a) || within(one, b)
  return (within(one, a) && within(two, b)) || (within(one, b) && within(two, a))
}

/** Attempts are built together, so each has a name and a file of its own. */
export function trialOf(witness: MapWitness, attempt: Attempt, suffix: string): Trial {
  const path = witness.path.replace(/_race_test\.go$/, `_${suffix}_race_test.go`)
  const test = `${witness.test}_${suffix}`
  return { pkg: attempt.pkg, test, path: join(attempt.folder, basename(path)), text: attempt.text(test) }
}

function isSurer(tried: Red | NoWitness, { only, named }: Red): boolean {
  if (tried.kind === 'none') return false
  return tried.named === named ? tried.only && !only : tried.named
}

async function tryRed<C extends Candidate>(
  witness: MapWitness,
  attempt: Attempt,
  trial: Trial,
  binary: string,
  ground: Ground,
  request: ProofRequest<C>,
): Promise<Red | NoWitness> {
  let why = 'the test does not race'
  for (const procs of REPEATS.before) {
    const ran = await runTrial(trial, binary, { procs }, ground, request)
    const whole = racesIn(ran, witness, attempt, trial, null, ground, request).filter(
      ({ frames, text }) => frames.length === 2 || text.startsWith('fatal error'),
    )
    const races = whole.map((race) => ({
      frames: race.frames.map(({ file, line }) => ({ file: ground.copy.from(file), line })),
      text: ground.copy.restore(race.text),
    }))
    const isNamed = (race: Race): boolean => attempt.reads || witness.pairs.some((pair) => isBetween(race, pair))
    const race = races.find(isNamed) ?? races[0]
    if (race !== undefined) {
      const only = races.length === ran.races.length
      return {
        kind: 'red',
        attempt,
        race,
        only,
        named: isNamed(race),
        steps: [],
        said: new Map([[attempt, { before: race.text, after: '' }]]),
      }
    }
    if (ran.code === 0) continue
    why = ran.hung ? 'the test does not end' : ground.copy.restore(firstTrouble(ran.output))
    break
  }
  const { guesses } = attempt
  return { kind: 'none', why: guesses.length > 0 ? `${why}; it passes ${guesses.slice(0, 2).join(', ')}` : why }
}

/** The races of a run on the map; of what the test reads itself, those with an access of the package. */
export function racesIn<C extends Candidate>(
  ran: Ran,
  { accesses }: MapWitness,
  { reads }: Attempt,
  { path }: Trial,
  overlay: Overlay | null,
  ground: Ground,
  request: ProofRequest<C>,
): Race[] {
  if (!reads) return racesOn({ accesses }, [ran], overlay, ground, request)
  const own = { file: path, first: 1, last: Number.POSITIVE_INFINITY }
  return racesOn({ accesses: [...accesses, own] }, [ran], overlay, ground, request).filter(({ frames }) =>
    frames.some(({ file }) => ground.copy.from(file) !== path),
  )
}
