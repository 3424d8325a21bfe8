import type { PackageFacts, TypeRef, Val } from '../facts.js'
import { push } from './multimap.js'
import { type Paths, targetKey } from './paths.js'
import { type CallEv, type Fn, objectAt, type Program, typeAt } from './program.js'
import { calleeKey } from './spawners.js'
import { flowOf, type Site } from './walk.js'

/** A function as a value: a literal, a function's name, or a method with its receiver. */
export interface FuncValue {
  readonly fn: Fn
  /** Of a method value: the receiver, as the function `at` writes it. */
  readonly recv?: Val
  readonly at: Fn
}

/** A call through a function value that may be this function. */
export interface ValueCall {
  readonly site: Site
  readonly call: CallEv
  readonly value: FuncValue
}

/** A function value handed to code without a body here: argument `arg` of the callee. */
export interface Sink {
  readonly site: Site
  readonly call: CallEv
  readonly arg: number
  readonly value: FuncValue
}

/** A call, and where it stands. */
export interface CallAt {
  readonly site: Site
  readonly call: CallEv
}

/** What becomes of whatever a variable holds: a function, or a value with methods. */
export interface ValueUses {
  readonly calls: readonly CallAt[]
  /** Through an interface. */
  readonly methods: readonly CallAt[]
  readonly sinks: readonly (CallAt & { readonly arg: number })[]
}

/** Where function values go. */
export interface FuncValues {
  /** Of a variable or parameter, by object key. */
  uses(key: string): ValueUses
  calls(fn: Fn): readonly ValueCall[]
  sinks(fn: Fn): readonly Sink[]
  /** The functions that a value may be. */
  targets(fn: Fn, v: Val): readonly FuncValue[]
}

/**
 * Where function values go: a flow-insensitive points-to analysis whose nodes are variables, parameters, fields (of all instances, elements of
 * containers included) and results. Only values of function type, or containers of them, are followed.
 */
