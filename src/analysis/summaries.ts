/** What functions of other modules do with functions that they are given, and with values whose methods they call. */
import type { PackageFacts, TypeRef } from '../facts.js'
import { buildEngine, type Engine } from './engine.js'
import { type CallAt, staticCallees } from './funcvalues.js'
import { joinsAfter } from './order.js'
import { type Fn, objectAt, typeAt } from './program.js'
import { type Fate, fateOf } from './spawners.js'
import { flowOf, type Site } from './walk.js'

/** What becomes of one argument of a function; of its methods, each by name. */
export interface Deed {
  readonly arg: number
  /** "" for an argument that is a function. */
  readonly method: string
  readonly fate: Fate
}

export interface Summaries {
  /** Of "path.Func", "path.Type.Method"; undefined where its body is not there. */
  get(key: string): readonly Deed[] | undefined
}

/** Reads off the bodies of packages what their functions do with what they are given. Answers are kept. */
export function summarise(packages: readonly PackageFacts[]): Summaries {
  const found = new Map<string, readonly Deed[] | undefined>()
  if (packages.length === 0) return found
  const engine = buildEngine(packages)
  return {
    get(key) {
      const fn = engine.program.funcs.get(key)
      if (!found.has(key)) found.set(key, fn && fn.facts.body[1] > 0 ? deedsOf(engine, fn) : undefined)
      return found.get(key)
    },
  }
}

function deedsOf(engine: Engine, fn: Fn): Deed[] {
  return fn.facts.params.flatMap((param, arg) => {
    if (param < 0) return []
    const { key, type } = objectAt(fn.pkg, param)
    const { calls, methods, sinks } = engine.values.uses(key)
    if (kindOf(fn.pkg, type) === 'func') {
      const fates = [...calls.map((at) => fateAt(engine, fn, at)), ...sinks.map((at) => fateOf(at.call, at.arg))]
      return [{ arg, method: '', fate: worst(fates) }]
    }
    if (kindOf(fn.pkg, type) !== 'interface') return []
    const names = new Set(methods.flatMap(({ call }) => (call.callee.k === 'iface' ? [call.callee.method] : [])))
    return [...names].map((method) => {
      const own = methods.filter(({ call }) => call.callee.k === 'iface' && call.callee.method === method)
      return { arg, method, fate: worst(own.map((at) => fateAt(engine, fn, at))) }
    })
  })
}

/** A function, a slice of functions, or an interface: what can be called. */
function kindOf(pkg: PackageFacts, ref: TypeRef): string {
  const type = typeAt(pkg, ref)
  if (type.kind === 'slice' && type.elem !== undefined) return kindOf(pkg, type.elem)
  return type.kind === 'named' && type.under !== undefined ? typeAt(pkg, type.under).kind : type.kind
}

/** A goroutine outweighs a call; what is not known outweighs a call alone. */
function worst(fates: readonly Fate[]): Fate {
  const spawns = fates.filter((fate) => fate.how === 'spawn')
  const [first] = spawns
  if (first) return { ...first, many: spawns.some(({ many }) => many), waits: spawns.every(({ waits }) => waits) }
  return fates.length > 0 && fates.every(({ how }) => how === 'now') ? { how: 'now' } : { how: 'unknown' }
}

/** What runs a call, seen from the function that was given what is called. */
function fateAt(engine: Engine, given: Fn, { site, call }: CallAt): Fate {
  const started = (start: Site): Fate => {
    const inside = isWithin(engine, given, start.fn)
    const released = engine.orders.keys(engine.orders.releasedAfter(site))
    return {
      how: 'spawn',
      kind: 'go',
      what: given.facts.key,
      many: inside && start.loops.length > 0,
      waits: start.fn === given && joinsAfter(engine.orders, start, released) !== null,
    }
  }
  if (call.mode === 'go') return started(site)
  const seen = new Set<Fn>([site.fn])
  let known = true
  for (const fn of seen) {
    if (fn === given) continue
    const callers = engine.callers.of(fn)
    if (callers.length === 0) known = false
    for (const caller of callers) {
      if (caller.how === 'spawn') return started(caller.site)
      if (caller.how === 'root') known &&= caller.kind === 'api' && isWithin(engine, given, fn)
      else seen.add(caller.site.fn)
    }
  }
  return known && seen.has(given) ? { how: 'now' } : { how: 'unknown' }
}

/** Whether a function runs in a call of another: it is called there, or a literal of it. */
function isWithin({ program }: Engine, outer: Fn, inner: Fn): boolean {
  const seen = new Set<Fn>([outer])
  for (const fn of seen) {
    if (fn === inner) return true
    for (const { ev } of flowOf(fn).sites) {
      if (ev.k === 'lit') seen.add(program.fn(fn.pkg, ev.fn))
      if (ev.k === 'call') for (const callee of staticCallees(program, ev)) seen.add(callee)
    }
    if (seen.size > 200) return false
  }
  return false
}
