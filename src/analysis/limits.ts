/** Goroutines of which one runs at a time. */
import type { Held } from './heldsets.js'
import { makeLock } from './lockops.js'
import { type Paths, samePath } from './paths.js'
import type { CallEv } from './program.js'
import { dominates, flowOf, type Site } from './walk.js'

/** The errgroup that the call starts a goroutine in, as the lock that its goroutines take in turn, if its limit is one; else null. */
export function inTurn(paths: Paths, site: Site, call: CallEv): Held | null {
  if (!isOf(call, 'Go') || !call.recv) return null
  const { fn } = site
  const group = paths.resolveVal(fn, call.recv)
  const isLimit = ({ ev }: Site): boolean =>
    ev.k === 'call' && isOf(ev, 'SetLimit') && ev.recv !== undefined && samePath(paths.resolveVal(fn, ev.recv), group)
  const limits = flowOf(fn).sites.filter(isLimit)
  const one = limits.every((at) => at.ev.k === 'call' && at.ev.args[0]?.k === 'const' && at.ev.args[0].i === 1)
  return one && limits.some((at) => dominates(at, site)) ? { lock: makeLock(group), mode: 'w' } : null
}

function isOf({ callee }: CallEv, method: string): boolean {
  return callee.k === 'func' && /(^|\/)errgroup\.Group\.\w+$/.test(callee.key) && callee.key.endsWith(`.${method}`)
}
