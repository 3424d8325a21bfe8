/** Fields of a struct that came by value and is given a map of its own: `func (o options) check() { o.m = map[…]…{}; o.m[k] = v }`. */
import type { Engine } from './engine.js'
import { type AbsPath, samePath } from './paths.js'
import { type Fn, typeAt, underlying } from './program.js'
import { flowOf, type Site, shareLoop } from './walk.js'

/**
 * Whether the path (as written in fn) is a field of a struct parameter or receiver, passed by value, to which every way to the site has
 * given a new map. No literal of the function may know the struct.
 */
export function isOfOwnCopy({ freshness, paths, program }: Engine, fn: Fn, site: Site, path: AbsPath): boolean {
  const object = path.root.startsWith('o:') ? paths.object(path.root.slice(2)) : undefined
  if (object?.fn !== fn || !/^(param|receiver)$/.test(object.facts.kind) || path.steps.length !== 1) return false
  const type = typeAt(object.pkg, object.facts.type)
  if (type.kind === 'pointer' || underlying(object.pkg, object.facts.type).kind !== 'struct') return false
  const { sites } = flowOf(fn)
  const escapes = sites.some(
    ({ ev }) => ev.k === 'lit' && freshness.captured(program.fn(fn.pkg, ev.fn)).has(object.facts.key),
  )
  return (
    !escapes &&
    sites.some(
      (at) =>
        at.ev.k === 'acc' &&
        at.ev.op === 'replace' &&
        at.n < site.n &&
        at.ev.v !== undefined &&
        paths.isMade(fn, at.ev.v) &&
        samePath(paths.raw(fn, at.ev.p), path) &&
        at.blocks.every((block, i) => site.blocks[i] === block) &&
        (at.loops.length === 0 || shareLoop(at, site)),
    )
  )
}
