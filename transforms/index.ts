/** All transforms by name, and the planning of a run's findings with one of them. */

import { push } from '../src/analysis/multimap.js'
import { SELECTED } from '../src/analysis/rules/index.js'
import { firstConflict } from '../src/edit/index.js'
import { asIfShared, carefully } from '../src/plan/alone.js'
import type { GroupPlan } from '../src/plan/attempt.js'
import { type Container, Containers } from '../src/plan/container.js'
import { type CopyOut, copyOut } from '../src/plan/copyout.js'
import { fence } from '../src/plan/fence.js'
import { planGroup, UNCHANGED } from '../src/plan/group.js'
import { lent } from '../src/plan/lent.js'
import { circles, Nestings } from '../src/plan/order.js'
import { isRefusal, type Pass, type PlannedFix, type Request, refuse } from '../src/plan/pass.js'
import { refuseAlways, refuseLockInside } from '../src/plan/refusals.js'
import { sameHolder, together } from '../src/plan/together.js'
import type { Choice, Job, Transform } from '../src/plan/transform.js'
import type { MapFinding, Refusal, SharedMap, SuggestedFix } from '../src/types.js'
import { auto } from './auto.js'
import { notesOf } from './contained.js'
import { guard, keptGuard } from './guard.js'
import { inlineInstead } from './locked.js'
import { mutex } from './mutex.js'
import { runtime } from './runtime/index.js'
import { rwmutex } from './rwmutex.js'
import { sharded } from './sharded.js'
import { syncmap } from './syncmap.js'

export const transforms: readonly Transform[] = [auto, guard, rwmutex, mutex, sharded, syncmap]

/** One fix (or refusal) for each group of maps that findings are about, in the order of the findings. Pure. */
export function plan(findings: readonly MapFinding[], request: Request, pass: Pass): PlannedFix[] {
  const careful = new Map(
    findings.map(({ map, rule }) => {
      const narrow = lent(pass.program, carefully(pass.program, map))
      return [map, rule === SELECTED ? asIfShared(pass.program, narrow) : narrow]
    }),
  )
  const copies = new Map<SharedMap, CopyOut>()
  const kept = new Map<SharedMap, Refusal>()
  for (const [map, narrow] of careful) {
    if (wantedFor(map, request).transform !== auto) continue
    const copy = copyOut(narrow, pass)
    if (isRefusal(copy)) kept.set(narrow, copy)
    else if (copy !== null) {
      careful.set(map, copy.map)
      copies.set(copy.map, copy)
    }
  }
  const maps = [...careful.values()]
  const job: Job = {
    pass,
    request,
    containers: new Containers(runtime, pass.source, pass.program.packages, request.emit),
    maps,
    selected: new Set(findings.flatMap(({ map, rule }) => (rule === SELECTED ? (careful.get(map) ?? []) : []))),
    nestings: new Nestings(pass.program, maps),
    taken: new Set(),
    given: new Map(),
    transforms: new Map(transforms.map((one) => [one.name, one])),
  }
  const groups = partsOf(careful, request).flatMap(({ transform, style, maps: some }) => {
    const part = { ...job, request: { ...request, style } }
    return groupsOf(some, transform, part).map((group) => ({ group, transform, part }))
  })
  const drafts = uncircled(
    groups.sort(byFirst(maps)).flatMap(({ group, transform, part }) => planOne(group, transform, part)),
  )
  for (const { made, choice } of drafts) {
    if (isRefusal(made) || choice === null || !('container' in choice.lock)) continue
    const { lock } = choice
    for (const method of made.methods) lock.container.methods.add(method)
    if (lock.style === 'methods')
      for (const [name, addition] of lock.making.functions) lock.container.functions.set(name, addition)
    if (request.needed !== undefined) pool(lock.container, request.needed)
  }
  return drafts.map((draft, i) => {
    const own = findings.filter(({ map }) => draft.maps.some((other) => other === careful.get(map)))
    const planned = withCopies(
      finish(draft, `g${i + 1}`, own, job),
      draft.maps.flatMap((map) => copies.get(map) ?? []),
    )
    const why = draft.maps.map((map) => kept.get(map)).find((refusal) => refusal !== undefined)
    return isRefusal(planned.outcome) && why ? { ...planned, outcome: why } : planned
  })
}

interface Wanted {
  readonly transform: Transform
  readonly style: Request['style']
}

