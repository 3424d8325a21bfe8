import type { Ev, Span, Val } from '../facts.js'
import { type Domain, forward } from './forward.js'
import { staticCallees } from './funcvalues.js'
import { handleNames } from './handles.js'
import { onceOf } from './once.js'
import { type AbsPath, argumentFor, type Paths, pathId, targetKey } from './paths.js'
import type { CallEv, Fn, Program } from './program.js'
import { flowOf, type Place, runsAtExit, type Site, shareLoop } from './walk.js'

/**
 * What orders goroutines besides locks, by the object that carries it (a channel, WaitGroup, Once or atomic): what a goroutine
 * does before it releases is over when another has acquired. Paths are in the terms of the function that holds the site; the
 * path of a channel that was closed ends in CLOSED.
 */
export interface Orders {
  /** Received from, waited for, done (Once) or loaded on every way to the site. */
  acquiredBefore(site: Site): readonly AbsPath[]
  /** The places of a function that acquire something, in order. */
  acquirers(fn: Fn): readonly Acquirer[]
  /** Those that the function has deferred before the site: they come at its end. */
  acquirersAtExit(site: Site): readonly Acquirer[]
  /** Sent to, closed, done (WaitGroup) or stored to after the site, and not before the site runs again. */
  releasedAfter(site: Site): readonly AbsPath[]
  /** What the paths lead to, instances apart. */
  keys(all: readonly AbsPath[]): ReadonlySet<string>
  /** Of what was acquired, with what everyone has acquired who releases one of them: `wg.Wait(); close(done)`. */
  acquiredKeys(all: readonly AbsPath[]): ReadonlySet<string>
}

/** An event, or (null) the end of a loop over a channel. */
export interface Acquirer {
  readonly at: Place
  readonly ev: Ev | null
  readonly span: Span
  readonly all: readonly AbsPath[]
}

/** The last step of a channel's path: not any value of it, but its end. */
export const CLOSED = '<closed'

type Acquired = ReadonlyMap<string, AbsPath>
const NOTHING: Acquired = new Map()

