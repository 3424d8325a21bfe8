/** Which values are whatever a client sends: what an HTTP request or the arguments of a remote call hold, and what is computed from that. */
import type { Span, Val } from '../facts.js'
import type { Context } from './contexts.js'
import type { Engine } from './engine.js'
import { isStandard } from './freshness.js'
import { type AbsPath, argumentFor, isField, type KnownObject } from './paths.js'
import { type CallEv, type Fn, namedKey } from './program.js'
import type { Site } from './walk.js'

/** 'direct': the client's own words, through the standard library at most; 'derived': through functions that may narrow them down. */
export type Origin = 'direct' | 'derived'

/** Parts of a request that take few values. */
const FEW = /^net\/http\.Request\.(Method|Proto|ProtoMajor|ProtoMinor|Pattern|TLS|Close)$/

/** Servers that hand methods what a client sends as their arguments. */
const REMOTE = /RPC/i

const MAX_STEPS = 12

/** How the value, at the access that a way leads to, comes from a request that the way's handler serves; null if it is not seen to. */
export function requestOrigin(engine: Engine, way: Context, v: Val | undefined, span: Span): Origin | null {
  return new Tracer(engine, way).value(v, span, 0, 0)
}

class Tracer {
  private readonly seen = new Set<string>()

  constructor(
    private readonly engine: Engine,
    private readonly way: Context,
  ) {}

  /** The value of an expression of the function at a level of the way. */
  value(v: Val | undefined, span: Span, level: number, steps: number): Origin | null {
    const site = this.way.levels[level]?.site
    if (!site || steps > MAX_STEPS) return null
    if (v?.k === 'const' || v?.k === 'nil' || v?.k === 'lit' || v?.k === 'func') return null
    if (v?.k === 'path') return this.path(v, site, level, steps)
    if (v?.k === 'call') {
      const call = this.engine.paths.call(site.fn, v.n)
      return call && !this.isConstant(call, v.i) ? this.call(call, level, steps) : null
    }
    // Something computed: of what the expression names.
    return first(objectsIn(this.engine, site.fn, span).map((object) => this.object(object, level, steps)))
  }

  private path(v: Extract<Val, { k: 'path' }>, { fn }: Site, level: number, steps: number): Origin | null {
    const path = this.engine.paths.raw(fn, v.p)
    // What a table holds under the client's key is not the client's.
    if (
      path.steps.some((step) => !isField(step) && !step.startsWith('.(')) ||
      path.steps.some((step) => FEW.test(step))
    )
      return null
    const object = path.root.startsWith('o:') ? this.engine.paths.object(path.root.slice(2)) : undefined
    return object ? this.object(object, level, steps, path) : null
  }

  /** A function of the program that returns constants says nothing of what it was given. */
  private isConstant({ callee }: CallEv, i: number): boolean {
    const fn = callee.k === 'func' ? this.engine.program.funcs.get(callee.key) : undefined
    const values = fn && this.engine.paths.returns(fn, i)
    return (values?.length ?? 0) > 0 && values?.every((v) => v.k === 'const' || v.k === 'nil') === true
  }

  private call(call: CallEv, level: number, steps: number): Origin | null {
    const values: [Val, Span][] = call.args.map((arg, i) => [arg, call.argSpans[i] ?? call.span])
    if (call.recv) values.push([call.recv, call.fun])
    const from = first(values.map(([v, span]) => this.value(v, span, level, steps + 1)))
    const { callee } = call
    const known = callee.k === 'func' && isStandard(callee.pkg) && !this.engine.program.funcs.has(callee.key)
    return from === 'direct' && !known && callee.k !== 'builtin' ? 'derived' : from
  }

  /** Whether the function at a level is one that clients call: what it is given, they send. */
  private isCalledRemotely(level: number): boolean {
    const { spawn } = this.way
    return spawn?.kind === 'handler' && spawn.level === level + 1 && REMOTE.test(spawn.what)
  }

  private object(object: KnownObject, level: number, steps: number, path?: AbsPath): Origin | null {
    const { facts, pkg, fn } = object
    if (this.seen.has(`${level} ${facts.key}`)) return null
    this.seen.add(`${level} ${facts.key}`)
    if (namedKey(pkg, facts.type) === 'net/http.Request') return 'direct'
    if (facts.kind === 'local') {
      return first(
        this.engine.paths.defs(facts.key).map((def) => {
          // A variable of an enclosing function: as that function sees it.
          const at = this.way.levels.findIndex((l, i) => i >= level && l.site.fn === def.fn)
          return at < 0 ? null : this.value(def.v.k === 'other' ? undefined : def.v, def.site.ev.span, at, steps + 1)
        }),
      )
    }
    const above = this.way.levels[level + 1]?.site
    const here = this.way.levels[level]?.site
    if (facts.kind === 'param' && here?.fn === fn && this.isCalledRemotely(level) && !isContext(object)) return 'direct'
    if (facts.kind !== 'param' || !above || above.ev.k !== 'call' || !fn || here?.fn !== fn) return null
    const arg = argumentFor(fn, above.ev, path?.root ?? `o:${facts.key}`)
    if (!arg) return null
    const index = above.ev.args.indexOf(arg)
    return this.value(arg, above.ev.argSpans[index] ?? above.ev.span, level + 1, steps + 1)
  }
}

function isContext({ pkg, facts }: KnownObject): boolean {
  return namedKey(pkg, facts.type) === 'context.Context'
}

/** Locals and parameters that an expression names. */
function objectsIn({ paths }: Engine, fn: Fn, [start, end]: Span): KnownObject[] {
  return fn.pkg.objects
    .filter((object) => object.file === fn.facts.file && object.uses?.some((use) => use >= start && use < end))
    .map((object) => paths.object(object.key))
    .filter((object) => object !== undefined)
}

/** The surest of what the parts say. */
function first(origins: readonly (Origin | null)[]): Origin | null {
  return origins.includes('direct') ? 'direct' : origins.includes('derived') ? 'derived' : null
}
