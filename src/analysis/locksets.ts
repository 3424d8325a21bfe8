import type { Ev } from '../facts.js'
import { type Given, testedConstants } from './given.js'
import { type HeldSet, NONE } from './heldsets.js'
import { join, meet, type Ways } from './lockstate.js'
import { type LockFacts, type LockWorld, walkLocks } from './lockwalk.js'
import type { Paths } from './paths.js'
import type { Fn, Program } from './program.js'

export type { HeldSet } from './heldsets.js'

/** Lock sets of all functions. */
export interface LockSets {
  /** Of a function called by anyone, or only with these values of its bool parameters: `if lock { mu.Lock() }`. */
  of(fn: Fn, given?: Given): LockFacts
  /** The locks held where a literal that runs in its function (called in place, or deferred) starts. */
  entry(literal: Fn): HeldSet
}

/** A function that tests more parameters than this is taken as it comes. */
const MAX_SPLITS = 3

/**
 * Held locks over the event tree, computed once per function, callees first. "must": those held on every way, joins are
 * intersections. "may": those held on some way, joins are unions.
 */
export function buildLockSets(program: Program, paths: Paths, ways: Ways = 'must'): LockSets {
  const done = new Map<Fn, Map<string, LockFacts>>()
  const running = new Set<Fn>()
  const entries = new Map<Fn, HeldSet>()
  const of = (fn: Fn, given: Given = new Map()): LockFacts => {
    const asked = new Map([...given].filter(([key]) => testedConstants(program, paths, fn).has(key)))
    const id = [...asked].map(([key, is]) => `${key}=${is}`).join()
    const all = done.get(fn) ?? new Map<string, LockFacts>()
    done.set(fn, all)
    const known = all.get(id)
    if (known) return known
    if (running.has(fn))
      return { at: new Map(), lentAt: new Map(), acquires: NONE, tries: NONE, releases: NONE, exits: [] }
    running.add(fn)
    const facts = split(fn, asked, walkLocks(world, fn, asked))
    running.delete(fn)
    all.set(id, facts)
    return facts
  }
  const world: LockWorld = { program, paths, of, entries, ways }
  /** A function that locks and unlocks under one condition, seen for either value of the parameter. */
  const split = (fn: Fn, given: Given, facts: LockFacts): LockFacts => {
    const open = [...testedConstants(program, paths, fn)].find((key) => !given.has(key))
    const balanced = facts.acquires.size === 0 && facts.releases.size === 0 && facts.lentAt.size === 0
    if (balanced || open === undefined || given.size >= MAX_SPLITS) return facts
    const [yes, no] = [true, false].map((is) => {
      const known = new Map(given).set(open, is)
      return split(fn, known, walkLocks(world, fn, known))
    })
    return yes && no ? either(ways, yes, no) : facts
  }
  return {
    of,
    entry(literal) {
      if (literal.facts.parent !== undefined) of(program.fn(literal.pkg, literal.facts.parent))
      return entries.get(literal) ?? NONE
    },
  }
}

/** What holds whichever of the two is the case. */
function either(ways: Ways, a: LockFacts, b: LockFacts): LockFacts {
  const at = new Map<Ev, HeldSet>()
  const lentAt = new Map<Ev, HeldSet>()
  for (const ev of new Set([...a.at.keys(), ...b.at.keys()])) {
    const [x, y] = [a, b].map((facts) => {
      const held = facts.at.get(ev)
      return held ? { held, lent: facts.lentAt.get(ev) ?? NONE, defers: [] } : null
    })
    const now = join(ways, [x ?? null, y ?? null])
    if (now) at.set(ev, now.held)
    if (now && now.lent.size > 0) lentAt.set(ev, now.lent)
  }
  const end = meet(
    ways,
    { held: a.acquires, lent: a.releases, defers: [] },
    { held: b.acquires, lent: b.releases, defers: [] },
  )
  const tries = meet(ways, { held: a.tries, lent: NONE, defers: [] }, { held: b.tries, lent: NONE, defers: [] }).held
  return { at, lentAt, acquires: end.held, tries, releases: end.lent, exits: [...a.exits, ...b.exits] }
}
