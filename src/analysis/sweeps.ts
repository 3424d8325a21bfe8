import type { Place, SharedMap } from '../types.js'
import { accessOf, type Use } from './maps.js'
import { samePath } from './paths.js'
import type { Race } from './races.js'

/** A loop that ranges over a map and, in its body, takes from the map or puts into it. */
export interface Sweep {
  readonly range: Use
  /** In the order of the source. */
  readonly changes: readonly Use[]
}

/** The loops over a map that change the map they range over. What a callee changes is not seen. */
export function sweepsOf(uses: readonly Use[]): readonly Sweep[] {
  return uses.flatMap((range) => {
    const { stmt } = range.site
    if (range.ev.op !== 'range' || stmt.k !== 'range') return []
    const [start, end] = stmt.block.span
    const changes = uses.filter(
      ({ fn, ev, map }) =>
        fn === range.fn &&
        ev.write &&
        ev.on === 'contents' &&
        ev.span[0] >= start &&
        ev.span[1] <= end &&
        samePath(map, range.map),
    )
    return changes.length > 0 ? [{ range, changes }] : []
  })
}

/** The sweep that is a party to every one of the races: without it there would be none. */
export function sweepBehind(races: readonly Race[], sweeps: readonly Sweep[]): Sweep | null {
  if (races.length === 0) return null
  return sweeps.find((sweep) => races.every(({ a, b }) => isPart(sweep, a) || isPart(sweep, b))) ?? null
}

/** Which loop changes the map, and who is at it meanwhile. */
export function sweepMessage(map: SharedMap, sweep: Sweep, { a, b }: Race): string {
  const { name } = map.object
  const { range, changes } = sweep
  const does = changes.every(({ ev }) => ev.op === 'delete') ? 'deletes from' : 'changes'
  const other = accessOf(map, isPart(sweep, a) ? b : a)
  const who = isPart(sweep, a) && isPart(sweep, b) ? 'another goroutine at this loop' : other?.func.display
  return `${range.fn.facts.display} ${does} ${name} while it ranges over it, and no lock keeps ${who ?? 'others'} out meanwhile`
}

/** Where the loop stands, and what in it changes the map. */
export function sweepPlaces(map: SharedMap, { range, changes }: Sweep): Place[] {
  const at = (use: Use | undefined, what: string): Place[] => {
    const access = use && accessOf(map, use)
    return access ? [{ at: access.range, what }] : []
  }
  return [...at(range, 'the loop'), ...at(changes[0], 'changes the map')]
}

function isPart({ range, changes }: Sweep, use: Use): boolean {
  return use === range || changes.includes(use)
}
