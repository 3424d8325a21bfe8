import type { Ev, Val } from '../facts.js'
import type { Passing } from './binding.js'
import type { Caller } from './callers.js'
import type { Level } from './contexts.js'
import type { Engine } from './engine.js'
import { outermost } from './freshness.js'
import { type FuncValue, staticCallees } from './funcvalues.js'
import { type AbsPath, isField, samePath } from './paths.js'
import type { Fn, Program } from './program.js'
import { flowOf, type Site } from './walk.js'

const passing = new WeakMap<Fn, Map<Fn, readonly Caller[]>>()

/** The callers of fn that matter when the walk came by a function value: those that pass it, if it is passed at all. */
export function callersWith(engine: Engine, fn: Fn, carried: Fn | null): readonly Caller[] {
  const all = engine.callers.of(fn)
  if (!carried) return all
  const known = passing.get(fn) ?? new Map<Fn, readonly Caller[]>()
  passing.set(fn, known)
  const before = known.get(carried)
  if (before) return before
  const some = all.filter(
    (c) => c.how === 'root' || c.value !== undefined || argumentsThatAre(engine, carried, c).length > 0,
  )
  const found = some.some((c) => c.how !== 'root' && c.value === undefined) ? some : all
  known.set(carried, found)
  return found
}

/** The function value to go on looking for in the callers of the caller, if it got the value as a parameter itself. */
export function nextCarried(engine: Engine, carried: Fn | null, caller: Passing): Fn | null {
  if (!carried) return null
  const passes = argumentsThatAre(engine, carried, caller)
  // A local function is called where its function's parameters are what they were.
  if (passes.length === 0 && caller.value)
    return outermost(engine.program, caller.value.fn) === outermost(engine.program, caller.site.fn) ? carried : null
  return passes.length === 0 || passes.some((arg) => arg.k === 'lit' || arg.k === 'func') ? null : carried
}

function argumentsThatAre({ values }: Engine, carried: Fn, { call, site }: Passing): Val[] {
  return call.args.filter((arg) => values.targets(site.fn, arg).some((t) => t.fn === carried))
}

/** Whether the function value that is called, or passed on, is a parameter there: then callers who pass another are beside the point. */
export function cameAsParameter({ paths, values }: Engine, { call, site, value }: Passing): boolean {
  const given =
    call.callee.k === 'value'
      ? [call.callee.v]
      : call.args.filter((arg) => values.targets(site.fn, arg).some((t) => t.fn === value?.fn))
  return given.some((v) => {
    if (v.k !== 'path') return false
    const { root, steps } = paths.resolve(site.fn, v.p)
    return steps.length === 0 && root.startsWith('o:') && paths.object(root.slice(2))?.facts.kind === 'param'
  })
}

/**
 * Where a function value became one, if its goroutine is started elsewhere, at the last level's site, by code that knows nothing of the
 * variables that the value brings along.
 */
export function handedOver({ paths, program }: Engine, map: AbsPath, kept: FuncValue | null, start: Site): Site | null {
  if (!kept || !map.root.startsWith('o:')) return null
  const owner = paths.object(map.root.slice(2))?.fn
  const home = outermost(program, kept.at)
  if (!owner || outermost(program, owner) !== home || outermost(program, start.fn) === home) return null
  const made = makingOf(program, kept)
  if (!made) return null
  // A local that holds it first: handed over where the local is.
  const { sites } = flowOf(kept.at)
  const local = sites.find(({ ev, stmt }) => ev.k === 'set' && stmt === made.stmt && ev.v.k === 'lit')?.ev
  const holder = local?.k === 'set' ? paths.raw(kept.at, local.to) : undefined
  if (holder === undefined || holder.steps.length > 0 || !holder.root.startsWith('o:')) return made
  const holds = (v: Val): boolean => v.k === 'path' && samePath(paths.raw(kept.at, v.p), holder)
  return sites.find((site) => site.n > made.n && passedOn(site).some(holds)) ?? made
}

