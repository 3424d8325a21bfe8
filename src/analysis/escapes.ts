/** Maps that leave the lock that guards them: what is handed out under the lock is used without it, while others write. */

import type { PathRef, PathRoot, Val } from '../facts.js'
import type { Judged } from './findings.js'
import { heldAt, isExclusive } from './guards.js'
import type { Use } from './maps.js'
import { type AccessEv, type Fn, pathAt, plainName } from './program.js'
import type { Race } from './races.js'
import { flowOf } from './walk.js'

/** The place where the map's value is taken under its lock, for the party of the race that uses it without; null if that is not so. */
export function escapeBehind({ map, uses }: Judged, { a, b }: Race): Use | null {
  const lock = map.guard?.object.key
  if (lock === undefined || !map.guard || map.guard.held * 2 < map.guard.total) return null
  const bare = [b, a].find((use) => use.alias && !heldAt(use).has(lock))
  const other = bare === a ? b : a
  if (!bare || !(other === bare || heldAt(other).has(lock))) return null
  return uses.find((use) => isTaken(use, lock) && leadsTo(use, bare)) ?? null
}

function isTaken(use: Use, lock: string): boolean {
  return use.ev.op === 'read' && !use.alias && use.contexts.length > 0 && !isExclusive(use) && heldAt(use).has(lock)
}

/** Whether the value goes from here to there: in one function, or from what a function returns to one that calls it. */
function leadsTo(from: Use, to: Use): boolean {
  if (from.ev.use === 'return')
    return flowOf(to.fn).sites.some(
      ({ ev }) => ev.k === 'call' && ev.callee.k === 'func' && ev.callee.key === from.fn.facts.key,
    )
  if (from.fn === to.fn) return from.ev.use === 'assign' && from.site.n < to.site.n
  return from.ev.use === 'assign' && to.fn.facts.parent === from.fn.index && to.fn.pkg === from.fn.pkg
}

/** A function that gives callers outside the live map, and a write that they may meet. */
export interface HandOut {
  readonly out: Use
  readonly write: Use
}

/** How the API hands out a map that a lock guards and that changes, though its type is for several goroutines; null if it does not. */
export function handOutOf({ map, uses, owner, race }: Judged): HandOut | null {
  const { guard } = map
  if (race || !guard || guard.held * 2 < guard.total || !owner.concurrent) return null
  // Who can lock may use the map under the lock.
  if (guard.object.exported || guard.object.embedded) return null
  const write = uses.find(
    (use) => use.contents === 'w' && !isExclusive(use) && heldAt(use).get(guard.object.key) === 'w',
  )
  const out = uses.find((use) => isHandedOut(use))
  return write && out ? { out, write } : null
}

/** Whether the map becomes a field of a struct that the function returns: `return &Report{Counts: s.counts}`. */
function isInResult(fn: Fn, { x }: AccessEv): boolean {
  const { sites } = flowOf(fn)
  const holds = (v: Val): boolean => v.k === 'fresh' && v.fields !== undefined && v.span[0] <= x[0] && x[1] <= v.span[1]
  const rootOf = (ref: PathRef): PathRoot | null => {
    const [root, ...steps] = pathAt(fn.pkg, ref)
    return steps.length === 0 ? root : null
  }
  const isResult = (v: Val): boolean => {
    if (v.k !== 'path') return holds(v)
    const root = rootOf(v.p)
    return root !== null && sites.some(({ ev }) => ev.k === 'set' && rootOf(ev.to) === root && holds(ev.v))
  }
  return sites.some(({ ev }) => ev.k === 'return' && ev.vals.some(isResult))
}

const SPOKEN_OF = /\block|hold|concurren|unsafe|not safe|snapshot|copy/i

function isHandedOut({ ev, alias, fn, contexts }: Use): boolean {
  const leaves = ev.use === 'return' || (ev.use === 'element' && isInResult(fn, ev))
  if (ev.op !== 'read' || !leaves || alias || fn.facts.test || !fn.facts.exported) return false
  if (SPOKEN_OF.test(fn.facts.doc) || /lock|unsafe|copy|snapshot/i.test(plainName(fn))) return false
  return contexts.some((c) => !c.owned && c.root === 'api' && c.levels.length === 1)
}
