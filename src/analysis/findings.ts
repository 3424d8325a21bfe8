import type { Access, Finding, LockMode, MapKind, Range, SharedMap } from '../types.js'
import { mapsIn } from './elements.js'
import type { Engine } from './engine.js'
import { escapeBehind } from './escapes.js'
import {
  heldAt,
  inferGuard,
  isExclusive,
  isForOthers,
  isLockType,
  isNamedForAnother,
  lockType,
  promotedFields,
} from './guards.js'
import { opposite } from './heldsets.js'
import { accessOf, type MapUses, type Use, useRange } from './maps.js'
import type { KnownObject } from './paths.js'
import { ownerName, typeAt } from './program.js'
import { mayMeet, type Ownership, type Race, racesBetween } from './races.js'
import { inTestAlone, reachesOf } from './reached.js'
import { stdEffect } from './stdlib.js'
import { type Sweep, sweepBehind, sweepMessage, sweepPlaces, sweepsOf } from './sweeps.js'

/** A map with all that is said of it; race is the surest one, or null. */
export interface Judged {
  readonly map: SharedMap
  readonly race: Race | null
  /** The loop without which nothing would race: it changes the map that it ranges over. */
  readonly sweep: Sweep | null
  readonly shared: boolean
  readonly uses: readonly Use[]
  readonly owner: Ownership
}

/** Judges one map: who guards it, how goroutines reach it, and the surest race on it. */
export function judge(engine: Engine, { object, uses }: MapUses): Judged {
  const guard = inferGuard(engine, object, uses)
  const owner = ownership(engine, object, uses)
  // Only what its function starts can meet the use of a local: after it has waited for that, nothing does.
  const local = object.facts.kind === 'local'
  const isAlone = (use: Use): boolean =>
    isExclusive(use) || (local && use.contexts.length > 0 && !uses.some((other) => mayMeet(use, other, owner)))
  const accesses = uses.map((use) => toAccess(engine, use, isAlone(use)))
  const map: SharedMap = {
    name: object.facts.key,
    kind: mapKind(object.facts.kind),
    object: object.facts,
    pkg: object.pkg,
    type: typeAt(object.pkg, object.facts.type).text,
    decl: {
      file: object.pkg.files[object.facts.file]?.path ?? '',
      start: object.facts.span[0],
      end: object.facts.span[1],
    },
    accesses,
    guard,
    escapes: uses.flatMap((use) => escapeOf(engine, use)),
  }
  const shared = uses.some((use) =>
    use.contexts.some(
      (c) =>
        !c.owned &&
        (c.spawn !== null || c.parallel.size > 0 || c.root === 'handler' || (c.root === 'api' && owner.concurrent)),
    ),
  )
  return { map, ...racesAmong(uses, owner), shared, uses, owner }
}

/** The judgement as it is without the accesses that someone vouches for, by where they stand. */
export function rejudge(judged: Judged, isVouched: (at: Range) => boolean): Judged {
  const uses = judged.uses.filter((use) => !isVouched(useRange(use)))
  return { ...judged, ...racesAmong(uses, judged.owner) }
}

function racesAmong(uses: readonly Use[], owner: Ownership): Pick<Judged, 'race' | 'sweep'> {
  let race: Race | null = null
  const races: Race[] = []
  for (const [i, a] of uses.entries()) {
    for (const b of uses.slice(i)) {
      const found = racesBetween(a, b, owner)
      if (found) races.push(found)
      if (found && (!race || better(found, race))) race = found
    }
  }
  const alike = races.filter(({ confidence }) => confidence === race?.confidence)
  return { race, sweep: sweepBehind(alike, sweepsOf(uses)) }
}

/** The races that belong to one rule, as findings. */
export function racesOf(judged: readonly Judged[], rule: string): Finding[] {
  return judged.flatMap((one) => {
    const finding = raceOf(one)
    return finding?.rule === rule ? [finding] : []
  })
}

const said = new WeakMap<Judged, Finding | null>()

/** The finding for the map's race, whichever rule it belongs to; each rule asks for its own. */
function raceOf(judged: Judged): Finding | null {
  let known = said.get(judged)
  if (known === undefined) {
    known = toFinding(judged)
    said.set(judged, known)
  }
  return known
}

function toFinding(judged: Judged): Finding | null {
  const { map, race, sweep } = judged
  if (!race) return null
  const [a, b] = [accessOf(map, race.a), accessOf(map, race.b)]
  if (!a || !b) return null
  const [first, second] = a.write || !b.write ? [a, b] : [b, a]
  const taken = escapeBehind(judged, race)
  const rule = race.readLock
    ? 'write-under-rlock'
    : sweep
      ? 'delete-in-range'
      : isOfInnerMaps(judged, race)
        ? 'shared-map-value'
        : taken
          ? 'guarded-map-escapes'
          : map.guard && map.guard.held * 2 >= map.guard.total
            ? 'inconsistent-guard'
            : 'unguarded-map'
  return {
    rule,
    map,
    subject: null,
    at: taken && rule === 'guarded-map-escapes' ? useRange(taken) : first.range,
    confidence: race.confidence,
    message: sweep && rule === 'delete-in-range' ? sweepMessage(map, sweep, race) : message(rule, map, first),
    racing: [first, second],
    related: sweep && rule === 'delete-in-range' ? sweepPlaces(map, sweep) : [],
  }
}