function wantedFor({ name }: SharedMap, request: Request): Wanted {
  const { transform, style } = request.chosen?.get(name) ?? request
  const found = request.chosen?.has(name) ? undefined : request.own
  const wanted = found ?? transforms.find((one) => one.name === transform)
  if (wanted === undefined) throw new Error(`bug: no transform ${transform}`)
  return { transform: wanted, style }
}

/** The maps by what is wanted for them. */
function partsOf(
  maps: ReadonlyMap<SharedMap, SharedMap>,
  request: Request,
): readonly (Wanted & { readonly maps: readonly SharedMap[] })[] {
  const parts: (Wanted & { maps: SharedMap[] })[] = []
  for (const [map, narrow] of maps) {
    const wanted = wantedFor(map, request)
    const known = parts.find(({ transform, style }) => transform === wanted.transform && style === wanted.style)
    if (known) known.maps.push(narrow)
    else parts.push({ ...wanted, maps: [narrow] })
  }
  return parts
}

/** Groups in the order of their first maps. */
function byFirst(
  maps: readonly SharedMap[],
): (a: { readonly group: readonly SharedMap[] }, b: { readonly group: readonly SharedMap[] }) => number {
  const first = ({ group }: { readonly group: readonly SharedMap[] }): number =>
    Math.min(...group.map((map) => maps.indexOf(map)))
  return (a, b) => first(a) - first(b)
}

/** What a container needs here, and what it was said to need before, are said to both. */
function pool(container: Container, needed: NonNullable<Request['needed']>): void {
  const { methods, functions } = needed.get(container.path) ?? container
  for (const method of [...methods]) container.methods.add(method)
  for (const [name, addition] of [...functions]) container.functions.set(name, addition)
  for (const method of container.methods) methods.add(method)
  for (const [name, addition] of container.functions) functions.set(name, addition)
  needed.set(container.path, { methods, functions })
}

/** The fix with copies in place of the maps that it handed out; held where someone outside may notice. */
function withCopies(planned: PlannedFix, copies: readonly CopyOut[]): PlannedFix {
  const { outcome } = planned
  if (isRefusal(outcome) || copies.length === 0) return planned
  const edits = [...outcome.edits, ...copies.flatMap((copy) => copy.edits)]
  const knot = firstConflict(edits)
  if (knot) return { ...planned, outcome: refuse(knot[1], 'its uses here are entangled') }
  const noticed = copies.flatMap(({ noticed }) => (noticed === '' ? [] : [noticed]))
  return {
    ...planned,
    outcome: {
      ...outcome,
      edits,
      notes: [...new Set([...outcome.notes, ...copies.map(({ note }) => note), ...noticed])],
      applicability: noticed.length > 0 ? 'unsafe' : outcome.applicability,
    },
  }
}

interface Draft {
  readonly maps: readonly SharedMap[]
  readonly transform: string
  readonly choice: Choice | null
  readonly made: GroupPlan | Refusal
}

/** Of locks that would be taken in both orders, one is not added. */
function uncircled(drafts: readonly Draft[]): Draft[] {
  const late = circles(drafts.map(({ maps, made }) => ({ maps, nesting: isRefusal(made) ? null : made.nesting })))
  return drafts.map((draft, i) => {
    const [map] = draft.maps
    const other = drafts[late.get(i) ?? -1]?.maps[0]
    if (map === undefined || other === undefined) return draft
    return {
      ...draft,
      made: refuse(map.decl, `its lock and that of ${other.object.name} would be taken in both orders`),
    }
  })
}

/** Maps with one lock are planned together: it may be taken once for several of them. */
function groupsOf(maps: readonly SharedMap[], transform: Transform, job: Job): SharedMap[][] {
  const guarded = new Map<string, SharedMap[]>()
  const bare: SharedMap[] = []
  for (const map of maps) {
    // A lock of another object is in sight of nothing that the maps have in common.
    const key = map.guard?.where === 'owner' ? undefined : map.guard?.object.key
    if (key === undefined) bare.push(map)
    else push(guarded, key, map)
  }
  const isCopied = (map: SharedMap): boolean => refuseLockInside(job.pass.program, map) !== null
  const apart =
    transform.name === 'guard'
      ? bare.map((map) => [map])
      : job.request.style === 'inline'
        ? beside(bare)
        : [
            ...beside(bare.filter(isCopied)),
            ...together(
              bare.filter((map) => !isCopied(map)),
              job.pass,
            ),
          ]
  return [...guarded.values(), ...apart]
}

