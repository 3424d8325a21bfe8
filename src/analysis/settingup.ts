/** Exported functions that the program itself calls only on objects that nobody else knows yet: `registry.Register(…)` before it serves. */
import type { Context } from './contexts.js'
import type { Engine } from './engine.js'
import { outermost } from './freshness.js'
import { namedKey } from './program.js'

/**
 * The ways to one access, with those marked that enter an exported function which sets objects up, as far as its callers in the program
 * show. A constructor's own calls say nothing about the users of what it makes, nor do those of a main package: it may be an example.
 */
export function withSettingUp(engine: Engine, contexts: readonly Context[]): readonly Context[] {
  const known = new Map<Context, boolean>()
  const setsUp = (context: Context): boolean => {
    const before = known.get(context)
    if (before !== undefined) return before
    known.set(context, false)
    const above = contexts.filter((c) => c.root !== 'test' && c.root !== 'init' && leadsThrough(c, context))
    const is =
      above.every((c) => c.owned || c.unfinished || setsUp(c)) &&
      above.some((c) => !isOfItsOwn(engine, c, context.base))
    known.set(context, is)
    return is
  }
  const isRegistering = (context: Context): boolean => {
    const above = contexts.filter((c) => c.root !== 'test' && leadsThrough(c, context))
    return above.length > 0 && above.every((c) => c.root === 'init' && !c.spawn)
  }
  const isCalled = (context: Context): boolean =>
    contexts.some((c) => c.root !== 'test' && leadsThrough(c, context) && !isOfItsOwn(engine, c, context.base))
  return contexts.map((c) => {
    if (c.root !== 'api') return c
    const is = { ...c, called: isCalled(c) }
    return c.spawn ? is : { ...is, settingUp: setsUp(c), registering: isRegistering(c) }
  })
}

/** The ways by which the program itself comes to where an exported function is entered; the way itself where it does not. */
export function waysAbove(contexts: readonly Context[], way: Context): readonly Context[] {
  const above =
    way.root === 'api' && way.called ? contexts.filter((c) => c.root !== 'test' && leadsThrough(c, way)) : []
  return above.length > 0 ? above : [way]
}

/** Whether the longer way goes up through the function that the shorter one ends in. */
function leadsThrough(longer: Context, { levels }: Context): boolean {
  return longer.levels.length > levels.length && levels.every(({ site }, i) => longer.levels[i]?.site === site)
}

/** Whether the way begins in a constructor of the type, in its own package, or in a main package; one that is no example says who uses a package variable. */
function isOfItsOwn({ program }: Engine, { levels, map }: Context, type: string): boolean {
  const at = levels.at(-1)?.site.fn
  if (at === undefined) return true
  const { facts, pkg } = outermost(program, at)
  if (pkg.name === 'main' && map.root.startsWith('g:')) return EXAMPLES.test(pkg.path)
  const makes = facts.resultTypes.some((result) => namedKey(pkg, result) === type)
  return pkg.name === 'main' || (makes && type === `${pkg.path}.${type.slice(type.lastIndexOf('.') + 1)}`)
}

/** Import paths of programs that show how a package is used. */
const EXAMPLES = /(^|[/_-])(examples?|demos?|samples?|tutorials?)([/_-]|$)/
