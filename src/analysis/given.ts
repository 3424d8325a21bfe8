/** What the values of bool parameters say of the ways to a site: `if grow { … }` is not reached from `at(path, false)`. */
import type { Stmt } from '../facts.js'
import { argumentFor, type Paths } from './paths.js'
import { type CallEv, type Fn, objectAt, type Program, stmtParts } from './program.js'
import { flowOf, type Site } from './walk.js'

/** Parameters, by object key, and the value that each must have. */
export type Given = ReadonlyMap<string, boolean>

/** What must hold at a site besides what holds where it leads; null if that contradicts itself. */
export function givenAt(paths: Paths, site: Site, before: Given = new Map()): Given | null {
  const given = new Map(before)
  for (const [variable, is] of site.known) {
    // A constant that would have to be another.
    if (variable < 0) return null
    const { key } = objectAt(site.fn.pkg, variable)
    if (!isConstant(paths, key)) continue
    if (given.get(key) === !is) return null
    given.set(key, is)
  }
  return given
}

/** What must be given in the caller for a call of fn to get where the given holds; null where it does not. */
export function givenAbove(paths: Paths, given: Given, fn: Fn, site: Site, call: CallEv): Given | null {
  const above = givenByCaller(paths, given, fn, site.fn, call)
  return above && givenAt(paths, site, above)
}

/** What the callers of the caller must pass, for the call to pass what is given; null if it passes something else. */
function givenByCaller(paths: Paths, given: Given, callee: Fn, caller: Fn, call: CallEv): Given | null {
  const found = new Map<string, boolean>()
  for (const [key, is] of given) {
    if (paths.object(key)?.fn !== callee) {
      found.set(key, is)
      continue
    }
    const arg = argumentFor(callee, call, `o:${key}`)
    if (arg?.k === 'const' && arg.b === !is) return null
    const from = arg?.k === 'path' ? paths.raw(caller, arg.p) : undefined
    const object = from?.steps.length === 0 && from.root.startsWith('o:') ? paths.object(from.root.slice(2)) : undefined
    if (object?.facts.kind === 'param' && paths.defs(object.facts.key).length === 0) found.set(object.facts.key, is)
  }
  return found
}

/** The parameters of a callee that the call gives a constant. */
export function givenByArguments(callee: Fn, call: CallEv): Given {
  const found = new Map<string, boolean>()
  for (const param of callee.facts.params) {
    if (param < 0) continue
    const { key } = objectAt(callee.pkg, param)
    const arg = argumentFor(callee, call, `o:${key}`)
    if (arg?.k === 'const' && arg.b !== undefined) found.set(key, arg.b)
  }
  return found
}

/** Whether the variable is a parameter, or a local given its value once, that keeps it. */
function isConstant(paths: Paths, key: string): boolean {
  const kind = paths.object(key)?.facts.kind
  const [def, ...more] = paths.defs(key)
  if (kind === 'param') return def === undefined
  return kind === 'local' && def !== undefined && more.length === 0 && def.site.loops.length === 0
}

/**
 * What the caller may pass for a parameter of fn that the given does not tell, where that decides something: both values, each with what
 * it makes of the caller's own parameter. One way where nothing is open.
 */
export function bothValues(
  paths: Paths,
  given: Given,
  { fn, call, caller }: { readonly fn: Fn; readonly call: CallEv; readonly caller: Fn },
  decides: (param: string) => boolean,
): readonly { readonly given: Given; readonly passed: Given }[] {
  const constants = givenByArguments(fn, call)
  for (const param of fn.facts.params) {
    if (param < 0) continue
    const { key } = objectAt(fn.pkg, param)
    const arg = argumentFor(fn, call, `o:${key}`)
    const from = arg?.k === 'path' ? paths.raw(caller, arg.p) : undefined
    if (from === undefined || from.steps.length > 0 || !from.root.startsWith('o:')) continue
    const own = from.root.slice(2)
    if (paths.object(own)?.facts.kind !== 'param' || !isConstant(paths, own) || !decides(key)) continue
    const known = given.get(own)
    return [true, false]
      .filter((is) => known === undefined || known === is)
      .map((is) => ({ given: new Map(given).set(own, is), passed: new Map(constants).set(key, is) }))
  }
  return [{ given, passed: constants }]
}

const tested = new WeakMap<Fn, ReadonlySet<string>>()

/** The bool variables, by object key, of the function or those around it, that one of its if statements tests and nothing changes. */
export function testedConstants(program: Program, paths: Paths, fn: Fn): ReadonlySet<string> {
  const known = tested.get(fn)
  if (known) return known
  const found = new Set<string>()
  tested.set(fn, found)
  const look = (stmts: readonly Stmt[]): void => {
    for (const stmt of stmts) {
      for (const [variable] of stmt.k === 'if' ? [...(stmt.yes ?? []), ...(stmt.no ?? [])] : []) {
        const key = variable < 0 ? '' : objectAt(fn.pkg, variable).key
        if (isConstant(paths, key)) found.add(key)
      }
      for (const part of stmtParts(stmt)) if ('stmts' in part) look(part.stmts)
    }
  }
  look(fn.facts.stmts)
  for (const { ev } of flowOf(fn).sites) {
    if (ev.k !== 'lit') continue
    for (const key of testedConstants(program, paths, program.fn(fn.pkg, ev.fn)))
      if (paths.object(key)?.fn !== program.fn(fn.pkg, ev.fn)) found.add(key)
  }
  return found
}

/** A name for what is given, for comparison. */
export function givenId(given: Given): string {
  return [...given]
    .map(([key, is]) => `${key}=${is}`)
    .sort()
    .join(',')
}
