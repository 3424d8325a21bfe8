/** Maps that a goroutine gets for itself: `go flush(batch); batch = map[string]int{}`. */
import { bind, isParameterOf, type Passing } from './binding.js'
import type { Engine } from './engine.js'
import { type AbsPath, isField } from './paths.js'
import type { Fn } from './program.js'
import { flowOf } from './walk.js'

/**
 * Whether the map is what the goroutine's function is called with, and the local that held it, of which nobody else knows, is given
 * another (or nil) before it is used again.
 */
export function isGivenAway(engine: Engine, map: AbsPath, fn: Fn, caller: Passing): boolean {
  const { freshness, paths } = engine
  if (map.steps.some(isField) || !isParameterOf(engine, map, fn)) return false
  const given = bind(engine, fn, map.root, caller)
  const key = given?.root.startsWith('o:') && given.steps.length === 0 ? given.root.slice(2) : ''
  const { site: at } = caller
  if (paths.object(key)?.fn !== at.fn || !freshness.isPrivate(key)) return false
  const next = paths.defs(key).find(({ fn: in_, site }) => in_ === at.fn && site.n > at.n)?.site
  if (!next?.blocks.every((block, i) => at.blocks[i] === block)) return false
  if (!at.loops.every((loop) => next.loops.includes(loop))) return false
  return flowOf(at.fn).sites.every(
    ({ ev, n }) => ev.k !== 'acc' || n <= at.n || n >= next.n || paths.resolve(at.fn, ev.p).root !== `o:${key}`,
  )
}
