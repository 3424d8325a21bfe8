/** Whether code may run any number of times: what a compare-and-swap loop asks of its callback. */
import { objectAt, pathAt, underlying } from '../../analysis/program.js'
import { stdEffect } from '../../analysis/stdlib.js'
import type { Ev, PackageFacts, PathStep } from '../../facts.js'

/** Functions without a receiver, and methods of times and durations, which are values. */
const COMPUTES =
  /^((strings|strconv|math|math\/bits|unicode|unicode\/utf8|unicode\/utf16|path)\.\w+|time\.(Now|Since|Until|Unix\w*|Date|(Time|Duration)\.\w+)|errors\.New)$/
const BUILTINS: ReadonlySet<string> = new Set(['len', 'cap', 'min', 'max', 'real', 'imag', 'complex', 'new', 'make'])

/**
 * Whether running the events changes nothing but the locals `own`, waits for nothing and asks nothing of the outside. Calls count
 * as pure for a few builtins and for functions of packages that only compute. Everything else does not.
 */
export function isPure(pkg: PackageFacts, events: readonly Ev[], own: ReadonlySet<number>): boolean {
  return events.every((ev) => {
    switch (ev.k) {
      case 'may':
      case 'and':
      case 'or':
        return true
      case 'call':
        return ev.mode === 'call' && isPureCall(ev)
      case 'set':
        return ev.star !== true && isOwn(pkg, ev, own)
      default:
        return false
    }
  })
}

function isPureCall({ callee }: Extract<Ev, { k: 'call' }>): boolean {
  if (callee.k === 'builtin') return BUILTINS.has(callee.name)
  if (callee.k !== 'func' || !COMPUTES.test(callee.key)) return false
  const effect = stdEffect(callee.key)
  return (
    effect !== undefined &&
    !effect.blocks &&
    !effect.io &&
    !effect.callbacks &&
    effect.callsNow.length + effect.spawns.length + effect.stores.length === 0
  )
}

/** A local, or a field of one that is held by value all the way. */
export function isOwn(pkg: PackageFacts, ev: Extract<Ev, { k: 'set' }>, own: ReadonlySet<number>): boolean {
  const [root, ...steps] = pathAt(pkg, ev.to)
  if (typeof root !== 'number') return false
  if (ev.def === true && steps.length === 0) return true
  if (!own.has(root)) return false
  const [...through] = [root, ...steps.slice(0, -1)]
  return steps.every(isField) && (steps.length === 0 || through.every((step) => isField(step) && isStruct(pkg, step)))
}

function isField(step: PathStep): step is number {
  return typeof step === 'number'
}

function isStruct(pkg: PackageFacts, ref: number): boolean {
  return underlying(pkg, objectAt(pkg, ref).type).kind === 'struct'
}
