/** What profiles and dumps say of maps: how they are used, how they grow, and who waits for their locks. */
import type { Frame } from '../evidence/frames.js'
import { type Dump, ownFrames } from '../evidence/incidents.js'
import { type Charge, type ChargedProfile, writes } from '../evidence/profiles.js'
import type { Access, SharedMap } from '../types.js'
import { explains } from './explains.js'
import { isIn, type Locator, type Spot } from './locate.js'
import type { AccessIndex } from './settle.js'

/** A profile, and the file that it came from. */
export interface NamedProfile extends ChargedProfile {
  readonly file: string
  /** Made from an execution trace. */
  readonly traced: boolean
}

export interface Measured {
  readonly map: SharedMap
  /** Samples of the processor that read and that write; of one label's value each where they were split. */
  readonly reads: number
  readonly writes: number
  readonly byLabel: ReadonlyMap<string, Readonly<Uses>>
  /** Bytes in use that its lines allocated, the keys and values that they make included; in each heap profile, in order. */
  readonly bytes: readonly number[]
  /** Where most of that is allocated. */
  readonly growth: Access | null
  /** Nanoseconds that goroutines waited for the lock that guards it, and of all that was waited for locks. */
  readonly waited: number
  readonly waitedInAll: number
  /** Dumps in which several goroutines were at lines that write to it, without a lock, at once. */
  readonly together: readonly Together[]
}

export interface Together {
  readonly file: string
  readonly at: number
  readonly time: string
  readonly goroutines: number
  readonly accesses: readonly Access[]
}

interface Uses {
  reads: number
  writes: number
}

type Mutable = { -readonly [K in keyof Omit<Measured, 'byLabel' | 'bytes' | 'together'>]: Measured[K] }

interface Draft extends Mutable {
  readonly byLabel: Map<string, Uses>
  readonly bytes: number[]
  readonly together: Together[]
  most: number
}

/** What evidence without a race in it says of each map that it can be brought to. Pure. */
export function measure(
  profiles: readonly NamedProfile[],
  dumps: readonly Dump[],
  maps: readonly SharedMap[],
  index: AccessIndex,
  where: Locator,
): readonly Measured[] {
  const drafts = new Map<SharedMap, Draft>()
  const of = (map: SharedMap): Draft => {
    const known = drafts.get(map) ?? fresh(map)
    drafts.set(map, known)
    return known
  }
  for (const profile of profiles) {
    if (profile.kind === 'cpu') for (const charge of profile.charges) addUse(charge, index, where, of)
    else if (profile.kind === 'heap') addGrowth(profile, index, where, of)
    else if (profile.kind === 'contention') addWaiting(profile, maps, where, of)
  }
  for (const dump of dumps) addTogether(dump, index, where, of)
  return [...drafts.values()].map(({ most: _, ...measured }) => measured)
}

function fresh(map: SharedMap): Draft {
  return {
    map,
    reads: 0,
    writes: 0,
    byLabel: new Map(),
    bytes: [],
    growth: null,
    most: 0,
    waited: 0,
    waitedInAll: 0,
    together: [],
  }
}

/** The one map that a line's operation can be about, with the access; null where there are several, or none. */
function mapOf(charge: Charge, index: AccessIndex, where: Locator): { map: SharedMap; access: Access } | null {
  const top = topOf(charge.stack, where)
  if (top === null) return null
  const kind = charge.op === null || writes(charge.op) ? 'write' : 'read'
  const party = { kind, op: charge.op, contents: true, stack: [], created: null } as const
  const fitting = index
    .at(top.spot)
    .filter(({ access }) => isIn(top.frame, access.func.display) && explains(party, access, top.lent))
  const [first] = fitting
  return first !== undefined && fitting.every(({ map }) => map === first.map) ? first : null
}

/** The innermost frame that is in the program. */
function topOf(stack: readonly Frame[], where: Locator): { frame: Frame; spot: Spot; lent: boolean } | null {
  for (const [i, frame] of stack.entries()) {
    const spot = where.locate(frame)
    if (spot !== null) return 'why' in spot ? null : { frame, spot, lent: i > 0 }
  }
  return null
}

