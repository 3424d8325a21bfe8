/** Tests that raced without a fix, run with it: where they must not, and where nothing else that the fix touches may go wrong. */
import { initSyntax } from '../syntax/index.js'
import type { Overlay } from '../types.js'
import type { Ground } from './ground.js'
import { explainHang } from './hang.js'
import { perturbed } from './perturb.js'
import type { Candidate, ProofRequest } from './prove.js'
import { buildTrials, firstTrouble, type Ran, runTrial, type Trial, vetTrial } from './trials.js'
import { type Attempt, type MapWitness, REPEATS, type Reds, racesIn, type StepAttempt, trialOf } from './witness.js'

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

/** What a run may take that nothing is expected of. */
const BRIEFLY = 5

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
    return all.map((attempt, i) => ({
      ...trialOf(witness, attempt, `other${i}`),
      witness,
      attempt,
      step: i < steps.length,
    }))
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

/** What the test prints where it passes; why it is no witness; or what it says against the fix. */
async function tryGreen<C extends Candidate>(
  trial: Trial & { readonly witness: MapWitness; readonly attempt: Attempt },
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
    const [race] = racesIn(ran, witness, trial.attempt, trial, overlay, ground, request)
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
