import type { Passing } from './binding.js'
import type { Engine } from './engine.js'
import { outermost } from './freshness.js'
import type { FuncValue } from './funcvalues.js'
import type { AbsPath } from './paths.js'
import type { Fn } from './program.js'
import { flowOf, type Site } from './walk.js'

/**
 * The function value to go on looking for in the callers of the caller: undefined when this call does not pass the one
 * that the walk came by.
 */
export function nextCarried(engine: Engine, fn: Fn, carried: Fn | null, caller: Passing): Fn | null | undefined {
  if (!carried || caller.value) return null
  const passes = caller.call.args.filter((arg) =>
    engine.values.targets(caller.site.fn, arg).some((t) => t.fn === carried),
  )
  if (passes.length === 0) {
    const elsewhere = engine.callers
      .of(fn)
      .some(
        (c) =>
          c.how !== 'root' &&
          c.call.args.some((arg) => engine.values.targets(c.site.fn, arg).some((t) => t.fn === carried)),
      )
    return elsewhere ? undefined : null
  }
  return passes.some((arg) => arg.k === 'lit' || arg.k === 'func') ? null : carried
}

/** Whether the function value that is called, or passed on, is a parameter there: then callers who pass another are beside the point. */
export function cameAsParameter({ paths, values }: Engine, { call, site, value }: Passing): boolean {
  const given =
    call.callee.k === 'value'
      ? [call.callee.v]
      : call.args.filter((arg) => values.targets(site.fn, arg).some((t) => t.fn === value?.fn))
  return given.some((v) => {
    if (v.k !== 'path') return false
    const { root, steps } = paths.resolve(site.fn, v.p)
    return steps.length === 0 && root.startsWith('o:') && paths.object(root.slice(2))?.facts.kind === 'param'
  })
}

/**
 * Where a function value became one, if its goroutine is started elsewhere, by code that knows nothing of the variables that the value brings
 * along.
 */
export function handedOver({ paths, program }: Engine, map: AbsPath, kept: FuncValue | null, start: Site): Site | null {
  if (!kept || !map.root.startsWith('o:')) return null
  const owner = paths.object(map.root.slice(2))?.fn
  const home = outermost(program, kept.at)
  if (!owner || outermost(program, owner) !== home || outermost(program, start.fn) === home) return null
  const is = ({ ev }: Site): boolean =>
    (ev.k === 'lit' && program.fn(kept.at.pkg, ev.fn) === kept.fn) || (ev.k === 'ref' && ev.key === kept.fn.facts.key)
  return flowOf(kept.at).sites.find(is) ?? null
}