function addUse(charge: Charge, index: AccessIndex, where: Locator, of: (map: SharedMap) => Draft): void {
  const found = charge.op === null ? null : mapOf(charge, index, where)
  if (found === null || charge.op === null) return
  const [n = 0] = charge.values
  const draft = of(found.map)
  const own: Uses = draft.byLabel.get(charge.label) ?? { reads: 0, writes: 0 }
  if (writes(charge.op)) {
    draft.writes += n
    own.writes += n
  } else {
    draft.reads += n
    own.reads += n
  }
  if (charge.label !== '') draft.byLabel.set(charge.label, own)
}

function addGrowth(
  { charges, types }: NamedProfile,
  index: AccessIndex,
  where: Locator,
  of: (map: SharedMap) => Draft,
): void {
  const inUse = types.findIndex((type) => type.startsWith('inuse_space/'))
  const here = new Map<Draft, number>()
  for (const charge of charges) {
    const found = mapOf(charge, index, where)
    const bytes = charge.values[inUse] ?? 0
    if (found === null || bytes === 0) continue
    const draft = of(found.map)
    here.set(draft, (here.get(draft) ?? 0) + bytes)
    if (bytes > draft.most) {
      draft.most = bytes
      draft.growth = found.access
    }
  }
  for (const [draft, bytes] of here) draft.bytes.push(bytes)
}

/**
 * Waiting is charged to a function's lock: the maps that it uses under a lock, where all of those have one guard. The profile names the line of
 * the Unlock, which for a deferred one is that of the return.
 */
function addWaiting(
  profile: NamedProfile,
  maps: readonly SharedMap[],
  where: Locator,
  of: (map: SharedMap) => Draft,
): void {
  const delay = profile.types.findIndex((type) => type.startsWith('delay/'))
  const guarded = maps.filter(({ guard }) => guard !== null)
  const waiting = new Set<Draft>()
  for (const charge of profile.charges) {
    const top = topOf(charge.stack, where)
    if (top === null) continue
    const held = guarded.filter(({ accesses }) =>
      accesses.some(
        ({ range, func, held: locks }) =>
          range.file === top.spot.file && locks.size > 0 && isIn(top.frame, func.display),
      ),
    )
    const [first] = held
    if (first === undefined || held.some(({ guard }) => guard?.object !== first.guard?.object)) continue
    for (const map of held) {
      of(map).waited += charge.values[delay] ?? 0
      waiting.add(of(map))
    }
  }
  const all = profile.charges.reduce((sum, { values }) => sum + (values[delay] ?? 0), 0)
  for (const draft of waiting) draft.waitedInAll += all
}

function addTogether(dump: Dump, index: AccessIndex, where: Locator, of: (map: SharedMap) => Draft): void {
  const writing = new Map<SharedMap, { goroutines: number; accesses: Set<Access> }>()
  for (const { state, stack, count } of dump.clusters) {
    if (state !== 'running' && state !== 'runnable') continue
    const top = topOf(ownFrames(stack).slice(0, 1), where)
    if (top === null) continue
    const here = index
      .at(top.spot)
      .filter(({ access }) => access.write && access.on === 'contents' && isIn(top.frame, access.func.display))
    for (const map of new Set(here.map((one) => one.map))) {
      const accesses = here.filter((one) => one.map === map && one.access.held.size === 0).map(({ access }) => access)
      if (accesses.length === 0) continue
      const known = writing.get(map) ?? { goroutines: 0, accesses: new Set() }
      known.goroutines += count
      for (const access of accesses) known.accesses.add(access)
      writing.set(map, known)
    }
  }
  for (const [map, { goroutines, accesses }] of writing) {
    if (goroutines < 2) continue
    const { file, at, time } = dump
    of(map).together.push({ file, at, time, goroutines, accesses: [...accesses] })
  }
}
