/** Ways out of a function on which a lock that it took stays locked, where that is not what the function is for. */
import type { Stmt } from '../facts.js'
import type { Engine } from './engine.js'
import { staticCallees } from './funcvalues.js'
import { type Held, type HeldSet, intersect } from './heldsets.js'
import { type Lock, lockOp } from './lockops.js'
import { isHandedOver, isPrivate, mayHaveMoved, releasersOf, takenBefore } from './lockplaces.js'
import { type Fn, plainName, typeAt } from './program.js'
import { flowOf, runsAtExit, type Site } from './walk.js'

/** A lock that stays locked. */
export interface Leak {
  readonly held: Held
  /** Where it was taken. */
  readonly from: Site
  /** The return or panic; null for the end of the body. */
  readonly to: Site | null
  /** Of a panic: the function that recovers. */
  readonly recovered: Fn | null
  /** Nowhere does the function give it back. */
  readonly always: boolean
}

/** The leaks of a function: those at its returns and its end, and those at a panic that is recovered. */
export function leaksOf(engine: Engine, fn: Fn): readonly Leak[] {
  const facts = engine.locks.of(fn)
  if (![...facts.at.values()].some((held) => held.size > 0)) return []
  const ways = exitsOf(facts.exits)
  const always = (held: Held): boolean => [...ways.values()].every((all) => all.has(held.lock.id))
  const atExits = [...ways].flatMap(([stmt, all]) =>
    [...all.values()].flatMap((held): Leak[] => {
      // Under a flag it is taken, and given back.
      if (held.when !== undefined) return []
      const to = stmt && (flowOf(fn).sites.find((site) => site.stmt === stmt && site.ev.k === 'return') ?? null)
      const from = takenBefore(engine, to ?? endOf(fn), held.lock)
      if (
        !from ||
        (stmt && !to) ||
        isProcessEnd(engine, fn, to) ||
        mayHaveMoved(engine, held.lock, from, to ?? endOf(fn))
      )
        return []
      return [{ held, from, to, recovered: null, always: always(held) }]
    }),
  )
  const found = [...atExits, ...panicsOf(engine, fn)].filter((leak) => !isMeant(engine, fn, leak))
  // Left locked at every exit, it is one fault.
  return found.filter(
    (leak, i) => !leak.always || found.findIndex((other) => other.held.lock.id === leak.held.lock.id) === i,
  )
}

/** What is held at each way out, whatever bool parameters are. */
function exitsOf(exits: readonly { readonly stmt: Stmt | null; readonly held: HeldSet }[]): Map<Stmt | null, HeldSet> {
  const ways = new Map<Stmt | null, HeldSet>()
  for (const { stmt, held } of exits) {
    const other = ways.get(stmt)
    ways.set(stmt, other ? intersect(other, held) : held)
  }
  return ways
}

/** A place after all events of the function. */
function endOf(fn: Fn): Site {
  const { sites } = flowOf(fn)
  const last = sites.at(-1)
  if (!last) throw new Error(`bug: ${fn.facts.key} holds a lock and has no events`)
  return { ...last, n: sites.length, blocks: [], loops: [] }
}

const ENDS = /(^|[./])(\w*Fatal\w*|Exit|Goexit|\w*Panic\w*|Abort|FailNow|Skip(f|Now)?|throw|fatal\w*|die|crash)$/

/** Whether the way out comes after a call that never returns, as its name or body says. */
function isProcessEnd(engine: Engine, fn: Fn, to: Site | null): boolean {
  if (/^main\.main$|\.TestMain$/.test(`${fn.pkg.name}.${fn.facts.display}`)) return true
  const sites = flowOf(fn).sites
  const n = to?.n ?? sites.length
  const before = sites.findLast(
    (site) =>
      site.n < n && site.ev.k === 'call' && site.ev.mode === 'call' && String(site.blocks) === String(to?.blocks ?? []),
  )
  if (before?.ev.k !== 'call') return false
  const { callee } = before.ev
  if (ENDS.test(callee.k === 'func' ? callee.key : callee.k === 'iface' ? callee.method : '')) return true
  const bodies = staticCallees(engine.program, before.ev)
  return bodies.length > 0 && bodies.every((body) => engine.locks.of(body).exits.length === 0)
}

const LOCKER = /lock|acquire|enter|begin|start|hold|reserve|claim|grab|take|suspend|pause|freeze|open/i

