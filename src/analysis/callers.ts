import type { Val } from '../facts.js'
import type { Fates } from './fates.js'
import type { FuncValue, FuncValues, ValueCall } from './funcvalues.js'
import { staticCallees } from './funcvalues.js'
import { push } from './multimap.js'
import { type CallEv, type Fn, namedKey, objectAt, type Program, plainName } from './program.js'
import type { Fate, SpawnKind } from './spawners.js'
import { flowOf, type Site } from './walk.js'

/** Why a function is entered from outside the program: what enters it. */
export type RootKind = 'api' | 'main' | 'init' | 'test' | 'handler' | 'unknown'

/** One way in which a function comes to run. */
export type Caller =
  | {
      readonly how: 'call'
      readonly site: Site
      readonly call: CallEv
      readonly value?: FuncValue /** One of several bodies that the call may reach. */
      readonly dynamic: boolean /** Called back by code without a body. */
      readonly back: boolean
    }
  | {
      readonly how: 'spawn'
      readonly site: Site
      readonly call: CallEv
      readonly value?: FuncValue
      readonly kind: SpawnKind
      readonly many: boolean
      readonly what: string
      readonly dynamic: boolean
      /** The call returns when the goroutine is over. */
      readonly waits?: boolean
      /** The call returns before the goroutine starts. */
      readonly later?: boolean
    }
  | { readonly how: 'root'; readonly kind: RootKind }

/** The call graph, backwards. */
export interface Callers {
  of(fn: Fn): readonly Caller[]
}

/** Who calls each function, and which functions are entered from outside. */
export function buildCallers(program: Program, values: FuncValues, fates: Fates): Callers {
  const calls = new Map<Fn, Caller[]>()
  const referenced = new Set<string>()
  const viaInterface = new Set<string>()
  for (const pkg of program.packages) {
    for (const { from, callee } of pkg.conversions)
      if (!SORTERS.test(callee) && !fates.isKnown(callee)) viaInterface.add(namedKey(pkg, from))
    for (const fn of program.fns(pkg)) {
      for (const site of flowOf(fn).sites) {
        const { ev } = site
        if (ev.k === 'ref') referenced.add(ev.key)
        if (ev.k !== 'call') continue
        for (const [callee, recv] of sorted(program, fn, ev)) {
          const value = { fn: callee, recv, at: fn }
          push(calls, callee, { how: 'call', site, call: ev, value, dynamic: false, back: true })
        }
        const bodies = staticCallees(program, ev)
        for (const { fn: method, arg, fate } of fates.methods(site, ev)) {
          const recv = ev.args[arg]
          const by = recv && callerBy(fate, { site, call: ev, value: { fn: method, recv, at: fn } })
          if (by) push(calls, method, by)
        }
        for (const callee of bodies) {
          const caller: Caller =
            ev.mode === 'go'
              ? { how: 'spawn', site, call: ev, kind: 'go', many: false, what: 'go', dynamic: bodies.length > 1 }
              : { how: 'call', site, call: ev, dynamic: bodies.length > 1, back: false }
          push(calls, callee, caller)
        }
      }
    }
  }
  const known = new Map<Fn, readonly Caller[]>()
  return {
    of(fn) {
      const at = known.get(fn)
      if (at) return at
      const found: Caller[] = [...(calls.get(fn) ?? [])]
      const valueCalls = values.calls(fn)
      for (const { site, call, value } of valueCalls) {
        if (call.mode === 'go')
          found.push({ how: 'spawn', site, call, value, kind: 'go', many: false, what: 'go', dynamic: false })
        else found.push({ how: 'call', site, call, value, dynamic: false, back: false })
      }
      let unknown = false
      for (const { site, call, arg, value } of values.sinks(fn)) {
        const by = callerBy(fates.of(call, arg), { site, call, value })
        if (by) found.push(by)
        else unknown = true
      }
      const entered = rootKind(fn, viaInterface)
      const called = found.some((c) => c.how === 'call' && !c.site.fn.facts.test)
      // Nobody outside can call it: who calls it is here.
      const inner = fn.facts.kind === 'func' && called && isInternal(fn.pkg.path)
      const kind = entered === 'api' && (inner || asksForLock(fn)) ? null : entered
      if (kind) found.push({ how: 'root', kind })
      else if (found.length === 0 && (fn.facts.kind === 'literal' || referenced.has(fn.facts.key) || unknown)) {
        found.push({ how: 'root', kind: isHandler(fn) ? 'handler' : 'unknown' })
      } else if (unknown) found.push({ how: 'root', kind: 'unknown' })
      known.set(fn, found)
      return found
    },
  }
}

