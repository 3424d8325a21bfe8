/** All edits that one function needs where a container without a map inside takes a map's place. */
import type { Refusal } from '../../types.js'
import type { Closure } from '../closures.js'
import { type Compound, compounds } from '../compound.js'
import { Draft, type FunctionPlan } from '../draft.js'
import { tornApart, tryEach, usesGoto } from '../function.js'
import { dropWithLoad } from '../idioms.js'
import type { Method } from '../methods.js'
import { isRefusal, refuse } from '../pass.js'
import { mergeRegions, type Region, regionOf } from '../regions.js'
import { at, type Scene } from '../scene.js'
import type { Section } from '../sections.js'
import type { Touch } from '../touches.js'
import { contains, eventsOf } from '../tree.js'
import { swap } from './assignments.js'
import { getOrMake } from './gets.js'
import { wholeUse } from './lock.js'
import { clearAll, deleteSome, rangeInside, shardForms } from './shards.js'
import { type AtomicSite, asAtomic, type Company } from './sites.js'
import { takeAway, testAndSet } from './takes.js'
import { updateBetween, updateInOne } from './updates.js'

export interface MethodPlan extends FunctionPlan {
  /** Packages that edits of this function name no more, once for each time. */
  readonly unnamed: readonly string[]
}

/**
 * Every touch as a method: those that nobody else can see at the time (`alone`) one by one, compounds as one method, or under the lock of
 * their key's shard where there is one. Refused with the position of what fits neither.
 */
export function planMethods(scene: Scene, alone: readonly Touch[]): MethodPlan | Refusal {
  const draft = new Draft(scene)
  const unnamed: string[] = []
  const sites = new Map<Touch, AtomicSite | Refusal>()
  const siteOf = (touch: Touch, company: Company): AtomicSite | Refusal => {
    const site = sites.get(touch) ?? available(scene, touch, asAtomic(scene, touch, company))
    sites.set(touch, site)
    return site
  }
  const single = (touch: Touch, company: Company): Refusal | null => {
    const site = siteOf(touch, company)
    if (isRefusal(site)) return site
    draft.methods(touch, site)
    if (site.unnamed !== undefined) unnamed.push(site.unnamed)
    return null
  }
  for (const touch of alone) {
    const refusal = touch.kind === 'call' ? null : (unordered(scene, touch) ?? single(touch, 'alone'))
    if (refusal) return refusal
  }
  const groups = inSections(scene, compounds(scene.tree, scene.touches)).filter(
    ({ touches }) => touches.some(({ kind }) => kind === 'access') || touches.some(scene.lacks),
  )
  const torn = groups.find(
    ({ touches }) =>
      touches.length > 1 && touches.every(({ kind }) => kind === 'call') && touches.some(({ write }) => write),
  )
  if (torn !== undefined) return tornApart(scene, torn)
  const own = groups.filter(({ touches }) => touches.some(({ kind }) => kind === 'access'))
  const ones = own.filter(
    ({ touches }) => touches.length === 1 && touches.every((touch) => !isRefusal(siteOf(touch, 'shared'))),
  )
  const others = own.filter((group) => !ones.includes(group))
  const jump = others.length > 0 ? usesGoto(scene) : null
  if (jump) return jump
  for (const region of regionsOf(scene, draft, others, own)) {
    const refusal = tryEach(scene, draft, region, own, sectionsOf(scene, region))
    if (refusal) return whyNot(scene, region) ?? refusal
  }
  for (const touch of ones.flatMap(({ touches }) => touches)) {
    const refusal = draft.covered.has(touch) ? null : single(touch, 'shared')
    if (refusal) return refusal
  }
  return { ...draft.done(), unnamed }
}

/** A read beside a call that writes: Go evaluates calls in their order, and does not say when it reads the map; as methods both would be calls. */
function unordered(scene: Scene, touch: Touch): Refusal | null {
  const { stmt } = touch.spot.place
  const write = scene.all.find(
    ({ kind, write, spot, ev, span }) =>
      kind === 'call' && write && spot.place.stmt === stmt && ev !== touch.ev && !contains(touch.span, span),
  )
  return touch.write || write === undefined
    ? null
    : refuse(
        at(scene, touch.span),
        'the statement calls what changes the map, too, and Go does not say which comes first',
      )
}

