/** Who may have a lock already when a function of theirs would take it: callers, and those who wait for a goroutine. */
import { eventEffects } from '../analysis/effects.js'
import { staticCallees } from '../analysis/funcvalues.js'
import type { CallEv, Fn, Program } from '../analysis/program.js'
import { fateOf } from '../analysis/spawners.js'
import type { Ev } from '../facts.js'
import { holdingOf } from './holding.js'
import { type CallSite, callSites, callsOf, functionsOf } from './reach.js'
import { eventsOf } from './tree.js'

/**
 * Why the function must not take the lock: someone may hold it when it calls the function, or when it starts a goroutine that runs it and, before it gives the
 * lock up, waits for something (for what is not looked into). Null if there is nobody.
 */
export function heldAround(program: Program, fn: Fn, lock: string): string | null {
  const { around, callerWith } = holdingOf(program)
  const caller = callerWith(fn, lock)?.facts.display
  if (caller !== undefined)
    return `${caller} holds the lock when it calls ${fn.facts.display}, which uses the map without it elsewhere`
  const waits = (starter: Fn): boolean =>
    withCallers(program, starter).some((at) =>
      eventsOf(at.facts.stmts).some((ev) => around(at, ev).has(lock) && isWait(program, at, ev)),
    )
  const start = withCallers(program, fn)
    .flatMap((body) => startersOf(program).get(body) ?? [])
    .find((one) => around(one.caller, one.call).has(lock) && waits(one.caller))
  if (start === undefined) return null
  return `${start.caller.facts.display} starts ${fn.facts.display}, and may wait for it, with the lock held`
}

function isWait(program: Program, fn: Fn, ev: Ev): boolean {
  return eventEffects(program, fn, [ev]).reasons.some(
    ({ why }) => why === 'channel' || why === 'select' || why === 'blocks',
  )
}

/** The function, and all from which calls lead to it on the same goroutine. */
function withCallers(program: Program, fn: Fn): readonly Fn[] {
  const found = new Set([fn])
  for (const at of found) for (const { caller } of callsOf(program, at)) found.add(caller)
  return [...found]
}

const known = new WeakMap<Program, ReadonlyMap<Fn, readonly CallSite[]>>()

/** Where goroutines that run the function begin. */
function startersOf(program: Program): ReadonlyMap<Fn, readonly CallSite[]> {
  const starts = known.get(program) ?? callSites(program, startedBy)
  known.set(program, starts)
  return starts
}

/** The bodies that a call starts on goroutines of their own: go f(), and what it gives to wg.Go and the like. */
function startedBy(program: Program, fn: Fn, call: CallEv): readonly Fn[] {
  const given = call.args.flatMap((arg, i) =>
    staticCallees(program, call).length === 0 && fateOf(call, i).how === 'spawn' ? functionsOf(program, fn, arg) : [],
  )
  if (call.mode !== 'go') return given
  return [
    ...given,
    ...staticCallees(program, call),
    ...(call.callee.k === 'value' ? functionsOf(program, fn, call.callee.v) : []),
  ]
}
