/** Which names mean what in a function. */
import type { Fn, Program } from '../analysis/program.js'
import { freshName } from '../edit/names.js'
import type { Guard } from '../types.js'
import type { Page } from './page.js'

/** The names that the fixes of one run give to locals, by the declared function in which they stand: two fixes may come to one block. */
export type GivenNames = Map<Fn, Set<string>>

/** Makes names, and notes them in `given`, that nothing in the function, in what was `earlier` given there, or around it in the package, has; each once, unless it may be had `again` (for the parameter of a literal). */
export function freshNames(
  program: Program,
  fn: Fn,
  page: Page,
  earlier: GivenNames = new Map(),
  given: GivenNames = new Map(),
): (candidates: readonly string[], again?: boolean) => string {
  const outer = outermost(program, fn)
  const own = given.get(outer) ?? new Set<string>()
  given.set(outer, own)
  const others = [...own, ...(earlier.get(outer) ?? [])]
  const words = new Set([...others, ...(page.slice(outer.facts.span).match(/[\p{L}_][\p{L}\p{N}_]*/gu) ?? [])])
  for (const { name, kind } of fn.pkg.objects) if (kind === 'package') words.add(name)
  for (const { imports } of fn.pkg.files) {
    for (const { path, name } of imports) words.add(name || (path.split('/').at(-1) ?? path))
  }
  return (candidates, again = false) => {
    const name = freshName(words, candidates)
    if (!again) words.add(name)
    if (!again) own.add(name)
    return name
  }
}

/** The declared function that a literal stands in. */
function outermost(program: Program, fn: Fn): Fn {
  return fn.facts.parent === undefined ? fn : outermost(program, program.fn(fn.pkg, fn.facts.parent))
}

/** Why a lock variable cannot be named in the function; null if it can. */
export function outOfScope(program: Program, fn: Fn, name: string, guard: Guard | null): string | null {
  const inside = (ref: number | undefined): boolean => {
    for (let at: number | undefined = fn.index; at !== undefined; at = fn.pkg.funcs[at]?.parent)
      if (at === ref) return true
    return false
  }
  const shadow = fn.pkg.objects.find(
    (object) =>
      object.name === name && object.func !== undefined && object.key !== guard?.object.key && inside(object.func),
  )
  if (shadow) return `${name} means something else in ${fn.facts.display}`
  if (guard === null) return null
  if (guard.object.kind === 'package')
    return guard.object.key.slice(0, guard.object.key.lastIndexOf('.')) === fn.pkg.path
      ? null
      : `its lock, ${name}, is in another package`
  const owner = fn.pkg.objects.find((object) => object.key === guard.object.key)
  return inside(owner?.func) ? null : `its lock, ${name}, is not in scope in ${outermost(program, fn).facts.display}`
}

/** How many functions a literal stands in. */
export function depthOf(program: Program, fn: Fn): number {
  return fn.facts.parent === undefined ? 0 : depthOf(program, program.fn(fn.pkg, fn.facts.parent)) + 1
}
