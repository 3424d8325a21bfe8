/**
 * Proves fixes: they are built, vetted and tested together in a copy of the user's modules, and only what was not
 * already so without them counts. When something fails, bisection finds the fixes that cause it; the others stay.
 */

import type { Overlay } from '../types.js'
import { type Attempt, attempter } from './attempt.js'
import { passing } from './bisect.js'
import { type Coverage, coverageOf } from './coverage.js'
import type { Ground } from './ground.js'
import type { PackageVerdict, Stage, StageResult, Validation } from './stages.js'
import { judge, packageVerdicts } from './verdict.js'
import { type MapWitness, type Reds, redWitnesses } from './witness.js'

/** Lines of a file (absolute path) from first to last, 1-based. */
export interface Lines {
  readonly file: string
  readonly first: number
  readonly last: number
}

/** A fix that can be left out whole. */
export interface Candidate {
  /** Folders of the files it changes. */
  readonly folders: ReadonlySet<string>
  /** Files it changes or adds. */
  readonly files: readonly string[]
  /** Where its maps are accessed, in the user's text. */
  readonly accesses: readonly Lines[]
  /** Tests that should race on its maps without it; none where nobody asks for them. */
  readonly witnesses: readonly MapWitness[]
}

/** The texts of some fixes together, formatted where the file was gofmt-clean. */
export interface Rendered {
  readonly overlay: Overlay
  /** What gofmt said of each file: 'baseline failed' where it was not clean before. */
  readonly gofmt: ReadonlyMap<string, StageResult>
  /** gofmt's complaints about files that it cannot read any more. */
  readonly errors: readonly string[]
}

export interface ProofRequest<C extends Candidate> {
  readonly stages: ReadonlySet<Stage>
  readonly tests: 'affected' | 'package' | 'all'
  /** Of each test binary, as the go command takes it: "2m". */
  readonly timeout: string
  readonly goroot: string
  /** Why there is no race detector, or "". */
  readonly noRace: string
  /** Tests that were made to race go into the patch. */
  readonly keepsWitnesses: boolean
  /** Made when a stage needs it. */
  readonly ground: () => Promise<Ground>
  readonly render: (some: readonly C[]) => Promise<Rendered>
  readonly source: (path: string) => string
  readonly progress: (what: string) => void
}

export type Proof =
  | {
      readonly kind: 'proved'
      readonly validation: Validation
      readonly witnesses: Reds
      /** Of packages whose tests did not simply pass. */
      readonly packages: readonly PackageVerdict[]
      /** Files that the tests made or changed in the copy of the modules, by the user's path. */
      readonly strays: readonly string[]
      /** Null where nothing was tested. */
      readonly coverage: Coverage | null
    }
  | { readonly kind: 'failed'; readonly validation: Validation; readonly stage: Stage; readonly output: string }

/** What each candidate came to. Those that are 'proved' stand together. */
export async function prove<C extends Candidate>(
  candidates: readonly C[],
  request: ProofRequest<C>,
): Promise<ReadonlyMap<C, Proof>> {
  const proofs = new Map<C, Proof>()
  if (candidates.length === 0) return proofs
  const { attempt, baseline } = attempter(candidates, request)
  const kept = await passing(candidates, async (some) => (await attempt(some)).failure === null)
  if (kept.length > 0) {
    const final = await attempt(kept)
    const covered = final.tests
      ? await coverageOf(kept, final.rendered.overlay, final.witnesses, await request.ground(), request)
      : new Map<C, Coverage>()
    for (const c of kept)
      proofs.set(c, {
        kind: 'proved',
        validation: await judge(c, final, baseline, request),
        witnesses: new Map([...final.witnesses].filter(([witness]) => c.witnesses.includes(witness))),
        packages:
          final.tests && request.stages.has('test')
            ? packageVerdicts(c, final, await request.ground(), request.tests)
            : [],
        strays: final.strays,
        coverage: covered.get(c) ?? null,
      })
  }
  for (const c of candidates) {
    if (proofs.has(c)) continue
    const alone = await attempt([c])
    const failed: Attempt = alone.failure === null ? await attempt([...kept, c]) : alone
    if (failed.failure === null) throw new Error('bug: a fix was left out that passes')
    const validation = await judge(c, failed, baseline, request)
    const together = alone.failure === null ? 'only together with other fixes:\n' : ''
    proofs.set(c, { kind: 'failed', validation, stage: failed.failure.stage, output: together + failed.failure.output })
  }
  return proofs
}

/** Maps whose tests run though nothing mends them; more would take longer than what is learnt is worth. */
const OBSERVED = 20

/** Whether tests race on maps of the user's tree as it is; of the first so many. */
export async function observe<C extends Candidate>(
  witnesses: readonly MapWitness[],
  request: ProofRequest<C>,
): Promise<Reds> {
  if (!request.stages.has('race') || request.noRace !== '' || witnesses.length === 0) return new Map()
  const why = `it was not looked for: ${OBSERVED} other maps that nothing mends come first`
  const late = witnesses.slice(OBSERVED).map((witness) => [witness, { kind: 'none', why }] as const)
  const seen = await redWitnesses(witnesses.slice(0, OBSERVED), await request.ground(), request)
  return new Map([...seen, ...late])
}