/** Whether the maps race that this one holds, while a lock guards this one itself. */
function isOfInnerMaps({ map, uses }: Judged, { a, b }: Race): boolean {
  const outer = uses.filter((use) => use.depth === 0 && use.contexts.length > 0 && !isExclusive(use))
  const lock = map.guard?.object.key
  return (
    a.depth > 0 && b.depth > 0 && lock !== undefined && outer.length > 0 && outer.every((use) => heldAt(use).has(lock))
  )
}

function message(rule: string, map: SharedMap, write: Access): string {
  const { name } = map.object
  const { guard } = map
  const lock = guard ? guard.object.name : ''
  if (rule === 'write-under-rlock')
    return `${name} is written under a read lock, which other readers hold at the same time`
  if (rule === 'shared-map-value')
    return `${lock} guards ${name}, but not the maps that it holds: one of them is written here, and used by others at the same time`
  if (rule === 'guarded-map-escapes')
    return `${name} is taken here under ${lock}, and used after ${lock} is given up, while others write it`
  if (rule === 'inconsistent-guard' && guard)
    return `${lock} is held at ${guard.held} of ${guard.total} accesses of ${name}, and missing here`
  const how = write.reached[0]
  if (write.held.size > 0)
    return `${name} is written under ${[...write.held.keys()].join(', ')}, and used by others at the same time who do not hold it`
  return `${name} is written without a lock${how ? ` (${how.what.replace(/,$/, '')})` : ''}, and used by others at the same time`
}

/** A write by a goroutine that exists beats one by callers unknown; then the earlier in the source. */
function better(a: Race, b: Race): boolean {
  const rank = (r: Race): number => (r.confidence === 'likely' ? 4 : 0) + (r.inA.spawn ? 1 : 0) + (r.inB.spawn ? 1 : 0)
  return rank(a) > rank(b)
}

const SAFE =
  /(safe|intended|meant|ok|okay)\s+(for|to)\s+(be\s+)?(use[d]?\s+|call(ed)?\s+|access(ed)?\s+)?(by\s+|from\s+|in\s+)?(concurrent|multiple goroutines|simultaneous|several goroutines|parallel)|(goroutine|thread|concurrency|race)[- ]safe|concurrent(ly)?[- ]safe|may be called concurrently|called by multiple goroutines|used by multiple goroutines/i
