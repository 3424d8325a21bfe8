import type { Ev, Stmt } from '../facts.js'
import type { LockMode } from '../types.js'
import { staticCallees } from './funcvalues.js'
import { type HeldSet, intersect, NONE, union, without } from './heldsets.js'
import { type Lock, lockOp, translateLock } from './lockops.js'
import type { Paths } from './paths.js'
import type { CallEv, Fn, Program } from './program.js'
import { slotLock } from './slots.js'
import { neverReturns } from './walk.js'

export type { HeldSet } from './heldsets.js'

/** What one function does with locks. */
export interface LockFacts {
  /** The locks held when the event runs, taken in its own function (or by helpers it called); what callers hold is not in it. */
  readonly at: ReadonlyMap<Ev, HeldSet>
  /** Locks that the function leaves held on every way out, in its own terms. */
  readonly acquires: HeldSet
  /** Locks that it gives up although it did not take them. */
  readonly releases: ReadonlyMap<string, Lock>
}

/** Lock sets of all functions. */
export interface LockSets {
  of(fn: Fn): LockFacts
  /** The locks held where a literal that runs in its function (called in place, or deferred) starts. */
  entry(literal: Fn): HeldSet
}

/** Which ways through a function count: all of them, or any. */
export type Ways = 'must' | 'may'

type Meet = (a: HeldSet, b: HeldSet) => HeldSet

interface Deferred {
  readonly evs: readonly Ev[]
}
interface State {
  readonly held: HeldSet
  readonly defers: readonly Deferred[]
}
interface Jump {
  readonly breaks: State[]
  readonly continues: State[]
  readonly label: string | undefined
  readonly loop: boolean
}

/**
 * Held locks over the event tree, computed once per function, callees first. "must": those held on every way, joins are
 * intersections. "may": those held on some way, joins are unions.
 */
export function buildLockSets(program: Program, paths: Paths, ways: Ways = 'must'): LockSets {
  const done = new Map<Fn, LockFacts>()
  const running = new Set<Fn>()
  const entries = new Map<Fn, HeldSet>()
  const of = (fn: Fn): LockFacts => {
    const known = done.get(fn)
    if (known) return known
    if (running.has(fn)) return { at: new Map(), acquires: NONE, releases: new Map() }
    running.add(fn)
    const facts = walkFunction(program, paths, fn, of, entries, ways === 'must' ? intersect : union)
    running.delete(fn)
    done.set(fn, facts)
    return facts
  }
  return {
    of,
    entry(literal) {
      if (literal.facts.parent !== undefined) of(program.fn(literal.pkg, literal.facts.parent))
      return entries.get(literal) ?? NONE
    },
  }
}