const MAX_CALLERS = 200

/**
 * Where the kept value was made, if by what its goroutine does itself: `p.read()` leaves something for later, and runs it at its end. A
 * worker that takes values off a channel runs those of others all the same.
 */
export function keptForItself(engine: Engine, kept: FuncValue | null, levels: readonly Level[]): Site | null {
  const { callers, program } = engine
  const call = kept && callOf(engine, kept, levels)
  if (!call || call.from?.steps.includes('<-')) return null
  const above = new Set(levels.slice(call.level, -1).map(({ site }) => site.fn))
  const makers = new Set([kept.at])
  for (const maker of makers) {
    if (above.has(maker)) return makingOf(program, kept)
    if (makers.size > MAX_CALLERS) return null
    for (const by of callers.of(maker)) if (by.how === 'call' && !by.dynamic && !by.value) makers.add(by.site.fn)
  }
  return null
}

/**
 * Whether the goroutine that calls the kept value knows nothing of what it was kept for: it begins outside of the package of the type that
 * keeps it, and so works on an object of that type which may well keep another value.
 */
export function isCalledFromAfar(engine: Engine, kept: FuncValue, levels: readonly Level[]): boolean {
  const call = callOf(engine, kept, levels)
  const field = call?.from?.steps.filter(isField).at(-1)
  const home = field === undefined ? undefined : engine.paths.object(field)?.pkg.path
  return home !== undefined && levels.slice(-2).every(({ site }) => site.fn.pkg.path !== home)
}

/** Where on the way the kept value is called, and what it is called as. */
function callOf(
  { paths, values }: Engine,
  kept: FuncValue,
  levels: readonly Level[],
): { level: number; from: AbsPath | null } | null {
  for (const [level, { site }] of levels.entries()) {
    const { fn, ev } = site
    if (ev.k !== 'call' || ev.callee.k !== 'value') continue
    const { v } = ev.callee
    if (values.targets(fn, v).some((target) => target.fn === kept.fn))
      return { level, from: v.k === 'path' ? paths.resolve(fn, v.p) : null }
  }
  return null
}

function makingOf(program: Program, { fn, at }: FuncValue): Site | null {
  const is = ({ ev }: Site): boolean =>
    (ev.k === 'lit' && program.fn(at.pkg, ev.fn) === fn) || (ev.k === 'ref' && ev.key === fn.facts.key)
  return flowOf(at).sites.find(is) ?? null
}

/** The values that an event gives to others. */
function passedOn({ ev }: Site): readonly Val[] {
  if (ev.k === 'call') return ev.args
  if (ev.k === 'set' || ev.k === 'chansend') return [ev.v]
  if (ev.k === 'acc') return ev.v ? [ev.v] : []
  return ev.k === 'return' ? ev.vals : []
}

/** Whether the call that is handed the value waits on a condition variable: for goroutines to be done, it may be. */
export function awaitsSomething({ program }: Engine, from: Site): boolean {
  return flowOf(from.fn).sites.some(
    ({ ev, stmt }) =>
      stmt === from.stmt && ev.k === 'call' && staticCallees(program, ev).some((callee) => waits(program, callee, 1)),
  )
}

/** Whether the function that starts a goroutine waits on a condition variable behind it. */
export function waitsLater({ program }: Engine, start: Site): boolean {
  return flowOf(start.fn).sites.some(({ ev, n }) => n > start.n && waitsAt(program, ev, 1))
}

function waits(program: Program, fn: Fn, depth: number): boolean {
  return flowOf(fn).sites.some(({ ev }) => waitsAt(program, ev, depth))
}

function waitsAt(program: Program, ev: Ev, depth: number): boolean {
  if (ev.k !== 'call' || ev.mode !== 'call') return false
  if (ev.callee.k === 'func' && ev.callee.key === 'sync.Cond.Wait') return true
  return depth > 0 && staticCallees(program, ev).some((callee) => waits(program, callee, depth - 1))
}
