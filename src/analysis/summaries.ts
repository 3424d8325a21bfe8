/** What functions of other modules do with functions that they are given, and with values whose methods they call. */
import type { PackageFacts, TypeRef, Val } from '../facts.js'
import { buildEngine, type Engine } from './engine.js'
import { type CallAt, staticCallees } from './funcvalues.js'
import { joinsAfter } from './order.js'
import { argumentFor } from './paths.js'
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
  if (first)
    return {
      ...first,
      many: spawns.some(({ many }) => many),
      waits: spawns.every(({ waits }) => waits),
      later: spawns.every(({ later }) => later === true),
    }
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
      later: !inside,
    }
  }
  if (call.mode === 'go') return started(site)
  const called = call.callee.k === 'value' ? call.callee.v : call.recv
  const first: Step = { fn: site.fn, param: parameterOf(engine, site.fn, called) }
  const seen = new Map<string, Step>([[stepId(first), first]])
  let known = true
  for (const { fn, param } of seen.values()) {
    if (fn === given) continue
    // Those who pass it something else are beside the point.
    const callers = engine.callers
      .of(fn)
      .filter((caller) => param === null || caller.how === 'root' || isWithin(engine, given, caller.site.fn))
    if (callers.length === 0) known = false
    for (const caller of callers) {
      if (caller.how === 'spawn') return started(caller.site)
      if (caller.how === 'root') {
        known &&= caller.kind === 'api' && isWithin(engine, given, fn)
        continue
      }
      const arg = param === null ? null : argumentFor(fn, caller.call, `o:${param}`)
      const next = { fn: caller.site.fn, param: parameterOf(engine, caller.site.fn, arg ?? undefined) }
      seen.set(stepId(next), next)
    }
  }
  return known && [...seen.values()].some(({ fn }) => fn === given) ? { how: 'now' } : { how: 'unknown' }
}

/** A function on the way up from a call, and the parameter, by object key, by which it got what is called; null if by none. */
interface Step {
  readonly fn: Fn
  readonly param: string | null
}

function stepId({ fn, param }: Step): string {
  return `${fn.facts.key} ${param}`
}

function parameterOf({ paths }: Engine, fn: Fn, v: Val | undefined): string | null {
  if (v?.k !== 'path') return null
  const { root, steps } = paths.resolve(fn, v.p)
  const object = steps.length === 0 && root.startsWith('o:') ? paths.object(root.slice(2)) : undefined
  return object?.facts.kind === 'param' && object.fn === fn ? object.facts.key : null
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
