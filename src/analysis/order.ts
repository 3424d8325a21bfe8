import { staticCallees } from './funcvalues.js'
import { onceOf } from './once.js'
import { type AbsPath, argumentFor, type Paths, targetKey } from './paths.js'
import type { CallEv, Fn, Program } from './program.js'
import { dominates, endsFlow, flowOf, runsAtExit, type Site, shareLoop } from './walk.js'

/**
 * What orders goroutines besides locks, by the object that carries it (a channel, WaitGroup, Once or atomic): what a goroutine
 * does before it releases is over when another has acquired. Paths are in the terms of the function that holds the site.
 */
export interface Orders {
  /** Received from, waited for, done (Once) or loaded on every way to the site. */
  acquiredBefore(site: Site): readonly AbsPath[]
  /** The sites of a function that acquire something. */
  acquirers(fn: Fn): readonly { readonly site: Site; readonly all: readonly AbsPath[] }[]
  /** Sent to, closed, done (WaitGroup) or stored to after the site, and not before the site runs again. */
  releasedAfter(site: Site): readonly AbsPath[]
}

/** Reads what orders goroutines off the calls, sends and receives of each function. Answers are kept. */
export function buildOrders(program: Program, paths: Paths): Orders {
  const entryAcquires = new Map<Fn, readonly AbsPath[]>()
  /** What the function has acquired whenever it returns. */
  const always = (fn: Fn, depth: number): readonly AbsPath[] => {
    const known = entryAcquires.get(fn)
    if (known) return known
    entryAcquires.set(fn, [])
    const { sites } = flowOf(fn)
    const left = sites.find((s) => s.ev.k === 'return')?.n ?? sites.length
    const found =
      depth > 3 ? [] : sites.filter((s) => s.blocks.length === 0 && s.n <= left).flatMap((s) => acquires(s, depth + 1))
    entryAcquires.set(fn, found)
    return found
  }
  const acquires = (site: Site, depth: number): readonly AbsPath[] => {
    const { fn, ev } = site
    if (ev.k === 'recv') return [paths.resolve(fn, ev.p)]
    if (ev.k !== 'call' || ev.mode !== 'call') return []
    const once = onceOf(program, paths, fn, ev)
    if (once) return [once]
    const key = ev.callee.k === 'func' ? ev.callee.key : ''
    if (/^sync\.WaitGroup\.Wait$|errgroup\.Group\.Wait$|^sync\/atomic\.\w+\.Load$/.test(key) && ev.recv)
      return [paths.resolveVal(fn, ev.recv)]
    const [callee, ...more] = staticCallees(program, ev)
    if (!callee || more.length > 0) return []
    return always(callee, depth).flatMap((path) => toCaller(paths, path, callee, fn, ev))
  }
  const releases = (site: Site): readonly AbsPath[] => {
    const { fn, ev } = site
    if (ev.k === 'chansend') return [paths.resolve(fn, ev.p)]
    if (ev.k !== 'call' || ev.mode === 'go') return []
    const [arg] = ev.args
    if (ev.callee.k === 'builtin' && ev.callee.name === 'close' && arg) return [paths.resolveVal(fn, arg)]
    const key = ev.callee.k === 'func' ? ev.callee.key : ''
    if (/^sync\.WaitGroup\.Done$|^sync\/atomic\.\w+\.(Store|Swap|CompareAndSwap)$/.test(key) && ev.recv)
      return [paths.resolveVal(fn, ev.recv)]
    if (ev.mode === 'defer' && ev.callee.k === 'value' && ev.callee.v.k === 'lit')
      return flowOf(program.fn(fn.pkg, ev.callee.v.fn)).sites.flatMap(releases)
    return []
  }
  const acquirers = memo((fn: Fn) =>
    flowOf(fn)
      .sites.map((site) => ({ site, all: acquires(site, 0) }))
      .filter((a) => a.all.length > 0),
  )
  const releasers = memo((fn: Fn) =>
    flowOf(fn)
      .sites.map((site) => ({ site, all: releases(site) }))
      .filter((r) => r.all.length > 0),
  )
  return {
    acquirers,
    acquiredBefore: memo((site: Site) =>
      acquirers(site.fn)
        .filter((a) => dominates(a.site, site) && heeded(a.site, site))
        .flatMap((a) => a.all),
    ),
    releasedAfter: memo((site: Site) =>
      releasers(site.fn)
        .filter((r) => runsAtExit(r.site) || (r.site.n > site.n && !shareLoop(r.site, site)))
        .flatMap((r) => r.all),
    ),
  }
}

/** Whether the site runs only where a flag was seen set, if the acquiring event is a flag that an if tests. */
function heeded({ ev, stmt }: Site, site: Site): boolean {
  if (
    ev.k !== 'call' ||
    ev.test === undefined ||
    stmt.k !== 'if' ||
    ev.callee.k !== 'func' ||
    !FLAG.test(ev.callee.key)
  )
    return true
  const [start, end] = stmt.then.span
  const inThen = site.ev.span[0] >= start && site.ev.span[1] <= end
  if (ev.test)
    return inThen || (site.n > 0 && stmt.else !== undefined && endsFlow([stmt.else]) && site.ev.span[0] >= stmt.span[1])
  return !inThen && (endsFlow(stmt.then.body) || site.ev.span[1] <= stmt.span[1])
}

const FLAG = /^sync\/atomic\.Bool\.Load$/

function memo<K extends object, V>(compute: (key: K) => V): (key: K) => V {
  const known = new WeakMap<K, { readonly value: V }>()
  return (key) => {
    const at = known.get(key)
    if (at) return at.value
    const value = compute(key)
    known.set(key, { value })
    return value
  }
}

/** A path of the callee in the caller's terms; nothing where it does not reach the caller. */
export function toCaller(paths: Paths, path: AbsPath, callee: Fn, caller: Fn, call: CallEv): AbsPath[] {
  if (path.root.startsWith('g:')) return [path]
  const arg = argumentFor(callee, call, path.root)
  if (arg) {
    const at = paths.resolveVal(caller, arg)
    return [{ root: at.root, steps: [...at.steps, ...path.steps] }]
  }
  const object = path.root.startsWith('o:') ? paths.object(path.root.slice(2)) : undefined
  return object?.fn === callee ? (path.steps.length > 0 ? [{ root: '?', steps: path.steps }] : []) : [path]
}

/** Whether two sets of paths name a common channel, WaitGroup, Once or atomic (instances of one field are taken for one). */
export function meet(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  for (const key of a) if (b.has(key)) return true
  return false
}

/** What paths lead to, instances apart. */
export function keysOf(all: readonly AbsPath[]): ReadonlySet<string> {
  return new Set(all.map(targetKey).filter((key) => key !== ''))
}

/** Whether the function that starts the goroutine waits for it after the site on every way on. */
export function joinsAfter(orders: Orders, site: Site, released: ReadonlySet<string>): Site | null {
  if (released.size === 0) return null
  const join = orders.acquirers(site.fn).find(({ site: s, all }) => {
    if (s.n <= site.n) return false
    const own = s.loops.at(-1)
    const blocks =
      own !== undefined && s.blocks.at(-1) === own && !site.blocks.includes(own) ? s.blocks.slice(0, -1) : s.blocks
    if (!blocks.every((block, i) => site.blocks[i] === block)) return false
    return [...keysOf(all)].some((key) => released.has(key))
  })
  return join?.site ?? null
}
