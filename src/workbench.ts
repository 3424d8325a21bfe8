/** What a review can do with the fixes of a run before any of them is written. */

import { SELECTED } from './analysis/rules/index.js'
import { type Fix, type Planning, type Plans, planFixes } from './candidates.js'
import { type Found, find, type Request } from './driver.js'
import type { Patches } from './patches.js'
import type { Chosen } from './plan/pass.js'
import { type Ground, prepareGround } from './prove/ground.js'
import { observe, type Proof, type ProofRequest, prove } from './prove/prove.js'
import type { MapWitness, Reds } from './prove/witness.js'
import { findingIds } from './report/ids.js'
import type { Finding, Overlay } from './types.js'
import { isSource } from './write/digest.js'

export type Proofs = ReadonlyMap<Fix, Proof>

/** Decides which fixes are written. */
export interface Review {
  /** Comes before anything else: refuses a review that cannot be. `journal` is where it may write down what is decided. */
  prepare(journal: string): Promise<void>
  /** Gets every fix with its proof. */
  decide(bench: Workbench, proofs: Proofs): Promise<Reviewed>
}

export interface Reviewed {
  /** What is to be written, which was proved together, and what failed in that. */
  readonly taken: Proofs
  /** Of the fixes that were planned first, those that the user does not want. What is neither was not decided. */
  readonly declined: ReadonlySet<Fix>
}

export interface Workbench {
  readonly found: Found
  readonly patches: Patches
  /** As they were planned first. */
  readonly fixes: readonly Fix[]
  /** Plans anew what all findings, or some, are about, with other transforms for the maps that are named. */
  replan(chosen: ReadonlyMap<string, Chosen>, some?: readonly Finding[]): Promise<Plans>
  /** Digests of all sources of the modules that are proved in, by absolute path, as an overlay leaves them. */
  sources(overlay: Overlay): Promise<ReadonlyMap<string, string>>
  /** What the fixes come to together. */
  prove(fixes: readonly Fix[]): Promise<Proofs>
  /** Whether tests race on the maps of the user's tree as it is, and how; empty where there is no race detector, or nobody wants it. */
  observe(witnesses: readonly MapWitness[]): Promise<Reds>
  /** What is found in the tree as the fixes leave it, though they should have ended it, or though it was not there before: a line each. */
  remaining(fixes: readonly Fix[]): Promise<readonly string[]>
}

export type BenchRequest = Planning & Request & Pick<ProofRequest<Fix>, 'stages' | 'tests' | 'timeout'>

/** A workbench over one copy of the modules, which is made when it is first needed. */
export function workbench(found: Found, request: BenchRequest, patches: Patches, fixes: readonly Fix[]): Workbench {
  const ground = lazyGround(found, request)
  const render = (some: readonly Fix[]): ReturnType<Patches['render']> => patches.render(some.map((c) => c.fix))
  const proofRequest: ProofRequest<Fix> = {
    stages: request.stages,
    tests: request.tests,
    timeout: request.timeout,
    goroot: found.go.goroot,
    keepsWitnesses: request.witness === 'keep',
    noRace: found.go.noRace,
    ground,
    render,
    source: found.sources.text,
    progress: request.progress,
  }
  return {
    found,
    patches,
    fixes,
    replan: (chosen, some = found.findings) =>
      planFixes({ ...found, findings: some }, { ...request, plan: { ...request.plan, chosen } }, patches),
    prove: (some) => prove(some, proofRequest),
    observe: (witnesses) => observe(witnesses, proofRequest),
    async sources(overlay) {
      const { show, copy } = await ground()
      await show(overlay)
      return copy.digests(isSource)
    },
    async remaining(some) {
      const { overlay } = await render(some)
      const { show, copy, options } = await ground()
      await show(overlay)
      const after = await find({
        ...request,
        cwd: copy.to(request.cwd),
        env: options.env ?? request.env,
        platforms: [],
        selection: { ...request.selection, only: [], skip: [], select: 'findings', minConfidence: 'possible' },
        known: null,
        newFrom: '',
      })
      const { findings, suppressed } = found.analysis
      const was = findingIds(
        findings,
        suppressed.map((one) => one.finding),
        found.packages,
      )
      const before = new Set(was.values())
      const ended = new Set(
        some
          .flatMap((c) => c.planned.findings)
          .filter(({ rule }) => rule !== SELECTED)
          .map((finding) => was.get(finding)),
      )
      return after.findings
        .filter((finding) => {
          const id = after.ids.get(finding) ?? ''
          return ended.has(id) || !before.has(id)
        })
        .map(({ rule, message, map, subject, at, racing }) => {
          const place = racing.find(({ held }) => held.size === 0)?.range ?? at ?? (map ?? subject)?.decl
          return `${place ? `${after.positions.at(place)}: ` : ''}${message} (${rule})`
        })
    },
  }
}

function lazyGround(found: Found, request: BenchRequest): () => Promise<Ground> {
  let ground: Promise<Ground> | undefined
  const prepare = async (): Promise<Ground> => {
    request.progress('copying the modules')
    const place = { ...request, go: found.go, platforms: found.elsewhere.map(({ platform }) => platform) }
    return prepareGround(place, await request.tempFolder('copy'), await request.tempFolder('tmp'))
  }
  return () => {
    ground ??= prepare()
    return ground
  }
}
