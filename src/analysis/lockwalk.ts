/** Held locks along the ways through one function. */
import type { Ev, Known, Stmt, Val } from '../facts.js'
import { constantFlag } from './flags.js'
import { staticCallees } from './funcvalues.js'
import { type Given, givenByArguments } from './given.js'
import { type HeldSet, NONE } from './heldsets.js'
import { type Lock, lockOp, translateLock } from './lockops.js'
import {
  acquire,
  alike,
  join,
  joinFlag,
  known,
  type LockState,
  meet,
  release,
  sameLocks,
  type Ways,
} from './lockstate.js'
import { push } from './multimap.js'
import type { Paths } from './paths.js'
import { type CallEv, type Fn, objectAt, type Program } from './program.js'
import { slotLock } from './slots.js'
import { neverReturns, runsLate } from './walk.js'

/** What one function does with locks. */
export interface LockFacts {
  /** The locks held when the event runs, taken in its own function (or by helpers it called); what callers hold is not in it. */
  readonly at: ReadonlyMap<Ev, HeldSet>
  /** Locks of callers that the function has given up when the event runs; events without any are left out. */
  readonly lentAt: ReadonlyMap<Ev, HeldSet>
  /** Locks that the function leaves held on every way out, in its own terms. */
  readonly acquires: HeldSet
  /** Locks that it leaves held on every way on which its first result may be true: `func (g *guard) Acquire() bool`. */
  readonly tries: HeldSet
  /** Locks that it gives up although it did not take them, and does not take again. */
  readonly releases: HeldSet
  readonly exits: readonly Exit[]
}

/** One way out of a function, after its deferred calls: a return statement, or (null) the end of its body. */
export interface Exit {
  readonly stmt: Stmt | null
  readonly held: HeldSet
}

/** What the walk asks for besides the function. */
export interface LockWorld {
  readonly program: Program
  readonly paths: Paths
  readonly of: (fn: Fn, given?: Given) => LockFacts
  readonly entries: Map<Fn, HeldSet>
  readonly ways: Ways
}

interface Jump {
  readonly breaks: LockState[]
  readonly continues: LockState[]
  readonly label: string | undefined
  readonly loop: boolean
}