/** Compounds that stood in one critical section are one. */
function inSections(scene: Scene, groups: readonly Compound[]): Compound[] {
  const merged: Compound[] = []
  for (const group of groups) {
    const sections = new Set(group.touches.map(({ ev }) => scene.section(ev)).filter((section) => section !== null))
    const at = merged.findIndex(({ touches }) => touches.some(({ ev }) => sections.has(scene.section(ev) ?? '')))
    const other = merged[at]
    if (other === undefined) merged.push(group)
    else
      merged[at] = {
        touches: [...other.touches, ...group.touches].sort((a, b) => a.spot.order - b.spot.order),
        why: other.why || group.why || 'they are one critical section',
      }
  }
  return merged.length < groups.length ? inSections(scene, merged) : merged
}

/** What was made, if the container has its methods in the module's Go version. */
function available<M extends { readonly methods: readonly Method[] }>(
  scene: Scene,
  touch: Touch | undefined,
  made: M | Refusal,
): M | Refusal {
  const missing = isRefusal(made) ? undefined : made.methods.find((name) => name !== 'Of' && !scene.atomic.has(name))
  if (missing === undefined || touch === undefined) return made
  const why =
    scene.section(touch.ev) === null
      ? `${scene.fn.pkg.go}'s sync.Map cannot do`
      : 'no sync.Map does at one moment, as it is done under the lock (--transform=guard keeps it)'
  return refuse(at(scene, touch.span), `it takes ${missing}, which ${why}`)
}

/** Groups that are one method by themselves are drafted; the others give regions for sections. */
function regionsOf(scene: Scene, draft: Draft, groups: readonly Compound[], all: readonly Compound[]): Region[] {
  const rest: Region[] = []
  for (const group of groups) {
    const region = { ...regionOf(scene, group.touches, group.why), touches: group.touches }
    const made = IDIOMS.map((idiom) => available(scene, group.touches[0], idiom(scene, region))).find(
      (one) => !isRefusal(one) && !holdsOthers(scene, group, one),
    )
    if (made !== undefined && !isRefusal(made)) draft.section(made, all)
    else rest.push(regionOf(scene, group.touches, group.why))
  }
  return mergeRegions(scene, rest)
}

/** Whether what runs inside the method uses the map in ways of its own, and so would wait for the method to end. */
function holdsOthers(scene: Scene, { touches }: Compound, { inside }: Closure): boolean {
  const events = new Set(eventsOf(inside))
  return scene.all.some((touch) => events.has(touch.ev) && !touches.includes(touch))
}

type Form = (scene: Scene, region: Region) => Closure | Refusal

/** Compounds that are one method. */
const IDIOMS: readonly Form[] = [dropWithLoad, takeAway, swap, testAndSet, getOrMake, updateInOne, clearAll, deleteSome]

function sectionsOf(scene: Scene, region: Region): (() => Section | Closure | Refusal)[] {
  if (!scene.atomic.has('lock')) {
    const no = (): Refusal => noMethod(scene, region)
    return [() => available(scene, region.touches[0], updateBetween(scene, region)), no]
  }
  return [() => rangeInside(scene, region), ...shardForms(scene, region)]
}

/** Why an access that is a step on its own is no method, where a section of its shard could not be it either. */
function whyNot(scene: Scene, { touches }: Region): Refusal | null {
  const [only] = touches
  const site =
    touches.length === 1 && only?.access?.depth === 0 && !only.pinned
      ? available(scene, only, asAtomic(scene, only, 'shared'))
      : null
  return site !== null && isRefusal(site) ? site : null
}

/** For a container without locks, the last word on a compound: what kept it from being one method. */
function noMethod(scene: Scene, region: Region): Refusal {
  const refusals = [...IDIOMS, updateBetween]
    .map((idiom) => available(scene, region.touches[0], idiom(scene, region)))
    .filter(isRefusal)
  const telling = refusals.find(({ reason }) =>
    /more than once|for nothing|may not run under|take the lock again|cannot do/.test(reason),
  )
  if (telling) return telling
  for (const touch of region.touches) {
    const why = wholeUse(touch)
    if (why !== null) return refuse(at(scene, touch.span), why)
  }
  const [first, second] = region.touches
  const span = (region.touches.length > 1 ? second : first)?.span ?? scene.fn.facts.span
  return refuse(at(scene, span), 'no method of a sync.Map is that step (--transform=rwmutex makes it one)')
}