const UNSAFE =
  /\b(not|n't|never|un)\s*(be\s+)?(\w+\s+){0,2}?(safe|concurrent|goroutine-safe|thread-safe)|must not be (called|used) concurrently|unsafe for concurrent/i

/** Types whose values belong to one request or call, by what they are called in Go. */
const PER_CALL =
  /(Request|Response|Context|Ctx|Message|Event|Options?|Config|Params|Args|Builder|Header|Values|Form|Error)s?$/

/**
 * Whether the map's type promises that its API may be used by several goroutines: it says so, its package serves requests, or it holds a lock
 * that is not for other fields. Callers who set an exported field do so before they share the object.
 */
function ownership(engine: Engine, object: KnownObject, uses: readonly Use[]): Ownership {
  const elements = mapsIn(object) === 'elements'
  const unshared = unsharedWhen(uses)
  const inTests = uses.length > 0 && uses.every((use) => use.fn.facts.test)
  // Two callers each bring a map of their own.
  if (object.facts.kind === 'param' || object.facts.kind === 'receiver')
    return { concurrent: false, promise: null, unsafe: true, inTests, elements, unshared }
  const type = object.facts.owner === undefined ? undefined : engine.program.named.get(object.facts.owner)
  const locked = uses.some((use) => heldAt(use).size > 0)
  const unsafe = UNSAFE.test(type ? type.facts.doc : object.pkg.doc)
  const mostly = uses.filter((use) => heldAt(use).size > 0).length * 2 >= uses.filter((use) => !isExclusive(use)).length
  const written = writersLock(engine, object, uses) !== null
  const promised = (promise: Ownership['promise']): Ownership => ({
    concurrent: promise !== null,
    promise,
    unsafe,
    inTests,
    elements,
    unshared,
  })
  if (!type) return promised(((locked && mostly) || written) && !unsafe ? 'locked' : null)
  const { doc } = type.facts
  if (unsafe) return promised(null)
  const holdsLock = promotedFields(engine, type.facts.key).some(
    (field) =>
      isLockType(lockType(field)) && !isNamedForAnother(engine, field, object) && mayGuard(field, object, locked),
  )
  const serves =
    type.facts.exported &&
    !PER_CALL.test(type.facts.name) &&
    type.pkg.named.some((t) => t.exported && t.methods.some((key) => key.endsWith('.ServeHTTP')))
  if (SAFE.test(doc)) return promised('doc')
  if (!object.facts.exported && (holdsLock || serves)) return promised(holdsLock ? 'lock' : 'serves')
  return promised(written ? 'locked' : null)
}

/** The opposites of the flags under which a lock is taken. */
function unsharedWhen(uses: readonly Use[]): ReadonlySet<string> {
  const flags = uses.flatMap(({ contexts }) => contexts.flatMap(({ held }) => held.flatMap(({ when }) => when ?? [])))
  return new Set(flags.map(opposite))
}

/** The lock, of the map's struct or a variable, that every writer holds: who takes it expects others. */
function writersLock(engine: Engine, object: KnownObject, uses: readonly Use[]): string | null {
  const writes = uses.filter(
    (use) => (use.variable === 'w' || use.contents === 'w') && !isExclusive(use) && !use.fn.facts.test,
  )
  const [first, ...rest] = writes.map((use) => heldAt(use))
  const common = [...(first ?? [])].filter(([key]) => rest.every((held) => held.get(key) === 'w'))
  const found = common.find(([key, mode]) => {
    const lock = engine.paths.object(key)
    return (
      mode === 'w' &&
      lock &&
      (lock.facts.kind === 'package' || (lock.facts.kind === 'field' && lock.facts.owner === object.facts.owner))
    )
  })
  return found?.[0] ?? null
}

/** A lock named for something else (closeNotifierMu), or said to guard other fields, says nothing about this map. */
function mayGuard(lock: KnownObject, map: KnownObject, locked: boolean): boolean {
  const { name, embedded } = lock.facts
  if (name.toLowerCase().includes(map.facts.name.toLowerCase())) return true
  if (isForOthers(lock, map)) return false
  return (
    locked ||
    embedded === true ||
    /^(mu|mtx|mux|mutex|lock|lck|lk|rw|rwmu|rwmtx|rwmutex|rwlock|m|l|sync|guard|locker)$/i.test(name)
  )
}

function mapKind(kind: string): MapKind {
  return kind === 'field' ? 'field' : kind === 'package' ? 'variable' : 'local'
}

const converted = new WeakMap<Use, Access>()

function toAccess(engine: Engine, use: Use, exclusive: boolean): Access {
  const known = converted.get(use)
  if (known) return known
  const range = useRange(use)
  const [start, end] = use.ev.x
  const live = use.contexts.filter((c) => !c.owned)
  const access: Access = {
    op: use.ev.op,
    on: use.ev.on,
    write: use.variable === 'w' || use.contents === 'w',
    range,
    operand: { ...range, start, end },
    pkg: use.fn.pkg,
    func: use.fn.facts,
    event: use.ev,
    depth: use.depth,
    alias: use.alias,
    held: heldNames(engine, use),
    reached: reachesOf(live),
    inTest: inTestAlone(use.fn, live),
    exclusive,
  }
  converted.set(use, access)
  return access
}

function heldNames(engine: Engine, use: Use): ReadonlyMap<string, LockMode> {
  const names = new Map<string, LockMode>()
  for (const [key, mode] of heldAt(use)) names.set(lockName(engine, key), mode)
  return names
}

/** A lock, or whatever else an object's key names, for people: "Store.mu", "mu". */
export function lockName(engine: Engine, key: string): string {
  const lock = engine.paths.object(key)
  const owner = lock && ownerName(lock.facts)
  return lock ? (owner ? `${owner}.${lock.facts.name}` : lock.facts.name) : key
}

/** Where the map's value goes out of sight. */
function escapeOf(engine: Engine, use: Use): { at: Range; why: string }[] {
  const { ev, fn } = use
  if (ev.op !== 'read' && ev.op !== 'addr') return []
  const at = useRange(use)
  const out = (why: string): { at: Range; why: string }[] => [{ at, why }]
  if (ev.op === 'addr') return out('its address is taken')
  switch (ev.use) {
    case 'return':
      return engine.callers.of(fn).some((c) => c.how === 'root') || fn.facts.kind === 'literal'
        ? out(`${fn.facts.display} returns the map itself`)
        : []
    case 'send':
      return out('the map itself is sent to another goroutine')
    case 'element':
      return out('the map itself is stored in another value')
    case 'interface':
      return out('the map is converted to an interface')
    case 'call': {
      if (!ev.callee || ev.callee.startsWith('builtin.'))
        return ev.callee ? [] : out('the map is passed to a function that is not known')
      if (engine.program.funcs.has(ev.callee)) return []
      return stdEffect(ev.callee)?.maps[ev.arg ?? -1] ? [] : out(`the map is passed to ${ev.callee}`)
    }
    default:
      return []
  }
}
