/** Writes to what a guarded map holds: fields behind its pointers, elements of its slices. The map's lock need not guard those. */
import type { Confidence, SharedMap } from '../types.js'
import type { Context } from './contexts.js'
import { mapsIn } from './elements.js'
import type { Engine } from './engine.js'
import type { Judged } from './findings.js'
import { push } from './multimap.js'
import { type AbsPath, isField, type KnownObject } from './paths.js'
import { racesBetween, type Touch } from './races.js'
import { flowOf, type Site } from './walk.js'
import { contextsOf } from './ways.js'

/** Two writes to one field of what a map holds, with no common lock. */
export interface HeldValueRace {
  readonly map: SharedMap
  /** The field that is written; the map itself for elements of its slices. */
  readonly target: KnownObject
  /** The one that holds no lock of the map's. */
  readonly bare: Site
  readonly other: Site
  readonly confidence: Confidence
}

interface Write extends Touch {
  readonly site: Site
  readonly target: KnownObject
  readonly path: AbsPath
  /** It is made to every entry, whatever the key. */
  readonly all: boolean
}

/** The races on what maps hold whose own accesses are all guarded, one a map and field. */
export function heldValueRaces(engine: Engine, judged: readonly Judged[]): readonly HeldValueRace[] {
  const guarded = new Map<string, Judged>()
  for (const j of judged) {
    const { map } = j
    if (map.guard && map.guard.held === map.guard.total && map.guard.total > 1 && j.shared)
      guarded.set(map.object.key, j)
  }
  if (guarded.size === 0) return []
  return [...writesInto(engine, guarded)].flatMap(([id, sites]) => {
    const at = guarded.get(id.split('\n')[0] ?? '')
    return at ? (raceAmong(engine, at, sites) ?? []) : []
  })
}

interface Found {
  readonly site: Site
  readonly target: KnownObject
  readonly path: AbsPath
}

/** Map and field → the statements that write it, with paths that lead through the map. */
function writesInto({ program, paths }: Engine, guarded: ReadonlyMap<string, Judged>): ReadonlyMap<string, Found[]> {
  const found = new Map<string, Found[]>()
  for (const pkg of program.packages) {
    for (const fn of program.fns(pkg)) {
      if (fn.facts.test) continue
      for (const site of flowOf(fn).sites) {
        const { ev } = site
        if (ev.k !== 'set' || ev.def) continue
        const path = paths.resolve(fn, ev.to)
        const through = path.steps.findIndex((step) => guarded.has(step))
        const [key, ...rest] = path.steps.slice(through + 1)
        if (through < 0 || key === undefined || isField(key) || rest.length === 0) continue
        // Another map, or what another goroutine handed over, has its own judgement.
        if (rest.some((step) => step === '<-' || isMapStep(paths.object(step)))) continue
        const last = rest.at(-1) ?? ''
        const target = paths.object(isField(last) ? last : (path.steps[through] ?? ''))
        if (target && target.facts.file >= 0)
          push(found, `${path.steps[through]}\n${target.facts.key}`, { site, target, path })
      }
    }
  }
  return found
}

function isMapStep(object: KnownObject | undefined): boolean {
  return object !== undefined && mapsIn(object) === 'one'
}

function raceAmong(engine: Engine, { map, owner }: Judged, found: readonly Found[]): HeldValueRace | null {
  const lock = map.guard?.object.key
  if (lock === undefined) return null
  const writes = found
    .filter(({ site }) => !isTakenOut(map, site))
    .map((write): Write => {
      const contexts = contextsOf(engine, write.site, write.path)
      return { ...write, variable: null, contents: 'w', depth: 0, contexts, all: write.path.steps.includes('*range') }
    })
  const holds = ({ held }: Context): boolean => held.some((h) => h.lock.key === lock)
  let best: HeldValueRace | null = null
  for (const [i, a] of writes.entries()) {
    for (const b of writes.slice(i)) {
      const race = racesBetween(a, b, owner)
      if (!race || (holds(race.inA) && holds(race.inB))) continue
      const mixed = holds(race.inA) !== holds(race.inB)
      // That two goroutines write to one and the same entry is certain only where one writes to all of them.
      if (!mixed && !a.all && !b.all) continue
      const sure = race.confidence === 'likely' && (a.all || b.all)
      const [bare, other] = holds(race.inA) ? [b, a] : [a, b]
      if (!best || (sure && best.confidence === 'possible'))
        best = { map, target: a.target, bare: bare.site, other: other.site, confidence: sure ? 'likely' : 'possible' }
    }
  }
  return best
}

/** What the function deletes from the map is its own from then on. */
function isTakenOut({ accesses }: SharedMap, { fn }: Site): boolean {
  return accesses.some(({ func, op }) => func === fn.facts && (op === 'delete' || op === 'replace' || op === 'clear'))
}
