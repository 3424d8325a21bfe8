import type { Ev, Stmt } from '../facts.js'
import type { Fn } from './program.js'
import { neverReturns, runsLate } from './walk.js'

/** What is followed through a function: a state, and what events do to it. */
export interface Domain<S> {
  readonly start: S
  /** What holds on both of two ways. */
  meet(a: S, b: S): S
  same(a: S, b: S): boolean
  /** The state after an event; test: what a condition has come out as, for the call that is the condition, else null. */
  after(ev: Ev, state: S, test: boolean | null): S
  /** In a turn of a range statement, and after the last one. */
  turn(stmt: Range, state: S): S
  drained(stmt: Range, state: S): S
}

export type Range = Extract<Stmt, { k: 'range' }>

/** The state before each event that is reached (of deferred calls: when they run), and at the end; null if there is none. */
export interface Followed<S> {
  readonly at: ReadonlyMap<Ev, S>
  readonly exit: S | null
}

interface State<S> {
  readonly now: S
  readonly defers: readonly (readonly Ev[])[]
}
interface Jump<S> {
  readonly breaks: State<S>[]
  readonly continues: State<S>[]
  readonly label: string | undefined
  readonly loop: boolean
}
type Maybe<S> = State<S> | null

/**
 * Follows a state forwards through a function, on every way. A loop is taken to have run when it is over: one that did not
 * run had nothing to do.
 */
export function forward<S>(fn: Fn, domain: Domain<S>): Followed<S> {
  const at = new Map<Ev, S>()
  const exits: S[] = []
  const jumps: Jump<S>[] = []

  const join = (states: readonly Maybe<S>[]): Maybe<S> => {
    const [first, ...rest] = states.filter((state) => state !== null)
    return first ? rest.reduce((a, b) => ({ now: domain.meet(a.now, b.now), defers: a.defers }), first) : null
  }
  const note = (ev: Ev, now: S): void => {
    const before = at.get(ev)
    at.set(ev, before === undefined ? now : domain.meet(before, now))
  }
  const events = (evs: readonly Ev[], state: State<S>, test: boolean | null = null): State<S> => {
    let { now } = state
    for (const ev of evs) {
      if (ev.k === 'and' || ev.k === 'or') {
        const known = test === (ev.k === 'and')
        const right = events(ev.e, { ...state, now }, known ? test : null).now
        now = known ? right : domain.meet(now, right)
        continue
      }
      note(ev, now)
      now = domain.after(ev, now, ev.k === 'call' && ev.test !== undefined && test !== null ? ev.test === test : null)
    }
    return { ...state, now }
  }
  const exit = (state: State<S>): void => {
    let { now } = state
    for (const ev of [...state.defers].reverse().flat()) {
      note(ev, now)
      now = domain.after(ev, now, null)
    }
    exits.push(now)
  }
  const seq = (stmts: readonly Stmt[], start: Maybe<S>): Maybe<S> => {
    let state = start
    for (const stmt of stmts) {
      // Statements after a jump are reached by a goto only: nothing is known there.
      const labeled: Maybe<S> = stmt.k === 'labeled' ? { now: domain.start, defers: start?.defers ?? [] } : null
      state = one(stmt, state ?? labeled)
    }
    return state
  }
  const among = (label: string | undefined, loop: boolean, body: (jump: Jump<S>) => Maybe<S>): Maybe<S> => {
    const jump: Jump<S> = { breaks: [], continues: [], label, loop }
    jumps.push(jump)
    const out = body(jump)
    jumps.pop()
    return join([out, ...jump.breaks])
  }
  const one = (stmt: Stmt, state: Maybe<S>, label?: string): Maybe<S> => {
    if (!state) return null
    switch (stmt.k) {
      case 'return':
        exit(events(stmt.e, state))
        return null
      case 'branch':
        leave(stmt, state)
        return null
      case 'defer': {
        const now = events(
          stmt.e.filter((ev) => !runsLate(ev)),
          state,
        )
        return { ...now, defers: [...now.defers, stmt.e.filter(runsLate)] }
      }
      case 'block':
        return seq(stmt.block.body, events(stmt.e, state))
      case 'labeled':
        return among(stmt.label, false, () => one(stmt.stmt, state, stmt.label))
      case 'if': {
        const before = stmt.init ? one(stmt.init, state) : state
        if (!before) return null
        const no = events(stmt.e, before, false)
        return join([seq(stmt.then.body, events(stmt.e, before, true)), stmt.else ? one(stmt.else, no) : no])
      }
      case 'for': {
        const before = stmt.init ? one(stmt.init, state) : state
        if (!before) return null
        return loop(before, label, (start) => ({
          body: seq(stmt.block.body, events(stmt.e, start, true)),
          over: (end) => (stmt.cond ? events(stmt.e, end, false) : null),
          post: (end) => (stmt.post ? one(stmt.post, end) : end),
        }))
      }
      case 'range':
        return loop(events(stmt.e, state), label, (start) => ({
          body: seq(stmt.block.body, { ...start, now: domain.turn(stmt, start.now) }),
          over: (end) => ({ ...end, now: domain.drained(stmt, end.now) }),
          post: (end) => end,
        }))
      case 'switch':
      case 'typeswitch': {
        const init = stmt.init ? one(stmt.init, state) : state
        return init && among(label, false, () => cases(stmt.cases, events(stmt.e, init)))
      }
      case 'select':
        return among(label, false, () => join(stmt.cases.map((c) => seq(c.body, c.comm ? one(c.comm, state) : state))))
      default: {
        const after = events(stmt.e, state)
        return stmt.e.some(neverReturns) ? null : after
      }
    }
  }
  const cases = (all: Extract<Stmt, { k: 'switch' | 'typeswitch' }>['cases'], before: State<S>): Maybe<S> => {
    const outs: Maybe<S>[] = all.some((c) => c.isDefault) ? [] : [before]
    let through: Maybe<S> = null
    for (const c of all) {
      const last = c.body.at(-1)
      const falls = last?.k === 'branch' && last.tok === 'fallthrough'
      const out = seq(falls ? c.body.slice(0, -1) : c.body, join([events(c.e, before), through]))
      through = falls ? out : null
      if (!falls) outs.push(out)
    }
    return join(outs)
  }
  const leave = ({ tok, label }: Extract<Stmt, { k: 'branch' }>, state: State<S>): void => {
    const named = [...jumps].reverse().filter((jump) => label === undefined || jump.label === label)
    if (tok === 'break') named[0]?.breaks.push(state)
    if (tok === 'continue') named.find((jump) => jump.loop)?.continues.push(state)
  }
  const loop = (
    start: State<S>,
    label: string | undefined,
    turn: (start: State<S>) => {
      body: Maybe<S>
      over: (end: State<S>) => Maybe<S>
      post: (end: State<S>) => Maybe<S>
    },
  ): Maybe<S> => {
    let entry = start
    for (;;) {
      let next: Maybe<S> = null
      const now = entry
      const out = among(label, true, (jump) => {
        const { body, over, post } = turn(now)
        const end = join([body, ...jump.continues])
        next = end && post(end)
        return over(next ?? now)
      })
      const back = join([start, next]) ?? start
      if (domain.same(back.now, entry.now)) return out
      entry = { now: domain.meet(back.now, entry.now), defers: start.defers }
    }
  }

  const end = seq(fn.facts.stmts, { now: domain.start, defers: [] })
  if (end) exit(end)
  const [first, ...rest] = exits
  return { at, exit: first === undefined ? null : rest.reduce((a, b) => domain.meet(a, b), first) }
}