/** Fields of one struct share the lock that is put beside them; so do locals of one function. */
function beside(maps: readonly SharedMap[]): SharedMap[][] {
  const groups: SharedMap[][] = []
  for (const map of maps) {
    const known = groups.find(([first]) => first !== undefined && map.kind !== 'variable' && sameHolder(first, map))
    if (known) known.push(map)
    else groups.push([map])
  }
  return groups
}

/** The group as one fix; where that is refused and the maps need not be together, each on its own. */
function planOne(group: readonly SharedMap[], transform: Transform, job: Job): Draft[] {
  const whole = draftOf(group, transform, job)
  if (!isRefusal(whole.made) || group.length < 2) return [whole]
  const parts = group.every(({ guard }) => guard !== null) ? group.map((map) => [map]) : together(group, job.pass)
  return parts.length < 2 ? [whole] : parts.map((part) => draftOf(part, transform, job))
}

function draftOf(group: readonly SharedMap[], transform: Transform, job: Job): Draft {
  const refused = (refusal: Refusal): Draft => ({ maps: group, transform: transform.name, choice: null, made: refusal })
  // A container takes the place of a lock, too.
  const kept = transform === sharded || transform === syncmap ? null : keptGuard(group, job)
  if (kept !== null) return { maps: group, transform: kept.transform, choice: kept, made: UNCHANGED }
  for (const map of group) {
    const refusal = refuseAlways(job.pass, map, job.request)
    if (refusal) return refused(refusal)
  }
  const choice = transform.choose(group, job)
  if (isRefusal(choice)) return refused(choice)
  const made = planGroup(group, choice.lock, job.pass, job.nestings, job.given)
  if (!isRefusal(made)) return { maps: group, transform: choice.transform, choice, made }
  const other = inlineInstead(group, choice, made, job)
  const again = other === null ? made : planGroup(group, other.lock, job.pass, job.nestings, job.given)
  return isRefusal(again)
    ? { maps: group, transform: choice.transform, choice, made }
    : { maps: group, transform: choice.transform, choice: other, made: again }
}

/** Fixes of one package share the wrapper's file, which has the methods that any of them calls. */
function finish(
  { maps, transform, choice, made }: Draft,
  group: string,
  findings: readonly MapFinding[],
  job: Job,
): PlannedFix {
  const planned = [...new Set(findings.map(({ map }) => map))]
  if (isRefusal(made) || choice === null) {
    if (!isRefusal(made)) throw new Error('bug: a plan without a choice')
    return { group, maps: planned, findings, outcome: made, transform }
  }
  const { lock } = choice
  const container =
    'container' in lock ? job.containers.output(lock.container) : { added: new Map<string, string>(), edits: [] }
  const fenced =
    job.request.annotate === 'checklocks' && (lock.style === 'inline' || lock.style === 'guard')
      ? fence(maps, made.lock, made.edits, job.pass)
      : { edits: [], notes: [] }
  const outcome: SuggestedFix = {
    kind: 'fix',
    message: [said(maps, choice, made), choice.because].filter((text) => text !== '').join('; '),
    edits: [...made.edits, ...fenced.edits, ...container.edits],
    added: container.added,
    notes: [
      ...(choice.because === '' ? [] : [choice.because]),
      ...(lock.style === 'methods' ? notesOf(lock.container.kind, made.methods) : []),
      ...fenced.notes,
    ],
    compound: made.compound,
    applicability: 'safe',
    transform,
  }
  return { group, maps: planned, findings, outcome, transform }
}

function said(maps: readonly SharedMap[], { lock }: Choice, made: GroupPlan): string {
  const names = maps.map(({ object }) => object.name).join(', ')
  if (made === UNCHANGED) return `nothing is left to do for ${names}`
  if (lock.style === 'guard') return `${made.lock} is taken where ${names} was used without it`
  if (lock.style === 'methods')
    return `${names} is ${lock.container.kind === 'sharded' ? 'in shards, each with a lock' : 'a sync.Map with types'}, as ${lock.container.type}`
  const what = lock.kind === 'rwmutex' ? 'an RWMutex' : 'a Mutex'
  return lock.style === 'wrapper'
    ? `${names} is wrapped with ${what}, as ${lock.container.type}`
    : `${made.lock}, ${what}, guards ${names}`
}
