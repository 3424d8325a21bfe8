import type { Val } from '../facts.js'
import { isOnceMaker } from './funcvalues.js'
import { type AbsPath, type Paths, targetKey } from './paths.js'
import type { CallEv, Fn, Program } from './program.js'
import { eachStored } from './stored.js'

/**
 * What runs a function once when called like this: the sync.Once of a Do, or the variable that holds what sync.OnceFunc made; null for
 * other calls. After the call the function is over, whoever ran it.
 */
export function onceOf(program: Program, paths: Paths, fn: Fn, call: CallEv): AbsPath | null {
  const { callee } = call
  if (callee.k === 'func' && callee.key === 'sync.Once.Do') return call.recv ? paths.resolveVal(fn, call.recv) : null
  if (callee.k !== 'value' || callee.v.k !== 'path') return null
  const path = paths.raw(fn, callee.v.p)
  return onceVars(program, paths).has(targetKey(path)) ? path : null
}

const known = new WeakMap<Program, ReadonlySet<string>>()

/** The variables and fields, by object key, that hold functions made by sync.OnceFunc and its like. */
function onceVars(program: Program, paths: Paths): ReadonlySet<string> {
  const before = known.get(program)
  if (before) return before
  const found = new Set<string>()
  known.set(program, found)
  const note = (fn: Fn, key: string, v: Val): void => {
    const call = v.k === 'call' ? paths.call(fn, v.n) : undefined
    if (call && key && isOnceMaker(call)) found.add(key)
  }
  eachStored(program, paths, note)
  return found
}