function walkFunction(
  program: Program,
  paths: Paths,
  fn: Fn,
  of: (fn: Fn) => LockFacts,
  entries: Map<Fn, HeldSet>,
  meet: Meet,
): LockFacts {
  const at = new Map<Ev, HeldSet>()
  const releases = new Map<string, Lock>()
  const exits: HeldSet[] = []
  const jumps: Jump[] = []

  const note = (ev: Ev, held: HeldSet): void => {
    const before = at.get(ev)
    at.set(ev, before ? meet(before, held) : held)
  }
  const noteLiteral = (literal: Fn, held: HeldSet): void => {
    const before = entries.get(literal)
    entries.set(literal, before ? meet(before, held) : held)
  }
  const acquire = (held: HeldSet, lock: Lock, mode: LockMode): HeldSet => new Map(held).set(lock.id, { lock, mode })
  const release = (held: HeldSet, lock: Lock): HeldSet => {
    if (held.has(lock.id)) return without(held, lock.id)
    const alike = [...held].find(
      ([, h]) => h.lock.key === lock.key && (lock.path.root === '?' || h.lock.path.root === '?'),
    )
    if (alike) return without(held, alike[0])
    releases.set(lock.id, lock)
    return held
  }
  const effect = (call: CallEv, held: HeldSet, test: boolean | null): HeldSet => {
    const op = lockOp(program, paths, fn, call)
    if (op?.op === 'acquire' || (op?.op === 'try' && test === true)) return acquire(held, op.lock, op.mode)
    if (op?.op === 'release') return release(held, op.lock)
    if (op) return held
    const inPlace = call.callee.k === 'value' && call.callee.v.k === 'lit' ? program.fn(fn.pkg, call.callee.v.fn) : null
    if (inPlace) noteLiteral(inPlace, held)
    const bodies = inPlace ? [inPlace] : staticCallees(program, call)
    const [callee] = bodies
    if (!callee || bodies.length > 1) return held
    const facts = of(callee)
    let after = held
    for (const lock of facts.releases.values()) {
      const here = inPlace ? { lock } : translateLock(program, paths, lock, callee, fn, call)
      if (here) after = release(after, here.lock)
    }
    for (const { lock, mode } of facts.acquires.values()) {
      const here = inPlace ? { lock } : translateLock(program, paths, lock, callee, fn, call)
      if (here) after = acquire(after, here.lock, ('mode' in here ? here.mode : undefined) ?? mode)
    }
    return after
  }
  const events = (evs: readonly Ev[], state: State, test: boolean | null = null): State => {
    let { held } = state
    for (const ev of evs) {
      if (ev.k === 'and' || ev.k === 'or') {
        const right = events(ev.e, { ...state, held }, ev.k === 'and' ? test : null).held
        held = ev.k === 'and' && test === true ? right : meet(held, right)
        continue
      }
      note(ev, held)
      if (ev.k === 'chansend' || ev.k === 'recv') {
        const slot = slotLock(program, paths, fn, ev.p)
        if (slot) held = ev.k === 'recv' ? release(held, slot) : acquire(held, slot, 'w')
      }
      if (ev.k === 'call' && ev.mode === 'call')
        held = effect(ev, held, ev.test === undefined ? null : ev.test === test)
    }
    return { ...state, held }
  }
  const exit = (state: State): void => {
    let { held } = state
    for (const deferred of [...state.defers].reverse()) {
      for (const ev of deferred.evs) {
        const late =
          (ev.k === 'call' && ev.mode === 'defer') || (ev.k === 'acc' && (ev.op === 'delete' || ev.op === 'clear'))
        if (!late) continue
        note(ev, held)
        if (ev.k === 'call') held = effect(ev, held, null)
      }
    }
    exits.push(held)
  }
  const seq = (stmts: readonly Stmt[], start: State | null): State | null => {
    let state = start
    for (const stmt of stmts) {
      if (!state) state = null
      // Statements after a jump are reached by goto or a label only: they hold nothing.
      state = one(stmt, state ?? (stmt.k === 'labeled' ? { held: NONE, defers: start?.defers ?? [] } : null))
    }
    return state
  }
  const one = (stmt: Stmt, state: State | null, label?: string): State | null => {
    if (!state) return null
    switch (stmt.k) {
      case 'return':
        exit(events(stmt.e, state))
        return null
      case 'branch':
        return branch(stmt.tok, stmt.label, state, jumps)
      case 'defer': {
        const now = events(
          stmt.e.filter((ev) => !(ev.k === 'acc' && (ev.op === 'delete' || ev.op === 'clear'))),
          state,
        )
        return { ...now, defers: [...now.defers, { evs: stmt.e }] }
      }
      case 'block':
        return seq(stmt.block.body, events(stmt.e, state))
      case 'labeled': {
        const target: Jump = { breaks: [], continues: [], label: stmt.label, loop: false }
        jumps.push(target)
        const out = one(stmt.stmt, state, stmt.label)
        jumps.pop()
        return join(meet, [out, ...target.breaks])
      }
      case 'if': {
        const before = stmt.init ? one(stmt.init, state) : state
        if (!before) return null
        const yes = seq(stmt.then.body, events(stmt.e, before, true))
        const no = events(stmt.e, before, false)
        return join(meet, [yes, stmt.else ? one(stmt.else, no) : no])
      }
      case 'for': {
        const before = stmt.init ? one(stmt.init, state) : state
        return (
          before &&
          loop(before, label, (s) => {
            const cond = events(stmt.e, s)
            const body = seq(stmt.block.body, cond)
            return { body, skip: stmt.cond ? cond : null, post: (s2) => (stmt.post ? one(stmt.post, s2) : s2) }
          })
        )
      }
      case 'range': {
        const before = events(stmt.e, state)
        return loop(before, label, (s) => ({ body: seq(stmt.block.body, s), skip: s, post: (s2) => s2 }))
      }
      case 'switch':
      case 'typeswitch': {
        const init = stmt.init ? one(stmt.init, state) : state
        if (!init) return null
        const before = events(stmt.e, init)
        const target: Jump = { breaks: [], continues: [], label, loop: false }
        jumps.push(target)
        const outs: (State | null)[] = []
        let through: State | null = null
        for (const c of stmt.cases) {
          const start = join(meet, [events(c.e, before), through])
          const last = c.body.at(-1)
          const falls = last?.k === 'branch' && last.tok === 'fallthrough'
          const out = seq(falls ? c.body.slice(0, -1) : c.body, start)
          through = falls ? out : null
          if (!falls) outs.push(out)
        }
        jumps.pop()
        if (!stmt.cases.some((c) => c.isDefault)) outs.push(before)
        return join(meet, [...outs, ...target.breaks])
      }
      case 'select': {
        const target: Jump = { breaks: [], continues: [], label, loop: false }
        jumps.push(target)
        const outs = stmt.cases.map((c) => seq(c.body, c.comm ? one(c.comm, state) : state))
        jumps.pop()
        return join(meet, [...outs, ...target.breaks])
      }
      default: {
        const after = events(stmt.e, state)
        return stmt.e.some(neverReturns) ? null : after
      }
    }
  }
  const loop = (
    start: State,
    label: string | undefined,
    turn: (s: State) => { body: State | null; skip: State | null; post: (s: State) => State | null },
  ): State | null => {
    let entry = start
    for (;;) {
      const target: Jump = { breaks: [], continues: [], label, loop: true }
      jumps.push(target)
      const { body, skip, post } = turn(entry)
      const end = join(meet, [body, ...target.continues])
      const back = end && post(end)
      jumps.pop()
      const next = join(meet, [start, back]) ?? start
      if (next.held.size === entry.held.size)
        return join(meet, [skip && back ? join(meet, [skip, back]) : skip, ...target.breaks])
      entry = { held: meet(next.held, entry.held), defers: start.defers }
    }
  }

  const end = seq(fn.facts.stmts, { held: NONE, defers: [] })
  if (end) exit(end)
  return { at, acquires: exits.length > 0 ? exits.reduce(meet) : NONE, releases }
}

function branch(tok: string, label: string | undefined, state: State, jumps: readonly Jump[]): State | null {
  const targets = [...jumps].reverse()
  if (tok === 'break')
    (targets.find((j) => (label === undefined ? true : j.label === label)) ?? null)?.breaks.push(state)
  if (tok === 'continue')
    (targets.find((j) => j.loop && (label === undefined || j.label === label)) ?? null)?.continues.push(state)
  return null
}

function join(meet: Meet, states: readonly (State | null)[]): State | null {
  const live = states.filter((s) => s !== null)
  const [first, ...rest] = live
  if (!first) return null
  return rest.reduce(
    (a, b) => ({ held: meet(a.held, b.held), defers: a.defers.length >= b.defers.length ? a.defers : b.defers }),
    first,
  )
}
