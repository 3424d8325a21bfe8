/** All edits that one function needs for one group of maps. */
import type { FuncFacts } from '../facts.js'
import type { Refusal, SharedMap } from '../types.js'
import { type Closure, closure, guardClause } from './closures.js'
import { type Apart, type Compound, compounds } from './compound.js'
import { conditionInPlace } from './conditions.js'
import { deferredDelete, happensLater } from './deferred.js'
import { Draft, type FunctionPlan } from './draft.js'
import { readBefore, readInPlace, splitInit, valueBefore } from './headers.js'
import { dropWithLoad } from './idioms.js'
import { isRefusal, refuse } from './pass.js'
import { adjoin, aroundLoops, joined, mergeRegions, type Region, regionOf, spanOf, statementsOf } from './regions.js'
import { at, type Scene } from './scene.js'
import { plainRun, type Section, toTheEnd } from './sections.js'
import { asMethod } from './sites.js'
import { keysFirst } from './snapshot.js'
import type { Touch } from './touches.js'

/** Puts every touch that needs it under the lock, compounds whole; refused with the position of what is in the way. */
export function planFunction(scene: Scene): FunctionPlan | Refusal {
  const plan = planWith(scene)
  if (!isRefusal(plan) || scene.maps.length < 2) return plan
  const less = planWith(scene, (a, b) => !usedTogether(scene, a, b))
  return isRefusal(less) ? plan : less
}

/** Another function of the program, tests aside, uses both maps. */
function usedTogether({ fn }: Scene, a: SharedMap, b: SharedMap): boolean {
  const users = (map: SharedMap): Set<FuncFacts> =>
    new Set(map.accesses.filter(({ op, func }) => op !== 'init' && !func.test).map(({ func }) => func))
  const both = users(a)
  return [...users(b)].some((func) => func !== fn.facts && both.has(func))
}

function planWith(scene: Scene, unkept?: Apart): FunctionPlan | Refusal {
  const live = scene.touches.filter((touch) => touch.needs)
  // What a test does with calls is the test's: its steps are its own.
  const tied = scene.fn.facts.test ? scene.touches.filter((touch) => touch.kind === 'access') : scene.touches
  const groups = compounds(scene.tree, tied, unkept).filter((group) =>
    group.touches.some((touch) => touch.needs || (touch.kind === 'call' && scene.lacks(touch))),
  )
  const torn = groups.find(
    (group) =>
      group.touches.length > 1 &&
      !group.touches.some((touch) => touch.needs) &&
      group.touches.some((touch) => touch.write),
  )
  if (torn !== undefined) return tornApart(scene, torn)
  const draft = new Draft(scene)
  if (live.length === 0) return draft.done()
  const own = groups.filter((group) => group.touches.some((touch) => touch.needs))
  const single = own.every((group) => group.touches.length === 1)
  const apart = single && scene.place.where === 'wrapper' && live.every((touch) => asMethod(scene.page, touch) !== null)
  const jump = usesGoto(scene)
  if (jump && !apart) return jump
  const readsOnly = live.every((touch) => !touch.write)
  const steps = own.flatMap((group) => group.touches)
  if (!(apart && (live.length === 1 || !readsOnly || jump))) {
    const whole = toTheEnd(scene, regionOf(scene, steps, ''))
    if (!isRefusal(whole)) {
      draft.section(whole, own)
      return draft.done()
    }
  }
  const refusal = planSteps(scene, draft, own)
  if (refusal === null) return draft.done()
  const around = scene.fn.facts.test ? null : aroundLoops(scene, steps)
  const whole = around === null ? refusal : toTheEnd(scene, around)
  if (isRefusal(whole)) return refusal
  const again = new Draft(scene)
  again.section(whole, own)
  return again.done()
}

/** A section, or more than one, for each of the steps. */
function planSteps(scene: Scene, draft: Draft, own: readonly Compound[]): Refusal | null {
  const lone = own.filter((group) => isMethod(scene, group))
  const regions = mergeRegions(
    scene,
    own.filter((group) => !lone.includes(group)).map((group) => regionOf(scene, group.touches, group.why)),
  )
  for (const run of runsOf(regions)) {
    if (run.length > 1 && tryForms(scene, draft, joined(scene, run), own) === null) continue
    for (const region of run) {
      const refusal = planRegion(scene, draft, region, own)
      if (refusal) return refusal
    }
  }
  for (const group of lone) {
    const around = regionOf(scene, group.touches, '')
    // A header's statement may hold sections that are made.
    const begun = around.touches.some((touch) => draft.covered.has(touch))
    const refusal = begun ? missing(scene, draft, group) : planRegion(scene, draft, around, own)
    if (refusal) return refusal
  }
  return null
}

/** One section for the region; where that can't be, one for each of the steps in it that nothing ties together. */
function planRegion(scene: Scene, draft: Draft, region: Region, groups: readonly Compound[]): Refusal | null {
  if (region.touches.every((touch) => !touch.needs || draft.covered.has(touch))) return null
  const whole = isMethod(scene, region) ? asOneMethod(scene, draft, region) : tryForms(scene, draft, region, groups)
  if (whole === null) return null
  // Calls that nothing ties to the accesses take the lock for themselves, outside.
  const parts = groups.filter((group) => group.touches.some((touch) => touch.needs && region.touches.includes(touch)))
  if (parts.length < 2 && parts.every(({ touches }) => touches.length === region.touches.length)) return whole
  for (const { touches, why } of parts) {
    const [only] = touches
    if (touches.every((touch) => !touch.needs || draft.covered.has(touch))) continue
    const part = { ...regionOf(scene, touches, why), touches }
    const single = touches.length === 1 && only !== undefined
    if (isMethod(scene, part)) asOneMethod(scene, draft, part)
    else if (single && tryInPlace(scene, draft, part, only, groups) === null) continue
    else if (regionOf(scene, touches, why).touches.some((touch) => draft.covered.has(touch))) return whole
    else if (tryForms(scene, draft, regionOf(scene, touches, why), groups) !== null) return whole
  }
  return null
}

