/** All edits that one function needs for one group of maps. */
import type { CompoundUse, Refusal, TextEdit } from '../types.js'
import { type Closure, closure, guardClause } from './closures.js'
import { type Compound, compounds } from './compound.js'
import { deferredDelete, happensLater } from './deferred.js'
import { readBefore, readInPlace, splitInit, valueBefore } from './headers.js'
import { dropWithLoad } from './idioms.js'
import type { Method } from './methods.js'
import { isRefusal, refuse } from './pass.js'
import { type Region, adjoin, joined, mergeRegions, regionOf, spanOf, statementsOf } from './regions.js'
import type { Scene } from './scene.js'
import { type Section, plainRun, toTheEnd } from './sections.js'
import { asMethod } from './sites.js'
import type { Touch } from './touches.js'

export interface FunctionPlan {
  readonly edits: readonly TextEdit[]
  /** Touches whose own text is rewritten already. */
  readonly rewritten: ReadonlySet<Touch>
  /** Touches that a critical section of this function covers. */
  readonly covered: ReadonlySet<Touch>
  readonly methods: ReadonlySet<Method>
  readonly compound: readonly CompoundUse[]
}

/** Puts every touch that needs it under the lock, compounds whole; refused with the position of what is in the way. */
export function planFunction(scene: Scene): FunctionPlan | Refusal {
  const live = scene.touches.filter((touch) => touch.needs)
  const groups = compounds(scene.tree, scene.touches).filter((group) => group.touches.some((touch) => touch.needs || touch.kind === 'call'))
  const torn = groups.find((group) => group.touches.length > 1 && !group.touches.some((touch) => touch.needs) && group.touches.some((touch) => touch.write))
  if (torn !== undefined) return tornApart(scene, torn)
  const draft = new Draft(scene)
  if (live.length === 0) return draft.done()
  const own = groups.filter((group) => group.touches.some((touch) => touch.needs))
  const single = own.every((group) => group.touches.length === 1)
  const apart = single && scene.place.where === 'wrapper' && live.every((touch) => asMethod(scene.page, touch) !== null)
  const readsOnly = live.every((touch) => !touch.write)
  if (!(apart && (live.length === 1 || !readsOnly))) {
    const whole = toTheEnd(scene, regionOf(scene, live, ''))
    if (!isRefusal(whole)) {
      draft.section(whole, own)
      return draft.done()
    }
  }
  const regions = mergeRegions(scene, own.map((group) => regionOf(scene, group.touches, group.why)))
  for (const run of runsOf(scene, regions)) {
    if (run.length > 1 && !isRefusal(tryForms(scene, draft, joined(scene, run), own))) continue
    for (const region of run) {
      if (region.touches.every((touch) => !touch.needs || draft.covered.has(touch))) continue
      const refusal = tryForms(scene, draft, region, own)
      if (isRefusal(refusal)) return refusal
    }
  }
  return draft.done()
}

/** Regions that follow one another directly, for one section; methods of the wrapper stand alone. */
function runsOf(scene: Scene, regions: readonly Region[]): Region[][] {
  const runs: Region[][] = []
  for (const region of regions) {
    const last = runs.at(-1)
    const before = last?.at(-1)
    if (last && before && adjoin(before, region) && !isMethod(scene, before) && !isMethod(scene, region)) last.push(region)
    else runs.push([region])
  }
  return runs
}

/** A single access that is a method of the wrapper by itself. */
function isMethod(scene: Scene, { touches }: Region): boolean {
  const [only] = touches
  return scene.place.where === 'wrapper' && touches.length === 1 && only !== undefined && asMethod(scene.page, only) !== null
}

/** Tries the forms in the order in which a person would write them. */
function tryForms(scene: Scene, draft: Draft, region: Region, groups: readonly Compound[]): Refusal | null {
  const [only] = region.touches
  const alone = region.touches.length === 1 && only !== undefined ? only : null
  if (alone !== null && scene.place.where === 'wrapper') {
    const site = asMethod(scene.page, alone)
    if (site !== null) {
      draft.method(alone, site.method, site.edits)
      return null
    }
  }
  const sections: (() => Section | Closure | Refusal)[] = [
    () => toTheEnd(scene, region),
    () => deferredDelete(scene, region),
    () => plainRun(scene, region),
    () => splitInit(scene, region),
    () => readBefore(scene, region),
    () => valueBefore(scene, region),
    () => dropWithLoad(scene, region),
    () => closure(scene, region),
    () => guardClause(scene, region),
    ...(alone === null ? [] : [() => readInPlace(scene, alone)]),
  ]
  const refusals: Refusal[] = []
  const late = region.touches.some(happensLater)
  for (const form of late ? sections.slice(0, 2) : sections) {
    const made = form()
    if (!isRefusal(made)) {
      draft.section(made, groups)
      return null
    }
    refusals.push(made)
  }
  return explain(scene, region, refusals)
}

/** One step of several calls each of which takes the lock for itself. */
function tornApart(scene: Scene, { touches, why }: Compound): Refusal {
  const [first, second] = touches
  const span = (second ?? first)?.span ?? scene.fn.facts.span
  const name = first?.map.object.name ?? ''
  return refuse({ file: scene.page.path, start: span[0], end: span[1] }, `these calls are one step on ${name} (${why}), but each would take the lock for itself`)
}

/** The refusal of the plainest form that says what is in the way. */
function explain(scene: Scene, region: Region, refusals: readonly Refusal[]): Refusal {
  const telling = refusals.find(({ reason }) => /may not run under|take the lock again|in between|two objects|already holds|which leads|alias|written twice/.test(reason))
  const first = telling ?? refusals[1] ?? refusals[0]
  const [start, end] = spanOf(statementsOf(region))
  if (first === undefined) return refuse({ file: scene.page.path, start, end }, 'the accesses cannot be made one step')
  const why = region.touches.length > 1 && region.why !== '' ? `these accesses are one step (${region.why}), but ` : ''
  return refuse(first.at, `${why}${first.reason}`)
}

/** What has been decided so far. */
class Draft {
  readonly covered = new Set<Touch>()
  readonly #edits: TextEdit[] = []
  readonly #rewritten = new Set<Touch>()
  readonly #methods = new Set<Method>()
  readonly #compound: CompoundUse[] = []
  readonly #scene: Scene

  constructor(scene: Scene) {
    this.#scene = scene
  }

  method(touch: Touch, method: Method, edits: readonly TextEdit[]): void {
    this.#edits.push(...edits)
    this.#methods.add(method)
    this.#rewritten.add(touch)
    this.covered.add(touch)
  }

  section(made: Section | Closure, groups: readonly Compound[]): void {
    this.#edits.push(...made.edits)
    for (const touch of made.covered) this.covered.add(touch)
    if ('methods' in made) for (const method of made.methods) this.#methods.add(method)
    if (made.rewritten) for (const touch of made.rewritten) this.#rewritten.add(touch)
    for (const { touches } of groups) {
      const [first] = touches
      const update = touches.length === 1 && first?.access?.op === 'update'
      if (first === undefined || (touches.length < 2 && !update) || !made.covered.includes(first)) continue
      this.#compound.push({
        at: { file: this.#scene.page.path, start: first.span[0], end: first.span[1] },
        operations: update ? 2 : touches.length,
        now: made.now ?? 'one critical section',
      })
    }
  }

  done(): FunctionPlan {
    return { edits: this.#edits, rewritten: this.#rewritten, covered: this.covered, methods: this.#methods, compound: this.#compound }
  }
}
