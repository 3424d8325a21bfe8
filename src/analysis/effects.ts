/**
 * What running code of the program does, seen from a lock that is held around it: waits, talks to the outside, calls
 * code that is not known, takes locks, touches maps. Callees with bodies are judged by their bodies; function
 * literals where they are called, not where they are made; a goroutine's body not at all.
 */
import type { Ev, Stmt } from '../facts.js'
import type { LockMode, Range } from '../types.js'
import { gather, gatherEvents } from './effectwalk.js'
import { buildFuncVars } from './funcvars.js'
import type { Gathered, World } from './gathering.js'
import { buildPaths } from './paths.js'
import { type Fn, objectAt, type Program } from './program.js'

export type Why =
  | 'blocks'
  | 'io'
  | 'unknown call'
  | 'interface call'
  | 'function value'
  | 'channel'
  | 'select'
  | 'callback'
  | 'lock'
  | 'spawn'
  | 'panics'
  | 'recover'

/** One cause, where it happens in the function asked about (at the call, if a callee does it). */
export interface Reason {
  readonly why: Why
  readonly at: Range
  /** What does it: "http.Get", "Store.flush (calls http.Get)". */
  readonly text: string
}

/** A lock that may be taken inside. */
export interface LockUse {
  /** As the function that takes it writes it: "s.mu". */
  readonly path: string
  /** Object key of the lock's field or variable, or "#param N", "#recv"; null if it is not known. */
  readonly object: string | null
  readonly mode: LockMode
}

export interface Effects {
  /** In the order of the source, each cause once a place. */
  readonly reasons: readonly Reason[]
  readonly locks: readonly LockUse[]
  /** Maps touched, by object key; "#param N" and "#recv" for maps that the caller gives; "?" for one that is not known. */
  readonly maps: ReadonlyMap<string, 'read' | 'write'>
  /** Parameters of function type that are called before it returns. */
  readonly callsParams: readonly number[]
  /** Something inside may panic; that the receiver is nil does not count. */
  readonly mayPanic: boolean
}

export type EffectsOf = (fn: Fn) => Effects

/** The effects of the program's functions, each worked out when it is first asked for. */
export function effects(program: Program): EffectsOf {
  const solver = solverOf(program)
  return (fn) => published(fn, solver.summary(fn))
}

/** The effects of a run of statements of a function: what happens between their first and their last token. */
export function stmtEffects(program: Program, fn: Fn, stmts: readonly Stmt[]): Effects {
  const { world, summary } = solverOf(program)
  return published(fn, gather({ ...world, summary }, fn, stmts))
}

/** The effects of some events of a function. A range over a channel and a select are statements: `stmtEffects` sees them. */
export function eventEffects(program: Program, fn: Fn, evs: readonly Ev[]): Effects {
  const { world, summary } = solverOf(program)
  return published(fn, gatherEvents({ ...world, summary }, fn, evs))
}

interface Solver {
  readonly world: World
  summary(fn: Fn): Gathered
}

const solvers = new WeakMap<Program, Solver>()

function solverOf(program: Program): Solver {
  const known = solvers.get(program)
  if (known) return known
  const paths = buildPaths(program)
  const solver = solve({ program, paths, vars: buildFuncVars(program, paths), summary: () => EMPTY })
  solvers.set(program, solver)
  return solver
}

const EMPTY: Gathered = { reasons: [], outer: new Map(), locks: new Map(), maps: new Map(), mayPanic: false }

/**
 * Summaries on demand, to a fixpoint: a function that asks for one not yet known starts from nothing, and is judged again
 * when that one grows. Summaries only grow, so recursion ends.
 */
function solve(world: World): Solver {
  const table = new Map<Fn, Gathered>()
  const dependents = new Map<Fn, Set<Fn>>()
  const work: Fn[] = []
  const queued = new Set<Fn>()
  const enqueue = (fn: Fn): void => {
    if (queued.has(fn)) return
    queued.add(fn)
    work.push(fn)
  }
  const lookUp = (fn: Fn, asker: Fn): Gathered => {
    const asked = dependents.get(fn)
    if (asked) asked.add(asker)
    else dependents.set(fn, new Set([asker]))
    const known = table.get(fn)
    if (known) return known
    table.set(fn, EMPTY)
    enqueue(fn)
    return EMPTY
  }
  const summary = (fn: Fn): Gathered => {
    if (!table.has(fn)) {
      table.set(fn, EMPTY)
      enqueue(fn)
    }
    for (let at = work.pop(); at !== undefined; at = work.pop()) {
      queued.delete(at)
      const asker = at
      const next = gather({ ...world, summary: (callee) => lookUp(callee, asker), nilWrites: true }, at, at.facts.stmts)
      const grown = !sameSize(next, table.get(at) ?? EMPTY)
      table.set(at, next)
      if (grown) for (const dependent of dependents.get(at) ?? []) enqueue(dependent)
    }
    return table.get(fn) ?? EMPTY
  }
  return { world, summary }
}

/** Whether nothing was added: entries are keyed, and only grow in number, or from read to write. */
function sameSize(a: Gathered, b: Gathered): boolean {
  const writes = (g: Gathered): number => [...g.maps.values()].filter((mode) => mode === 'write').length
  return (
    a.reasons.length === b.reasons.length &&
    a.outer.size === b.outer.size &&
    a.locks.size === b.locks.size &&
    a.maps.size === b.maps.size &&
    writes(a) === writes(b) &&
    a.mayPanic === b.mayPanic
  )
}

/** A summary in the terms of those who ask: parameters by number, calls of them among the reasons. */
function published(fn: Fn, found: Gathered): Effects {
  const own = new Map<string, string>()
  fn.facts.params.forEach((param, i) => {
    if (param >= 0) own.set(objectAt(fn.pkg, param).key, `#param ${i}`)
  })
  if (fn.facts.recv !== undefined) own.set(objectAt(fn.pkg, fn.facts.recv).key, '#recv')
  const name = (key: string): string => own.get(key) ?? key
  const callsParams = [...found.outer.keys()].flatMap((key) => {
    const index = /^#param (\d+)$/.exec(name(key))?.[1]
    return index === undefined ? [] : [Number(index)]
  })
  const reasons = [...found.reasons, ...found.outer.values()]
  return {
    reasons: reasons.sort((a, b) => a.at.start - b.at.start || a.at.end - b.at.end),
    locks: [...found.locks.values()].map((lock) => ({
      ...lock,
      object: lock.object === null ? null : name(lock.object),
    })),
    maps: new Map([...found.maps].map(([key, mode]) => [name(key), mode])),
    callsParams: callsParams.sort((a, b) => a - b),
    mayPanic: found.mayPanic || found.outer.size > 0,
  }
}