/** Regions that follow one another directly, for one section. */
function runsOf(regions: readonly Region[]): Region[][] {
  const runs: Region[][] = []
  for (const region of regions) {
    const last = runs.at(-1)
    const before = last?.at(-1)
    if (last && before && adjoin(before, region)) last.push(region)
    else runs.push([region])
  }
  return runs
}

/** A single access that is a method of the wrapper by itself. */
function isMethod(scene: Scene, { touches }: Pick<Region, 'touches'>): boolean {
  const [only] = touches
  return (
    scene.place.where === 'wrapper' && touches.length === 1 && only !== undefined && asMethod(scene.page, only) !== null
  )
}

/** The method, unless something has it under the lock already. */
function missing(scene: Scene, draft: Draft, group: Compound): null {
  return group.touches.every((touch) => draft.covered.has(touch)) ? null : asOneMethod(scene, draft, group)
}

function asOneMethod(scene: Scene, draft: Draft, { touches }: Pick<Region, 'touches'>): null {
  const [only] = touches
  const site = only === undefined ? null : asMethod(scene.page, only)
  if (only === undefined || site === null) throw new Error('bug: no method for the access')
  draft.method(only, site.method, site.edits)
  return null
}

/** The forms that leave the statement around the access as it is. */
function tryInPlace(
  scene: Scene,
  draft: Draft,
  region: Region,
  only: Touch,
  groups: readonly Compound[],
): Refusal | null {
  if (only.access?.inTest) return refuse(at(scene, only.span), 'a test does without')
  for (const form of [splitInit, readBefore, valueBefore, keysFirst]) {
    const made = form(scene, region)
    if (isRefusal(made)) continue
    draft.section(made, groups)
    return null
  }
  const made = readInPlace(scene, only)
  if (isRefusal(made)) return made
  draft.section(made, groups)
  return null
}

/** Tries the forms in the order in which a person would write them. */
function tryForms(scene: Scene, draft: Draft, region: Region, groups: readonly Compound[]): Refusal | null {
  const [only] = region.touches
  const alone = region.touches.length === 1 && only !== undefined ? only : null
  const sections: (() => Section | Closure | Refusal)[] = [
    () => toTheEnd(scene, region),
    () => plainRun(scene, region),
    () => splitInit(scene, region),
    () => readBefore(scene, region),
    () => valueBefore(scene, region),
    () => dropWithLoad(scene, region),
    () => closure(scene, region),
    () => keysFirst(scene, region),
    () => guardClause(scene, region),
    () => conditionInPlace(scene, region),
    ...(alone === null ? [] : [() => readInPlace(scene, alone)]),
  ]
  if (region.touches.some(happensLater))
    return tryEach(
      scene,
      draft,
      region,
      groups,
      [() => toTheEnd(scene, region), () => deferredDelete(scene, region)],
      true,
    )
  // In a test only what a person would not mind to read there.
  const plain = region.touches.every(({ access }) => access === null || access.inTest)
  return tryEach(scene, draft, region, groups, plain && scene.fn.facts.test ? sections.slice(0, 2) : sections)
}

/** The first of the forms that can be; else the refusal that tells most, or the last one. */
export function tryEach(
  scene: Scene,
  draft: Draft,
  region: Region,
  groups: readonly Compound[],
  forms: readonly (() => Section | Closure | Refusal)[],
  last = false,
): Refusal | null {
  const refusals: Refusal[] = []
  for (const form of forms) {
    const made = form()
    if (!isRefusal(made)) {
      draft.section(made, groups)
      return null
    }
    refusals.push(made)
  }
  return explain(scene, region, last ? refusals.slice(-1) : refusals)
}

/** The first goto of the function: no section may be put between it and its label. */
export function usesGoto(scene: Scene): Refusal | null {
  const jump = [...scene.tree.places.keys()].find((stmt) => stmt.k === 'branch' && stmt.tok === 'goto')
  return jump === undefined
    ? null
    : refuse({ file: scene.page.path, start: jump.span[0], end: jump.span[1] }, `${scene.fn.facts.display} uses goto`)
}

/** One step of several calls each of which takes the lock for itself. */
export function tornApart(scene: Scene, { touches, why }: Compound): Refusal {
  const [first, second] = touches
  const span = (second ?? first)?.span ?? scene.fn.facts.span
  const name = first?.map.object.name ?? ''
  return refuse(
    { file: scene.page.path, start: span[0], end: span[1] },
    `these calls are one step on ${name} (${why}), but each would take the lock for itself`,
  )
}

/** The refusal of the plainest form that says what is in the way. */
function explain(scene: Scene, region: Region, refusals: readonly Refusal[]): Refusal {
  const telling = refusals.find(({ reason }) =>
    /may not run under|take the lock again|in between|two objects|already holds|be held here already|which leads|alias|written twice/.test(
      reason,
    ),
  )
  const first = telling ?? refusals[1] ?? refusals[0]
  const [start, end] = spanOf(statementsOf(region))
  if (first === undefined) return refuse({ file: scene.page.path, start, end }, 'the accesses cannot be made one step')
  const why = region.touches.length > 1 && region.why !== '' ? `these accesses are one step (${region.why}), but ` : ''
  return refuse(first.at, `${why}${first.reason}`)
}
