/** Function values that objects keep: `t := newTrie(emit)` calls emit when t is hashed, and no other trie does. */
import type { Val } from '../facts.js'
import type { Passing } from './binding.js'
import type { Engine } from './engine.js'
import { outermost } from './freshness.js'
import type { FuncValue } from './funcvalues.js'
import { isOwnPart, madeBy } from './making.js'
import type { AbsPath } from './paths.js'
import type { Fn } from './program.js'
import { flowOf } from './walk.js'

/** The object in whose field the function value is that is called, in the terms of the function that calls it; null if it is in none. */
export function holderOf({ paths }: Engine, { call, site }: Passing): AbsPath | null {
  if (call.callee.k !== 'value' || call.callee.v.k !== 'path') return null
  const { root, steps } = paths.resolve(site.fn, call.callee.v.p)
  return steps.length === 0 ? null : { root, steps: steps.slice(0, -1) }
}

/**
 * Whether the function made the holder itself, alone, and gives nobody the value that is said to be kept in it: then another object of the
 * type keeps it.
 */
export function isKeptElsewhere(engine: Engine, kept: FuncValue | null, holder: AbsPath | null, fn: Fn): boolean {
  const { paths, program } = engine
  if (!kept || !holder) return false
  const maker = holder.root.startsWith('o:')
    ? paths.object(holder.root.slice(2))?.fn
    : madeBy(program, paths, holder.root)?.fn
  return maker === fn && isOwnPart(program, paths, holder) && !passesOn(engine, outermost(program, fn), kept)
}

/** Whether one of the values in a function, or a literal in it, may be the function value. */
function passesOn({ program, values }: Engine, fn: Fn, kept: FuncValue): boolean {
  if (fn === outermost(program, kept.at)) return true
  const may = (at: Fn, v: Val): boolean =>
    values.targets(at, v).some((target) => target.fn === kept.fn) ||
    (v.k === 'fresh' && [...(v.fields ?? []).map((field) => field.v), ...(v.elems ?? [])].some((part) => may(at, part)))
  const looks = (at: Fn): boolean =>
    flowOf(at).sites.some(({ ev }) => {
      if (ev.k === 'call') return ev.args.some((arg) => may(at, arg))
      if (ev.k === 'set') return may(at, ev.v)
      return ev.k === 'lit' && looks(program.fn(at.pkg, ev.fn))
    })
  return looks(fn)
}