export function buildFuncValues(
  program: Program,
  paths: Paths,
  spawns: (key: string) => boolean = () => false,
): FuncValues {
  const edges = new Map<string, Set<string>>()
  const held = new Map<string, Map<string, FuncValue>>()
  const work: [string, FuncValue][] = []
  const byNode = new Map<string, { site: Site; call: CallEv }[]>()
  const calls = new Map<Fn, ValueCall[]>()
  const sinks = new Map<Fn, Sink[]>()
  const sinkNodes = new Map<string, (CallAt & { arg: number })[]>()
  const methodNodes = new Map<string, CallAt[]>()

  const put = (node: string, value: FuncValue): void => {
    let at = held.get(node)
    if (!at) {
      at = new Map()
      held.set(node, at)
    }
    const id = `${value.fn.pkg.id} ${value.fn.facts.key} ${value.at.facts.key}`
    if (at.has(id)) return
    at.set(id, value)
    work.push([node, value])
  }
  const link = (from: string, to: string): void => {
    let out = edges.get(from)
    if (!out) {
      out = new Set()
      edges.set(from, out)
    }
    if (out.has(to)) return
    out.add(to)
    for (const value of held.get(from)?.values() ?? []) put(to, value)
  }
  const nodeOf = (fn: Fn, v: Val): string | null => {
    if (v.k === 'path') {
      const key = targetKey(paths.raw(fn, v.p))
      return key && followed(fn.pkg, v.t) ? `v:${key}` : null
    }
    if (v.k !== 'call') return null
    const call = paths.call(fn, v.n)
    return call && followed(fn.pkg, v.t) ? `r:${fn.pkg.id} ${fn.facts.key}#${v.n}/${v.i}` : null
  }
  const flow = (fn: Fn, v: Val, to: string): void => {
    if (v.k === 'lit') put(to, { fn: program.fn(fn.pkg, v.fn), at: fn })
    else if (v.k === 'func') {
      const target = program.funcs.get(v.key)
      if (target) put(to, v.recv ? { fn: target, recv: v.recv, at: fn } : { fn: target, at: fn })
    } else if (v.k === 'fresh') {
      for (const elem of v.elems ?? []) flow(fn, elem, to)
      for (const field of v.fields ?? []) flow(fn, field.v, `v:${objectAt(fn.pkg, field.f).key}`)
    } else {
      const from = nodeOf(fn, v)
      if (from) link(from, to)
    }
  }
  const bind = (site: Site, call: CallEv, callee: Fn): void => {
    callee.facts.params.forEach((param, i) => {
      if (param < 0) return
      const object = objectAt(callee.pkg, param)
      const rest = callee.facts.variadic && i === callee.facts.params.length - 1
      for (const arg of rest ? call.args.slice(i) : call.args.slice(i, i + 1)) flow(site.fn, arg, `v:${object.key}`)
    })
    callee.facts.resultTypes.forEach((type, i) => {
      if (followed(callee.pkg, type))
        link(`f:${callee.facts.key}/${i}`, `r:${site.fn.pkg.id} ${site.fn.facts.key}#${call.n}/${i}`)
    })
  }
  const handOut = (site: Site, call: CallEv): void => {
    call.args.forEach((arg, i) => {
      const node = `s:${site.fn.pkg.id} ${site.fn.facts.key}#${call.n}/${i}`
      sinkNodes.set(node, [{ site, call, arg: i }])
      flow(site.fn, arg, node)
    })
  }

  for (const pkg of program.packages) {
    for (const fn of program.fns(pkg)) {
      for (const site of flowOf(fn).sites) {
        const { ev } = site
        if (ev.k === 'set') {
          const key = targetKey(paths.raw(fn, ev.to))
          if (key) flow(fn, ev.v, `v:${key}`)
        } else if (ev.k === 'acc' && ev.v) {
          const key = targetKey(paths.raw(fn, ev.p))
          if (key) flow(fn, ev.v, `v:${key}`)
        } else if (ev.k === 'chansend') {
          const key = targetKey(paths.raw(fn, ev.p))
          if (key) flow(fn, ev.v, `v:${key}`)
        } else if (ev.k === 'return') {
          for (const [i, v] of ev.vals.entries()) flow(fn, v, `f:${fn.facts.key}/${i}`)
        } else if (ev.k === 'call') {
          for (const arg of ev.args) if (arg.k === 'fresh') flow(fn, arg, 'nowhere')
          const bodies = staticCallees(program, ev)
          for (const callee of bodies) bind(site, ev, callee)
          const isSaid = bodies.length > 0 && spawns(calleeKey(ev))
          if (isSaid) handOut(site, ev)
          const receiver = ev.callee.k === 'iface' && ev.recv ? nodeOf(fn, ev.recv) : null
          if (receiver) push(methodNodes, receiver, { site, call: ev })
          if (isAppend(ev)) for (const arg of ev.args) flow(fn, arg, `r:${fn.pkg.id} ${fn.facts.key}#${ev.n}/0`)
          if (ev.callee.k === 'value') {
            const node = nodeOf(fn, ev.callee.v) ?? `i:${fn.pkg.id} ${fn.facts.key}#${ev.n}`
            const at = byNode.get(node)
            if (at) at.push({ site, call: ev })
            else byNode.set(node, [{ site, call: ev }])
            if (ev.callee.v.k !== 'path') flow(fn, ev.callee.v, node)
          } else if (isOnceMaker(ev) || isGrown(ev)) {
            // What OnceFunc returns calls what it was given; what append returns holds it.
            for (const arg of ev.args) flow(fn, arg, `r:${fn.pkg.id} ${fn.facts.key}#${ev.n}/0`)
          } else if (bodies.length === 0 && ev.callee.k !== 'builtin') handOut(site, ev)
        }
      }
      // Callers outside hand what an exported function returned to another that takes it: functional options.
      if (fn.facts.exported) {
        for (const [i, type] of fn.facts.resultTypes.entries()) {
          const name = funcTypeName(pkg, type)
          if (name) link(`f:${fn.facts.key}/${i}`, `t:${name}`)
        }
        for (const param of fn.facts.params) {
          const name = param < 0 ? '' : funcTypeName(pkg, objectAt(pkg, param).type)
          if (name) link(`t:${name}`, `v:${objectAt(pkg, param).key}`)
        }
      }
      fn.facts.results.forEach((result, i) => {
        if (result >= 0) link(`v:${objectAt(pkg, result).key}`, `f:${fn.facts.key}/${i}`)
      })
    }
  }
  for (let item = work.pop(); item; item = work.pop()) {
    const [node, value] = item
    for (const to of edges.get(node) ?? []) put(to, value)
    for (const { site, call } of byNode.get(node) ?? []) {
      push(calls, value.fn, { site, call, value })
      bind(site, call, value.fn)
    }
    for (const { site, call, arg } of sinkNodes.get(node) ?? []) push(sinks, value.fn, { site, call, arg, value })
  }
  return {
    uses(key) {
      const nodes = new Set([`v:${key}`])
      for (const node of nodes) for (const to of edges.get(node) ?? []) nodes.add(to)
      const at = <T>(all: ReadonlyMap<string, readonly T[]>): T[] => [...nodes].flatMap((node) => all.get(node) ?? [])
      return { calls: at(byNode), methods: at(methodNodes), sinks: at(sinkNodes) }
    },
    calls: (fn) => calls.get(fn) ?? [],
    sinks: (fn) => sinks.get(fn) ?? [],
    targets(fn, v) {
      if (v.k === 'lit') return [{ fn: program.fn(fn.pkg, v.fn), at: fn }]
      if (v.k === 'func') {
        const target = program.funcs.get(v.key)
        return target ? [v.recv ? { fn: target, recv: v.recv, at: fn } : { fn: target, at: fn }] : []
      }
      const node = nodeOf(fn, v)
      return node ? [...(held.get(node)?.values() ?? [])] : []
    },
  }
}

