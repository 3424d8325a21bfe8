/** In which order locks come to be taken: what runs under the lock of one group of maps, and takes that of another. */
import { stmtEffects } from '../analysis/effects.js'
import type { Fn, Program } from '../analysis/program.js'
import type { Stmt } from '../facts.js'
import type { SharedMap } from '../types.js'
import { buildReach, type Reach } from './reach.js'
import { eventsOf } from './tree.js'

/** What the sections of one group do that matters for the order of locks. */
export interface Nesting {
  /** Maps that are touched under the group's lock, and so their locks taken. */
  readonly maps: Set<SharedMap>
  /** Locks of the user's are taken under it. */
  locks: boolean
  /** It is taken where a lock of the user's may be held. */
  under: boolean
}

/** Sees what runs under a new lock. */
export class Nestings {
  readonly #program: Program
  readonly #maps: readonly SharedMap[]
  readonly #reach: Reach

  constructor(program: Program, maps: readonly SharedMap[]) {
    this.#program = program
    this.#maps = maps
    this.#reach = buildReach(program, maps, (access) => !access.exclusive)
  }

  /** Adds what the statements, which run under the lock of `own`, take. */
  note(nesting: Nesting, own: readonly SharedMap[], fn: Fn, stmts: readonly Stmt[]): void {
    if (stmts.length === 0) return
    const events = new Set(eventsOf(stmts))
    for (const map of this.#maps) {
      if (own.includes(map) || nesting.maps.has(map)) continue
      const direct = map.accesses.some((access) => !access.exclusive && events.has(access.event))
      const called = [...events].some(
        (ev) => ev.k === 'call' && this.#reach.call(this.#program, fn, ev, map) !== undefined,
      )
      if (direct || called) nesting.maps.add(map)
    }
    nesting.locks ||= stmtEffects(this.#program, fn, stmts).locks.length > 0
  }
}

/** Groups that can wait for each other in a circle: the index of the last one of each circle, with one of the others. */
export function circles(
  groups: readonly { readonly maps: readonly SharedMap[]; readonly nesting: Nesting | null }[],
): Map<number, number> {
  const next = groups.map(({ nesting }, i) =>
    groups.flatMap((other, j) => {
      if (i === j || nesting === null || other.nesting === null) return []
      const direct = other.maps.some((map) => nesting.maps.has(map))
      return direct || (nesting.locks && other.nesting.under) ? [j] : []
    }),
  )
  const found = new Map<number, number>()
  const gone = new Set<number>()
  for (const i of groups.keys()) {
    const seen = new Set<number>()
    const work = [...(next[i] ?? [])]
    for (let at = work.pop(); at !== undefined; at = work.pop()) {
      if (seen.has(at) || gone.has(at) || at > i) continue
      seen.add(at)
      if (at !== i) work.push(...(next[at] ?? []))
    }
    if (!seen.has(i)) continue
    const other = [...seen].find((j) => j !== i)
    if (other === undefined) continue
    found.set(i, other)
    gone.add(i)
  }
  return found
}