/** Reads what orders goroutines off the calls, sends and receives of each function. Answers are kept. */
export function buildOrders(program: Program, paths: Paths): Orders {
  const running = new Set<Fn>()
  const names = lazy(() => handleNames(program, paths))
  const keys = (all: readonly AbsPath[]): ReadonlySet<string> =>
    new Set(all.map((path) => orderKey(path, names())).filter((key) => key !== ''))
  const followed = memo((fn: Fn) => {
    if (running.has(fn)) return { at: new Map(), exit: NOTHING }
    running.add(fn)
    const mayAcquire =
      flowOf(fn).sites.some((site) => acquires(site).length > 0) ||
      flowOf(fn).ends.some(({ stmt }) => stmt.p !== undefined)
    const found = mayAcquire ? forward(fn, domainOf(fn)) : { at: new Map(), exit: NOTHING }
    running.delete(fn)
    return found
  })
  const domainOf = (fn: Fn): Domain<Acquired> => {
    const channel = (ref: number | undefined): readonly AbsPath[] => (ref === undefined ? [] : [paths.resolve(fn, ref)])
    return {
      start: NOTHING,
      meet: (a, b) => (a === b ? a : new Map([...a].filter(([id]) => b.has(id)))),
      same: (a, b) => a.size === b.size,
      after(ev, state, test) {
        const site = flowOf(fn).at.get(ev)
        return site && isHeeded(site, test) ? withAll(state, acquires(site)) : state
      },
      turn: (stmt, state) => withAll(state, channel(stmt.p)),
      drained: (stmt, state) => withAll(state, channel(stmt.p).flatMap(closed)),
    }
  }
  const acquires = memo((site: Site): readonly AbsPath[] => {
    const { fn, ev } = site
    if (ev.k === 'recv') return [paths.resolve(fn, ev.p)]
    if (ev.k !== 'call' || ev.mode === 'go') return []
    const once = onceOf(program, paths, fn, ev)
    if (once) return [once]
    const key = ev.callee.k === 'func' ? ev.callee.key : ''
    if (/^sync\.WaitGroup\.Wait$|errgroup\.Group\.Wait$/.test(key) && ev.recv) return [paths.resolveVal(fn, ev.recv)]
    const atomic = loaded(key, site)
    if (atomic) return [paths.resolveVal(fn, atomic)]
    const [callee, ...more] = bodiesOf(fn, ev)
    if (!callee || more.length > 0) return []
    const all = followed(callee).exit ?? NOTHING
    return [...all.values(), ...unlessDeclined(callee)].flatMap((path) => toCaller(paths, path, callee, fn, ev))
  })
  /** The Onces that a function has run unless it had no use for them: there is nothing then to race on. */
  const unlessDeclined = memo((fn: Fn): readonly AbsPath[] => {
    const { sites } = flowOf(fn)
    const left = sites.find((site) => site.ev.k === 'return' && !declines(site))?.n ?? sites.length
    return sites.flatMap(({ ev, blocks, n }) => {
      const once = ev.k === 'call' && blocks.length === 0 && n <= left ? onceOf(program, paths, fn, ev) : null
      return once ? [once] : []
    })
  })
  const bodiesOf = (fn: Fn, call: CallEv): readonly Fn[] =>
    call.callee.k === 'value' && call.callee.v.k === 'lit'
      ? [program.fn(fn.pkg, call.callee.v.fn)]
      : staticCallees(program, call)
  const releases = (site: Site): readonly AbsPath[] => {
    const { fn, ev } = site
    if (ev.k === 'chansend') return [paths.resolve(fn, ev.p)]
    if (ev.k !== 'call' || ev.mode === 'go') return []
    const [arg] = ev.args
    if (ev.callee.k === 'builtin' && ev.callee.name === 'close' && arg) return closed(paths.resolveVal(fn, arg))
    const key = ev.callee.k === 'func' ? ev.callee.key : ''
    if (/^sync\.WaitGroup\.Done$|^sync\/atomic\.\w+\.(Store|Swap|CompareAndSwap)$/.test(key) && ev.recv)
      return [paths.resolveVal(fn, ev.recv)]
    if (/^sync\/atomic\.(Store|Swap|CompareAndSwap)\w+$/.test(key) && arg) return [paths.resolveVal(fn, arg)]
    if (ev.mode === 'defer' && ev.callee.k === 'value' && ev.callee.v.k === 'lit')
      return flowOf(program.fn(fn.pkg, ev.callee.v.fn)).sites.flatMap(releases)
    return []
  }
  const acquiredAt = (site: Site): readonly AbsPath[] => [...(followed(site.fn).at.get(site.ev)?.values() ?? [])]
  const acquirers = memo((fn: Fn) => {
    const { sites, ends } = flowOf(fn)
    const calls = sites.map((site): Acquirer => {
      const { ev, stmt } = site
      return { at: site, ev, span: ev.span, all: stmt.k === 'defer' ? [] : acquires(site) }
    })
    const drained = ends.map(({ stmt: { p, span }, place }): Acquirer => {
      return { at: place, ev: null, span, all: p === undefined ? [] : closed(paths.resolve(fn, p)) }
    })
    return [...calls, ...drained].filter((a) => a.all.length > 0).sort((a, b) => a.at.n - b.at.n)
  })
  const releasers = memo((fn: Fn) =>
    flowOf(fn)
      .sites.map((site) => ({ site, all: releases(site) }))
      .filter((r) => r.all.length > 0),
  )
  /** Key → what is acquired wherever it is released. */
  const implied = lazy(() => {
    const all = new Map<string, ReadonlySet<string>>()
    for (const pkg of program.packages) {
      for (const fn of program.fns(pkg)) {
        for (const { site, all: released } of releasers(fn)) {
          const before = keys(acquiredAt(site))
          for (const key of keys(released)) {
            const known = all.get(key)
            all.set(key, known ? new Set([...known].filter((k) => before.has(k))) : before)
          }
        }
      }
    }
    return all
  })
  return {
    keys,
    acquirers,
    acquirersAtExit: ({ fn, n }) =>
      flowOf(fn)
        .sites.filter((site) => runsAtExit(site) && site.n < n)
        .map((site): Acquirer => {
          const at = { fn, n: flowOf(fn).sites.length, blocks: site.blocks, loops: site.loops }
          return { at, ev: site.ev, span: site.ev.span, all: acquires(site) }
        }),
    acquiredBefore: memo(acquiredAt),
    releasedAfter: memo((site: Site) =>
      releasers(site.fn)
        .filter(({ site: r }) => runsAtExit(r) || (shareLoop(r, site) ? r.leaves : r.n > site.n))
        .flatMap((r) => r.all),
    ),
    acquiredKeys(all) {
      const found = new Set(keys(all))
      for (const key of found) for (const more of implied().get(key) ?? []) found.add(more)
      return found
    },
  }
}

