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
    const { key, kind } = objectAt(site.fn.pkg, variable)
    if (kind !== 'param' || paths.defs(key).length > 0) continue
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

const tested = new WeakMap<Fn, ReadonlySet<string>>()

/** The bool parameters, by object key, of the function or those around it, that one of its if statements tests and nothing changes. */
export function testedParams(program: Program, paths: Paths, fn: Fn): ReadonlySet<string> {
  const known = tested.get(fn)
  if (known) return known
  const found = new Set<string>()
  tested.set(fn, found)
  const look = (stmts: readonly Stmt[]): void => {
    for (const stmt of stmts) {
      for (const [variable] of stmt.k === 'if' ? [...(stmt.yes ?? []), ...(stmt.no ?? [])] : []) {
        const { key, kind } = variable < 0 ? { key: '', kind: '' } : objectAt(fn.pkg, variable)
        if (kind === 'param' && paths.defs(key).length === 0) found.add(key)
      }
      for (const part of stmtParts(stmt)) if ('stmts' in part) look(part.stmts)
    }
  }
  look(fn.facts.stmts)
  for (const { ev } of flowOf(fn).sites) {
    if (ev.k !== 'lit') continue
    for (const key of testedParams(program, paths, program.fn(fn.pkg, ev.fn)))
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