/** Walks a function that has these values of bool parameters. */
export function walkLocks({ program, paths, of, entries, ways }: LockWorld, fn: Fn, given: Given): LockFacts {
  const at = new Map<Ev, HeldSet>()
  const lentAt = new Map<Ev, HeldSet>()
  const exits: { readonly stmt: Stmt | null; readonly state: LockState }[] = []
  const successes: LockState[] = []
  const jumps: Jump[] = []
  /** States at the goto statements to a label: of this pass, and of the one before, which knows those that jump back. */
  let gotos = new Map<string, LockState[]>()
  let earlier = new Map<string, LockState[]>()

  const note = (ev: Ev, state: LockState): void => {
    const held = at.get(ev)
    const lent = lentAt.get(ev)
    const now = held ? meet(ways, { held, lent: lent ?? NONE, defers: [] }, state) : state
    at.set(ev, now.held)
    if (now.lent.size > 0) lentAt.set(ev, now.lent)
    else lentAt.delete(ev)
  }
  const noteLiteral = (literal: Fn, held: HeldSet): void => {
    const before = entries.get(literal)
    const now = before
      ? meet(ways, { held: before, lent: NONE, defers: [] }, { held, lent: NONE, defers: [] }).held
      : held
    entries.set(literal, now)
  }
  const effect = (call: CallEv, state: LockState, test: boolean | null, maybe = false): LockState => {
    const giveUp = (now: LockState, lock: Lock): LockState =>
      maybe && alike(now.held, lock) === null ? now : release(now, lock)
    const op = lockOp(program, paths, fn, call)
    if (op?.op === 'acquire' || (op?.op === 'try' && test === true)) return acquire(state, op.lock, op.mode)
    if (op?.op === 'release') return giveUp(state, op.lock)
    if (op) return state
    const inPlace = call.callee.k === 'value' && call.callee.v.k === 'lit' ? program.fn(fn.pkg, call.callee.v.fn) : null
    if (inPlace) noteLiteral(inPlace, state.held)
    const own = inPlace ?? (call.callee.k === 'value' ? localFunction(call.callee.v) : null)
    const bodies = own ? [own] : staticCallees(program, call)
    const [callee] = bodies
    if (!callee || bodies.length > 1) return state
    const facts = of(callee, new Map([...given, ...givenByArguments(callee, call)]))
    let after = state
    for (const { lock } of facts.releases.values()) {
      const here = translateLock(program, paths, lock, callee, fn, call)
      if (here) after = giveUp(after, here.lock)
    }
    for (const { lock, mode, when } of (test === true ? facts.tries : facts.acquires).values()) {
      const here = translateLock(program, paths, lock, callee, fn, call)
      if (here) after = acquire(after, here.lock, here.mode ?? mode, when)
    }
    return after
  }
  /** The state where a bool that a call gave is known: `ok := mu.TryLock(); if !ok { return }`. */
  const assumed = (known: readonly Known[] | undefined, state: LockState): LockState => {
    let now = state
    for (const [variable, is] of known ?? []) {
      const defs = variable < 0 || !is ? [] : paths.defs(objectAt(fn.pkg, variable).key)
      const [def] = defs
      if (def?.v.k === 'call' && defs.length === 1 && def.fn === fn) now = succeeded(def.v, now)
    }
    return now
  }
  /** The state where a call has returned true: what it holds then, and not otherwise. */
  const succeeded = (v: Val, state: LockState): LockState => {
    const call = v.k === 'call' && v.i === 0 ? paths.call(fn, v.n) : undefined
    if (!call) return state
    const held = [...effect(call, { held: NONE, lent: NONE, defers: [] }, true).held.values()]
    return held.reduce((now, { lock, mode }) => acquire(now, lock, mode), state)
  }
  const returned = (stmt: Stmt, state: LockState): void => {
    const [first] = stmt.e.flatMap((ev) => (ev.k === 'return' ? ev.vals : []))
    exit(state, stmt)
    const out = exits.at(-1)?.state
    if (!out || (first?.k === 'const' && first.b === false)) return
    successes.push(first ? succeeded(first, out) : out)
  }
  /** The literal that a local always is: `lock := func() { … }`. */
  const localFunction = (v: Val): Fn | null => {
    if (v.k !== 'path') return null
    const { root, steps } = paths.raw(fn, v.p)
    const defs = steps.length === 0 && root.startsWith('o:') ? paths.defs(root.slice(2)) : []
    const [def] = defs
    return def && defs.length === 1 && def.v.k === 'lit' ? program.fn(def.fn.pkg, def.v.fn) : null
  }
  const events = (evs: readonly Ev[], before: LockState, test: boolean | null = null): LockState => {
    let state = before
    for (const ev of evs) {
      if (ev.k === 'and' || ev.k === 'or') {
        const right = events(ev.e, state, ev.k === 'and' ? test : null)
        state = ev.k === 'and' && test === true ? right : meet(ways, state, right)
        continue
      }
      note(ev, state)
      if (ev.k === 'chansend' || ev.k === 'recv') {
        const slot = slotLock(program, paths, fn, ev.p)
        if (slot) state = ev.k === 'recv' ? release(state, slot) : acquire(state, slot, 'w')
      }
      if (ev.k === 'call' && ev.mode === 'call')
        state = effect(ev, state, ev.test === undefined ? null : ev.test === test)
    }
    return { ...state, defers: before.defers }
  }
  const exit = (end: LockState, stmt: Stmt | null): void => {
    let state = end
    for (const { evs, maybe } of [...state.defers].reverse()) {
      for (const ev of evs) {
        if (!runsLate(ev)) continue
        note(ev, state)
        if (ev.k === 'call') state = effect(ev, state, null, maybe)
      }
    }
    exits.push({ stmt, state })
  }
  const seq = (stmts: readonly Stmt[], start: LockState | null): LockState | null => {
    let state = start
    for (const stmt of stmts) state = one(stmt, state)
    return state
  }
  const one = (stmt: Stmt, from: LockState | null, label?: string): LockState | null => {
    const state =
      stmt.k === 'labeled'
        ? join(ways, [from, ...(gotos.get(stmt.label) ?? []), ...(earlier.get(stmt.label) ?? [])])
        : from
    if (!state) return null
    switch (stmt.k) {
      case 'return':
        returned(stmt, events(stmt.e, state))
        return null
      case 'branch':
        if (stmt.tok === 'goto') push(gotos, stmt.label ?? '', state)
        else branch(stmt.tok, stmt.label, state, jumps)
        return null
      case 'defer': {
        const now = events(
          stmt.e.filter((ev) => ev.k === 'call' || !runsLate(ev)),
          state,
        )
        return { ...now, defers: [...now.defers, { evs: stmt.e, maybe: false }] }
      }
      case 'block':
        return seq(stmt.block.body, events(stmt.e, state))
      case 'labeled': {
        const target: Jump = { breaks: [], continues: [], label: stmt.label, loop: false }
        jumps.push(target)
        const out = one(stmt.stmt, state, stmt.label)
        jumps.pop()
        return join(ways, [out, ...target.breaks])
      }
      case 'if': {
        const before = stmt.init ? one(stmt.init, state) : state
        if (!before) return null
        const [mayBe, mayNot] = [stmt.yes, stmt.no].map((known) => agrees(fn, given, known ?? []))
        const flag = stmt.flag ? constantFlag(program, paths, fn, stmt.flag) : null
        const [on, off] = flag === null ? [before, before] : [known(before, flag.when), known(before, flag.otherwise)]
        const yes = mayBe ? seq(stmt.then.body, assumed(stmt.yes, events(stmt.e, on, true))) : null
        const no = mayNot ? assumed(stmt.no, events(stmt.e, off, false)) : null
        const end = stmt.else ? one(stmt.else, no) : no
        return flag === null ? join(ways, [yes, end]) : joinFlag(ways, yes, end, flag.when)
      }
      case 'for': {
        const before = stmt.init ? one(stmt.init, state) : state
        return (
          before &&
          loop(before, label, (s) => {
            const body = seq(stmt.block.body, events(stmt.e, s, true))
            const skip = stmt.cond ? events(stmt.e, s, false) : null
            return { body, skip, post: (s2) => (stmt.post ? one(stmt.post, s2) : s2) }
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
        const outs: (LockState | null)[] = []
        let through: LockState | null = null
        for (const c of stmt.cases) {
          const start = join(ways, [events(c.e, before), through])
          const last = c.body.at(-1)
          const falls = last?.k === 'branch' && last.tok === 'fallthrough'
          const out = seq(falls ? c.body.slice(0, -1) : c.body, start)
          through = falls ? out : null
          if (!falls) outs.push(out)
        }
        jumps.pop()
        if (!stmt.cases.some((c) => c.isDefault)) outs.push(before)
        return join(ways, [...outs, ...target.breaks])
      }
      case 'select': {
        const target: Jump = { breaks: [], continues: [], label, loop: false }
        jumps.push(target)
        const outs = stmt.cases.map((c) => seq(c.body, c.comm ? one(c.comm, state) : state))
        jumps.pop()
        return join(ways, [...outs, ...target.breaks])
      }
      default: {
        const after = events(stmt.e, state)
        return stmt.e.some(neverReturns) ? null : after
      }
    }
  }
  const loop = (
    start: LockState,
    label: string | undefined,
    turn: (s: LockState) => {
      body: LockState | null
      skip: LockState | null
      post: (s: LockState) => LockState | null
    },
  ): LockState | null => {
    let entry = start
    for (;;) {
      const target: Jump = { breaks: [], continues: [], label, loop: true }
      jumps.push(target)
      const { body, skip, post } = turn(entry)
      const end = join(ways, [body, ...target.continues])
      const back = end && post(end)
      jumps.pop()
      const next = join(ways, [start, back]) ?? start
      if (sameLocks(next, entry)) return join(ways, [skip, ...target.breaks])
      entry = { ...meet(ways, next, entry), defers: start.defers }
    }
  }

  for (;;) {
    exits.length = 0
    successes.length = 0
    const end = seq(fn.facts.stmts, { held: NONE, lent: NONE, defers: [] })
    if (end) exit(end, null)
    if (sameStates(gotos, earlier)) break
    earlier = gotos
    gotos = new Map()
  }
  const left = join(
    ways,
    exits.map(({ state }) => state),
  )
  return {
    at,
    lentAt,
    acquires: left?.held ?? NONE,
    tries: join(ways, successes)?.held ?? NONE,
    releases: left?.lent ?? NONE,
    exits: exits.map(({ stmt, state }) => ({ stmt, held: state.held })),
  }
}

/** Whether what follows from a condition can be so, where parameters are known. */
function agrees(fn: Fn, given: Given, known: readonly Known[]): boolean {
  return known.every(([variable, is]) => variable < 0 || given.get(objectAt(fn.pkg, variable).key) !== !is)
}

function branch(tok: string, label: string | undefined, state: LockState, jumps: readonly Jump[]): void {
  const targets = [...jumps].reverse()
  if (tok === 'break') targets.find((j) => (label === undefined ? true : j.label === label))?.breaks.push(state)
  if (tok === 'continue')
    targets.find((j) => j.loop && (label === undefined || j.label === label))?.continues.push(state)
}

/** Whether two passes over a function met the same at every goto. */
function sameStates(a: ReadonlyMap<string, LockState[]>, b: ReadonlyMap<string, LockState[]>): boolean {
  const size = (all: ReadonlyMap<string, LockState[]>): string =>
    [...all].map(([label, states]) => `${label} ${states.map((s) => `${s.held.size}/${s.lent.size}`).join()}`).join(';')
  return size(a) === size(b)
}
