import { staticCallees } from './funcvalues.js'
import { type AbsPath, argumentFor, type Paths, targetKey } from './paths.js'
import type { CallEv, Fn, Program } from './program.js'
import { dominates, flowOf, runsAtExit, shareLoop, type Site } from './walk.js'

/**
 * What orders goroutines besides locks, by the object that carries it (a channel, WaitGroup, Once or atomic): what a goroutine
 * does before it releases is over when another has acquired. Paths are in the terms of the function that holds the site.
 */
export interface Orders {
  /** Received from, waited for, done (Once) or loaded on every way to the site. */
  acquiredBefore(site: Site): readonly AbsPath[]
  /** What the site itself acquires. */
  acquiredAt(site: Site): readonly AbsPath[]
  /** Sent to, closed, done (WaitGroup) or stored to after the site, and not before the site runs again. */
  releasedAfter(site: Site): readonly AbsPath[]
}

export function buildOrders(program: Program, paths: Paths): Orders {
  const entryAcquires = new Map<Fn, readonly AbsPath[]>()
  /** What the function has acquired whenever it returns. */
  const always = (fn: Fn, depth: number): readonly AbsPath[] => {
    const known = entryAcquires.get(fn)
    if (known) return known
    entryAcquires.set(fn, [])
    const found = depth > 3 ? [] : flowOf(fn).sites.filter(s => s.blocks.length === 0).flatMap(s => acquires(s, depth + 1))
    entryAcquires.set(fn, found)
    return found
  }
  const acquires = (site: Site, depth: number): readonly AbsPath[] => {
    const { fn, ev } = site
    if (ev.k === 'recv') return [paths.resolve(fn, ev.p)]
    if (ev.k !== 'call' || ev.mode !== 'call') return []
    const key = ev.callee.k === 'func' ? ev.callee.key : ''
    if (/^sync\.(WaitGroup\.Wait|Once\.Do)$|errgroup\.Group\.Wait$|^sync\/atomic\.\w+\.Load$/.test(key) && ev.recv) return [paths.resolveVal(fn, ev.recv)]
    const [callee, ...more] = staticCallees(program, ev)
    if (!callee || more.length > 0) return []
    return always(callee, depth).flatMap(path => toCaller(paths, path, callee, fn, ev))
  }
  const releases = (site: Site): readonly AbsPath[] => {
    const { fn, ev } = site
    if (ev.k === 'chansend') return [paths.resolve(fn, ev.p)]
    if (ev.k !== 'call' || ev.mode === 'go') return []
    const [arg] = ev.args
    if (ev.callee.k === 'builtin' && ev.callee.name === 'close' && arg) return [paths.resolveVal(fn, arg)]
    const key = ev.callee.k === 'func' ? ev.callee.key : ''
    if (/^sync\.WaitGroup\.Done$|^sync\/atomic\.\w+\.(Store|Swap|CompareAndSwap)$/.test(key) && ev.recv) return [paths.resolveVal(fn, ev.recv)]
    if (ev.mode === 'defer' && ev.callee.k === 'value' && ev.callee.v.k === 'lit') return flowOf(program.fn(fn.pkg, ev.callee.v.fn)).sites.flatMap(releases)
    return []
  }
  return {
    acquiredAt: site => acquires(site, 0),
    acquiredBefore: site => flowOf(site.fn).sites.filter(s => dominates(s, site)).flatMap(s => acquires(s, 0)),
    releasedAfter: site =>
      flowOf(site.fn).sites.filter(s => runsAtExit(s) || (s.n > site.n && !shareLoop(s, site))).flatMap(releases),
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

export function keysOf(all: readonly AbsPath[]): ReadonlySet<string> {
  return new Set(all.map(targetKey).filter(key => key !== ''))
}