/** Functions that order a collection by its own methods, before they return. */
const SORTERS = /^(container\/heap\.(Init|Push|Pop|Fix|Remove)|sort\.(Sort|Stable|IsSorted|Reverse))$/
const ORDERED = ['Len', 'Less', 'Swap', 'Push', 'Pop']

/** The methods that the call, if it is of such a function, calls on its argument. */
function sorted(program: Program, fn: Fn, call: CallEv): [Fn, Val][] {
  const [recv] = call.args
  const [type] = call.argTypes
  if (call.callee.k !== 'func' || !SORTERS.test(call.callee.key) || !recv || type === undefined) return []
  const name = namedKey(fn.pkg, type)
  return ORDERED.map((method) => program.method(name, method))
    .filter((method) => method !== undefined)
    .map((method) => [method, recv])
}

/** Whether the package is for its own module, or a part of it, alone. */
export function isInternal(path: string): boolean {
  return path.split('/').includes('internal')
}

function callerBy(fate: Fate, by: ValueCall): Caller | null {
  if (fate.how === 'unknown') return null
  if (fate.how === 'now') return { how: 'call', ...by, dynamic: false, back: true }
  const { kind, many, what, waits, later = false } = fate
  return { how: 'spawn', ...by, kind, many, what, waits, later, dynamic: false }
}

/** Whether the function is for callers that hold the lock, by its name or in words: nobody else counts as one. */
export function asksForLock(fn: Fn): boolean {
  const name = plainName(fn)
  return /^Unsafe[A-Z]|(Locked|NoLock|LockHeld)$/.test(name) || ASKS.test(fn.facts.doc)
}

const ASKS =
  /\b(lock|mutex|mu)\b[^.]*\b(must|should|needs to|has to|assumed to) be held\b|\bcallers?\b[^.]*\b(hold|holds|own|owns)\b[^.]*\b(lock|mutex|mu)\b/i

function rootKind(fn: Fn, viaInterface: ReadonlySet<string>): RootKind | null {
  const { facts, pkg } = fn
  const name = facts.display
  if (facts.kind === 'literal') return null
  if (
    facts.kind === 'varinit' ||
    /^init(#\d+)?$/.test(name) ||
    (/\.init(#\d+)?$/.test(facts.key) && facts.kind === 'func')
  )
    return 'init'
  if (facts.test) return facts.kind === 'func' && /^(Test|Benchmark|Fuzz|Example)/.test(name) ? 'test' : null
  if (pkg.name === 'main') {
    if (facts.kind === 'func') return name === 'main' ? 'main' : null
    return isHandler(fn) && facts.key.endsWith('.ServeHTTP') ? 'handler' : null
  }
  if (isHandler(fn) && (facts.exported || facts.key.endsWith('.ServeHTTP'))) return 'handler'
  if (facts.exported) return 'api'
  const method = facts.key.slice(facts.key.lastIndexOf('.') + 1)
  const exportedName = method.charAt(0) !== method.charAt(0).toLowerCase()
  return facts.kind === 'method' && exportedName && viaInterface.has(facts.recvType ?? '') ? 'api' : null
}

/** func(http.ResponseWriter, *http.Request), which a server calls for requests at the same time. */
function isHandler({ facts, pkg }: Fn): boolean {
  const types = facts.params.map((p) => (p < 0 ? '' : namedKey(pkg, objectAt(pkg, p).type)))
  const named = types.filter((t) => t !== '')
  return (
    types.length === 2 &&
    named.length > 0 &&
    ['net/http.ResponseWriter', ''].includes(types[0] ?? '') &&
    ['net/http.Request', ''].includes(types[1] ?? '')
  )
}
