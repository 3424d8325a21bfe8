/** Which calls come, sooner or later, to code that will take the lock of a map. */
import { staticCallees } from '../analysis/funcvalues.js'
import { buildFuncVars, type FuncVars } from '../analysis/funcvars.js'
import { push } from '../analysis/multimap.js'
import { buildPaths, isField, type Paths, targetKey } from '../analysis/paths.js'
import type { CallEv, Fn, Program } from '../analysis/program.js'
import { fateOf } from '../analysis/spawners.js'
import type { Val } from '../facts.js'
import type { Access, SharedMap } from '../types.js'
import { eventsOf } from './tree.js'

export type Mode = 'read' | 'write'

export interface Reach {
  /** How the call, or what it calls, touches the map; undefined if it does not, or not on this goroutine. */
  call(program: Program, fn: Fn, call: CallEv, map: SharedMap): Mode | undefined
  /** The functions that touch the map, or call what does. */
  reaching(map: SharedMap): readonly Fn[]
}

/** `counts` says which accesses take the lock, or want it held. */
export function buildReach(program: Program, maps: readonly SharedMap[], counts: (access: Access) => boolean): Reach {
  const modes = new Map(maps.map((map) => [map, spread(program, map, counts)]))
  return {
    reaching: (map) => [...(modes.get(map)?.keys() ?? [])],
    call(_, fn, call, map) {
      if (call.mode === 'go') return undefined
      const reached = runBy(program, fn, call).map((callee) => modes.get(map)?.get(callee))
      return reached.includes('write') ? 'write' : reached.includes('read') ? 'read' : undefined
    },
  }
}

/** The bodies in the program that a call runs on its own goroutine before it ends: callees, and literals that it calls back. */
export function runBy(program: Program, fn: Fn, call: CallEv): readonly Fn[] {
  if (call.mode === 'go') return []
  const bodies = [...staticCallees(program, call)]
  if (call.callee.k === 'value') bodies.push(...functionsOf(program, fn, call.callee.v))
  for (const [i, arg] of call.args.entries()) {
    const spawned = staticCallees(program, call).length === 0 && fateOf(call, i).how === 'spawn'
    if (spawned) continue
    bodies.push(...functionsOf(program, fn, arg))
  }
  return bodies
}

/** The functions that a value may be: a literal, a function's name, or all that a variable of function type is ever set to. */
export function functionsOf(program: Program, fn: Fn, value: Val, depth = 0): readonly Fn[] {
  if (value.k === 'lit') return [program.fn(fn.pkg, value.fn)]
  if (value.k === 'func') {
    const named = program.funcs.get(value.key)
    return named ? [named] : []
  }
  if (value.k !== 'path' || depth > MAX_DEPTH) return []
  const { paths, vars } = variablesOf(program)
  const path = paths.raw(fn, value.p)
  const last = path.steps.at(-1)
  if (last !== undefined && !isField(last)) return []
  const given = vars.values(targetKey(path)) ?? []
  return [...new Set(given.flatMap((one) => functionsOf(program, one.fn, one.v, depth + 1)))]
}

const MAX_DEPTH = 4

interface Variables {
  readonly paths: Paths
  readonly vars: FuncVars
}

const variables = new WeakMap<Program, Variables>()

function variablesOf(program: Program): Variables {
  const known = variables.get(program)
  if (known) return known
  const paths = buildPaths(program)
  const made = { paths, vars: buildFuncVars(program, paths) }
  variables.set(program, made)
  return made
}

/** A call, and the function it stands in. */
export interface CallSite {
  readonly caller: Fn
  readonly call: CallEv
}

/** The calls that run the function on the caller's goroutine, as far as names, interfaces and literals in place tell. */
export function callsOf(program: Program, fn: Fn): readonly CallSite[] {
  return callersOf(program).get(fn) ?? []
}

const graphs = new WeakMap<Program, ReadonlyMap<Fn, readonly CallSite[]>>()

function callersOf(program: Program): ReadonlyMap<Fn, readonly CallSite[]> {
  const known = graphs.get(program) ?? callSites(program, runBy)
  graphs.set(program, known)
  return known
}

/** The calls of the program by the bodies that each leads to. */
export function callSites(
  program: Program,
  bodiesOf: (program: Program, caller: Fn, call: CallEv) => readonly Fn[],
): ReadonlyMap<Fn, readonly CallSite[]> {
  const sites = new Map<Fn, CallSite[]>()
  for (const pkg of program.packages) {
    for (const caller of program.fns(pkg)) {
      for (const call of eventsOf(caller.facts.stmts)) {
        if (call.k !== 'call') continue
        for (const body of bodiesOf(program, caller, call)) push(sites, body, { caller, call })
      }
    }
  }
  return sites
}

function spread(program: Program, map: SharedMap, counts: (access: Access) => boolean): ReadonlyMap<Fn, Mode> {
  const modes = new Map<Fn, Mode>()
  const work: [Fn, Mode][] = []
  for (const access of map.accesses) {
    if (!counts(access)) continue
    const fn = program.fns(access.pkg).find((at) => at.facts === access.func)
    if (fn) work.push([fn, access.write ? 'write' : 'read'])
  }
  for (let at = work.pop(); at !== undefined; at = work.pop()) {
    const [fn, mode] = at
    const known = modes.get(fn)
    if (known === 'write' || known === mode) continue
    modes.set(fn, mode)
    for (const { caller } of callsOf(program, fn)) work.push([caller, mode])
  }
  return modes
}
