/** Tests made to race: run on the tree without a fix, where they must, and with it, where they must not. */
import { basename, join } from 'node:path'
import { initSyntax } from '../syntax/index.js'
import type { Overlay } from '../types.js'
import type { Ground } from './ground.js'
import { explainHang } from './hang.js'
import { perturbed } from './perturb.js'
import type { Candidate, Lines, ProofRequest } from './prove.js'
import type { Frame, Race } from './races.js'
import { racesOn } from './racing.js'
import { buildTrials, firstTrouble, type Ran, runTrial, type Trial, vetTrial } from './trials.js'

/** One attempt at a test, which may be put into its package under any name. */
export interface Attempt {
  readonly pkg: string
  readonly folder: string
  /** What stands in it for values that can't be made. */
  readonly guesses: readonly string[]
  /** The program itself brings the goroutines together; else it is the test that does, as callers may. */
  readonly shown: boolean
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

export interface Greens {
  /** Of the maps whose witness raced before, those that don't any more, and the others with the reason. */
  readonly results: Reds
  readonly failure: WitnessFailure | null
}

/** A fixed map still races, a step comes apart, or a test hangs as it did not before. */
export interface WitnessFailure {
  readonly output: string
  readonly hung: boolean
}

/** Of GOMAXPROCS, in the runs before and after, and in those where goroutines give way after each lock: on one processor they take turns there. */
export const REPEATS = { before: [4, 2, 4], after: [2, 4, 2, 4], yielding: [1, 2] } as const
/** What a run may take that nothing is expected of. */
const BRIEFLY = 5

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

/** Runs the tests that raced before on a patched tree. */
export async function greenWitnesses<C extends Candidate>(
  reds: Reds,
  overlay: Overlay,
  ground: Ground,
  request: ProofRequest<C>,
): Promise<Greens> {
  const results = new Map(reds)
  const trials = [...reds].flatMap(([witness, red]) =>
    red.kind === 'red'
      ? [red.attempt, ...red.steps].map((attempt, i) => ({
          ...trialOf(witness, attempt, i === 0 ? '0' : `step${i}`),
          witness,
          red,
          attempt,
          step: i === 0 ? null : (red.steps[i - 1] ?? null),
        }))
      : [],
  )
  if (trials.length === 0) return { results, failure: null }
  request.progress(`running ${trials.length} tests that raced`)
  const built = await buildTrials(trials, overlay, ground)
  for (const trial of trials) {
    const { witness, step } = trial
    const spoilt = (why: string): void => {
      const known = results.get(witness)
      if (step === null) results.set(witness, { kind: 'none', why })
      else if (known?.kind === 'red') results.set(witness, { ...known, steps: known.steps.filter((s) => s !== step) })
    }
    const binary = built.get(trial)
    const objection = typeof binary === 'object' && request.keepsWitnesses ? await vetTrial(trial, ground) : ''
    if (objection !== '') spoilt(`go vet objects to the test: ${objection}`)
    else if (typeof binary !== 'object') spoilt(binary ?? 'it was not built')
    else {
      const objects = await tryGreen(trial, binary.path, overlay, ground, request)
      if (typeof objects === 'string') spoilt(objects)
      else if ('hung' in objects) return { results, failure: objects }
      else {
        const known = results.get(witness)
        const before = known?.kind === 'red' ? (known.said.get(trial.attempt)?.before ?? '') : ''
        const said = [trial.attempt, { before, after: ground.copy.restore(objects.passed) }] as const
        if (known?.kind === 'red') results.set(witness, { ...known, said: new Map([...known.said, said]) })
      }
    }
  }
  return { results, failure: await sweep(results, overlay, ground, request) }
}

/**
 * Runs what may show a fix to be wrong though it proves nothing right: steps where goroutines give way after each lock, and
 * tests of functions that no witness calls. Only races on the maps, steps that come apart and, of steps, hanging count.
 */
async function sweep<C extends Candidate>(
  reds: Reds,
  overlay: Overlay,
  ground: Ground,
  request: ProofRequest<C>,
): Promise<WitnessFailure | null> {
  const trials = [...reds].flatMap(([witness, red]) => {
    const steps: readonly Attempt[] = red.kind === 'red' ? [red.attempt, ...red.steps].filter(isStep) : []
    const done = red.kind === 'red' ? red.attempt : null
    const all = [...steps, ...witness.others.filter((attempt) => attempt !== done)]
    return all.map((attempt, i) => ({ ...trialOf(witness, attempt, `other${i}`), witness, step: i < steps.length }))
  })
  if (trials.length === 0) return null
  request.progress(`running ${trials.length} tests of what the fixes touch`)
  const built = await buildTrials(trials, perturbed(overlay, await initSyntax()), ground)
  for (const trial of trials) {
    const binary = built.get(trial)
    if (typeof binary !== 'object') continue
    const objects = trial.step
      ? await tryGreen(trial, binary.path, overlay, ground, request, { procs: REPEATS.yielding })
      : await tryGreen(trial, binary.path, overlay, ground, request, { procs: [4], seconds: BRIEFLY })
    if (typeof objects === 'object' && 'hung' in objects && (trial.step || !objects.hung)) return objects
  }
  return null
}

function isStep(attempt: Attempt | StepAttempt): boolean {
  return 'steady' in attempt
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
function trialOf(witness: MapWitness, attempt: Attempt, suffix: string): Trial {
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
    const whole = racesOn(witness, [ran], null, ground, request).filter(
      ({ frames, text }) => frames.length === 2 || text.startsWith('fatal error'),
    )
    const races = whole.map((race) => ({
      frames: race.frames.map(({ file, line }) => ({ file: ground.copy.from(file), line })),
      text: ground.copy.restore(race.text),
    }))
    const isNamed = (race: Race): boolean => witness.pairs.some((pair) => isBetween(race, pair))
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

/** What the test prints where it passes; why it is no witness; or what it says against the fix. */
async function tryGreen<C extends Candidate>(
  trial: Trial & { readonly witness: MapWitness },
  binary: string,
  overlay: Overlay,
  ground: Ground,
  request: ProofRequest<C>,
  bounds: { readonly procs: readonly number[]; readonly seconds?: number } = { procs: REPEATS.after },
): Promise<WitnessFailure | string | { readonly passed: string }> {
  const { witness } = trial
  let passed = ''
  for (const [i, procs] of bounds.procs.entries()) {
    // Once twice in one process, as "go test -count=2" would.
    const ran: Ran = await runTrial(trial, binary, { ...bounds, procs, count: i === 0 ? 2 : 1 }, ground, request)
    passed = ran.output
    if (ran.code === 0) continue
    const [race] = racesOn(witness, [ran], overlay, ground, request)
    if (race !== undefined) return { output: ground.copy.restore(race.text), hung: false }
    if (ran.hung)
      return {
        output: `a test that uses ${witness.map} from several goroutines does not end any more:\n${await explainHang(ran.output, overlay, ground)}`,
        hung: true,
      }
    const apart = /^\s+\S+_test\.go:\d+: (two calls of .* at the same time came to .*)$/m.exec(ran.output)
    if (apart) return { output: `what should be one step on ${witness.map} is several: ${apart[1] ?? ''}`, hung: false }
    return `the test that raced before fails after for another reason: ${ground.copy.restore(firstTrouble(ran.output))}`
  }
  return { passed }
}