/** Whether it is by design that the lock is held: by the function's name, or because something else gives it back. */
function isMeant(engine: Engine, fn: Fn, { held, from, always, recovered }: Leak): boolean {
  const { lock } = held
  const facts = engine.locks.of(fn)
  if (!/^[og]:/.test(lock.path.root) || isPrivate(engine, lock, from)) return true
  const given = [...facts.releases.values(), ...[...facts.lentAt.values()].flatMap((all) => [...all.values()])]
  if (given.some((other) => other.lock.key === lock.key)) return true
  if (releasersOf(engine, lock).some((other) => !runsInPlace(engine, other, lock)) || isHandedOver(engine, lock))
    return true
  if (retakes(engine, from, lock, 0)) return true
  if (recovered) return false
  const name = plainName(fn)
  if (LOCKER.test(name) || fn.facts.resultTypes.some((ref) => typeAt(fn.pkg, ref).kind === 'func')) return true
  // What callers outside may unlock, and literals that are nothing but a Lock.
  return (
    always &&
    (fn.facts.kind === 'literal' ||
      isExported(engine, lock) ||
      !isTakenItself(engine, fn, from) ||
      isUnlockedAbove(engine, fn))
  )
}

/** Whether what is called there takes the lock for the caller of all, after it gave it up: then nobody here took it. */
function retakes(engine: Engine, { fn, ev }: Site, lock: Lock, depth: number): boolean {
  const { program, locks } = engine
  if (ev.k !== 'call' || depth > 3) return false
  return staticCallees(program, ev).some((callee) => {
    const facts = locks.of(callee)
    if (callee === fn || ![...facts.acquires.values()].some((held) => held.lock.key === lock.key)) return false
    const lent = [...facts.lentAt.values()].some((all) => [...all.values()].some((held) => held.lock.key === lock.key))
    return lent || flowOf(callee).sites.some((site) => retakes(engine, site, lock, depth + 1))
  })
}

function runsInPlace({ locks }: Engine, literal: Fn, lock: Lock): boolean {
  return (
    literal.facts.kind === 'literal' && [...locks.entry(literal).values()].some((held) => held.lock.key === lock.key)
  )
}

function isExported({ paths }: Engine, { key }: Lock): boolean {
  const object = paths.object(key)
  return object?.facts.exported === true || object?.facts.embedded === true
}

function isTakenItself({ program, paths }: Engine, fn: Fn, { ev }: Site): boolean {
  return ev.k === 'call' && lockOp(program, paths, fn, ev) !== null
}

/** Whether some caller does not leave the lock held that this function leaves it. */
function isUnlockedAbove({ callers, locks }: Engine, fn: Fn): boolean {
  return callers.of(fn).some((c) => c.how === 'call' && locks.of(c.site.fn).acquires.size === 0)
}

/** Panics in the function itself with a lock held that no deferred call gives back, where someone recovers. */
function panicsOf(engine: Engine, fn: Fn): Leak[] {
  const { locks } = engine
  const sites = flowOf(fn).sites
  return sites.flatMap((to) => {
    if (to.ev.k !== 'call' || to.ev.callee.k !== 'builtin' || to.ev.callee.name !== 'panic') return []
    const all = locks.of(fn).at.get(to.ev)
    const recovered = all && all.size > 0 ? recovererOf(engine, fn, 0) : null
    if (!all || !recovered) return []
    const late = sites.filter((site) => site.n < to.n && runsAtExit(site))
    return [...all.values()].flatMap((held): Leak[] => {
      const from = takenBefore(engine, to, held.lock)
      if (!from || late.some((site) => givesUp(engine, site, held.lock))) return []
      return [{ held, from, to, recovered, always: false }]
    })
  })
}

function givesUp({ program, paths, locks }: Engine, { fn, ev }: Site, lock: Lock): boolean {
  if (ev.k !== 'call') return false
  const op = lockOp(program, paths, fn, ev)
  if (op) return op.op === 'release' && op.lock.key === lock.key
  if (ev.callee.k === 'value') {
    if (ev.callee.v.k !== 'lit') return true
    return [...locks.of(program.fn(fn.pkg, ev.callee.v.fn)).releases.values()].some(
      (held) => held.lock.key === lock.key,
    )
  }
  return staticCallees(program, ev).some((callee) =>
    [...locks.of(callee).releases.values()].some((held) => held.lock.key === lock.key),
  )
}

const MAX_CALLERS = 20

/** The function that recovers from a panic of this one: itself, or one that calls it; null if none is seen within a few calls. */
function recovererOf(engine: Engine, fn: Fn, depth: number): Fn | null {
  const { program, callers } = engine
  const recovers = flowOf(fn).sites.some((site) => {
    if (!runsAtExit(site) || site.ev.k !== 'call') return false
    const { callee } = site.ev
    const bodies =
      callee.k === 'value' && callee.v.k === 'lit' ? [program.fn(fn.pkg, callee.v.fn)] : staticCallees(program, site.ev)
    return bodies.some((body) => body.facts.hasRecover)
  })
  if (recovers) return fn
  if (depth > 3) return null
  for (const caller of callers.of(fn).slice(0, MAX_CALLERS)) {
    const above = caller.how === 'call' && !caller.dynamic ? recovererOf(engine, caller.site.fn, depth + 1) : null
    if (above) return above
  }
  return null
}