function isAppend({ callee }: CallEv): boolean {
  return callee.k === 'builtin' && callee.name === 'append'
}

/** Whether the call makes a function that runs another once: sync.OnceFunc, OnceValue, OnceValues. */
export function isOnceMaker({ callee }: CallEv): boolean {
  return callee.k === 'func' && /^sync\.Once(Func|Value|Values)$/.test(callee.key)
}

/** Whether the call puts its arguments into the slice that it returns. */
function isGrown({ callee }: CallEv): boolean {
  return callee.k === 'builtin'
    ? callee.name === 'append'
    : callee.k === 'func' && /^slices\.(Insert|Concat|Clone|Grow|Replace)$/.test(callee.key)
}

/** The bodies that a call may reach by its callee's name, or through an interface; none for function values. */
export function staticCallees(program: Program, call: CallEv): readonly Fn[] {
  if (call.callee.k === 'func') {
    // What Do means is known, also when the run reads package sync itself; its body does not tell.
    if (call.callee.key === 'sync.Once.Do') return []
    const fn = program.funcs.get(call.callee.key)
    return fn && fn.facts.body[1] > 0 ? [fn] : []
  }
  return call.callee.k === 'iface' ? program.implementations(call.callee.type, call.callee.method) : []
}

/** The name of a function type, or of the elements of a slice of them; "" for others. */
function funcTypeName(pkg: PackageFacts, ref: TypeRef): string {
  const type = typeAt(pkg, ref)
  if (type.kind === 'slice' && type.elem !== undefined) return funcTypeName(pkg, type.elem)
  const named = type.kind === 'named' && type.under !== undefined && typeAt(pkg, type.under).kind === 'func'
  return named ? (type.name ?? '') : ''
}

function followed(pkg: PackageFacts, ref: TypeRef, depth = 0): boolean {
  if (ref < 0 || depth > 3) return false
  const type = typeAt(pkg, ref)
  switch (type.kind) {
    case 'func':
      return true
    case 'interface':
      return true
    case 'named':
      return type.under !== undefined && followed(pkg, type.under, depth + 1)
    case 'map':
    case 'slice':
    case 'array':
    case 'chan':
    case 'pointer':
      return type.elem !== undefined && followed(pkg, type.elem, depth + 1)
    default:
      return false
  }
}
