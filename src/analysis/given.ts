/** What the values of bool parameters say of the ways to a site: `if grow { … }` is not reached from `at(path, false)`. */
import { argumentFor, type Paths } from './paths.js'
import { type CallEv, type Fn, objectAt } from './program.js'
import type { Site } from './walk.js'

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

/** A name for what is given, for comparison. */
export function givenId(given: Given): string {
  return [...given]
    .map(([key, is]) => `${key}=${is}`)
    .sort()
    .join(',')
}