/** A channel that is closed has sent whatever it will. */
function closed(channel: AbsPath): readonly AbsPath[] {
  return [channel, { root: channel.root, steps: [...channel.steps, CLOSED] }]
}

function withAll(state: Acquired, all: readonly AbsPath[]): Acquired {
  return all.length === 0 ? state : new Map([...state, ...all.map((path): [string, AbsPath] => [pathId(path), path])])
}

/** The atomic that a call loads from, if that says anything: a number does only where it decides. */
function loaded(key: string, { ev, stmt }: Site): Val | null {
  if (ev.k !== 'call') return null
  const decides = stmt.k === 'if' || stmt.k === 'for' || stmt.k === 'switch'
  if (/^sync\/atomic\.(Bool|Pointer|Value)\.Load$/.test(key)) return ev.recv ?? null
  if (/^sync\/atomic\.\w+\.Load$/.test(key)) return decides ? (ev.recv ?? null) : null
  if (/^sync\/atomic\.Load\w+$/.test(key)) return decides || key.endsWith('Pointer') ? (ev.args[0] ?? null) : null
  return null
}

/** A flag that decides says something where it was seen set only. */
function isHeeded({ ev }: Site, test: boolean | null): boolean {
  const flag = ev.k === 'call' && ev.callee.k === 'func' && ev.callee.key === 'sync/atomic.Bool.Load'
  return !flag || test !== false
}

/** Whether the return depends on nothing but a field or variable: `if r.local { return nil }`. */
function declines({ fn, blocks }: Site): boolean {
  const [block, ...more] = blocks
  const branch = block === undefined || more.length > 0 ? undefined : flowOf(fn).branchOf.get(block)
  return branch?.k === 'if' && branch.init === undefined && branch.e.every((ev) => ev.k === 'may')
}

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

function lazy<V>(compute: () => V): () => V {
  let known: { readonly value: V } | undefined
  return () => {
    known ??= { value: compute() }
    return known.value
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

/** The key of what a path leads to; a result of a call, as errgroup.WithContext's, is its own. */
export function orderKey(path: AbsPath, name: (key: string) => string = (key) => key): string {
  const key = name(targetKey(path)) || (path.root.startsWith('c:') ? path.root : '')
  return key && path.steps.at(-1) === CLOSED ? `${key} ${CLOSED}` : key
}

/** Where the function that starts the goroutine waits for it after the site on every way on; null if nowhere. */
export function joinsAfter(orders: Orders, site: Site, released: ReadonlySet<string>): Place | null {
  if (released.size === 0) return null
  const join = [...orders.acquirers(site.fn), ...orders.acquirersAtExit(site)].find(({ at, all }) => {
    if (at.n <= site.n) return false
    const own = at.loops.at(-1)
    const blocks =
      own !== undefined && at.blocks.at(-1) === own && !site.blocks.includes(own) ? at.blocks.slice(0, -1) : at.blocks
    if (!blocks.every((block, i) => site.blocks[i] === block)) return false
    return [...orders.acquiredKeys(all)].some((key) => released.has(key))
  })
  return join?.at ?? null
}
