import type { PathRef, Val } from '../facts.js'
import { type Lock, makeLock } from './lockops.js'
import { type Paths, targetKey } from './paths.js'
import { type Fn, type Program, typeAt } from './program.js'
import { eachStored } from './stored.js'

/**
 * The lock that a channel is when it has room for one and carries nothing: a send takes it, a receive gives it back. Null for other
 * channels. (One that starts full, taken by a receive, orders its users as any channel does.)
 */
export function slotLock(program: Program, paths: Paths, fn: Fn, channel: PathRef): Lock | null {
  const path = paths.resolve(fn, channel)
  return slots(program, paths).has(targetKey(path)) ? makeLock(path) : null
}

const known = new WeakMap<Program, ReadonlySet<string>>()

/** The variables and fields, by object key, that are only ever set to make(chan struct{}, 1). */
function slots(program: Program, paths: Paths): ReadonlySet<string> {
  const before = known.get(program)
  if (before) return before
  const ones = new Set<string>()
  const others = new Set<string>()
  const note = (fn: Fn, key: string, v: Val): void => {
    if (key) (isSlot(fn, v) ? ones : others).add(key)
  }
  eachStored(program, paths, note)
  const found = new Set([...ones].filter((key) => !others.has(key)))
  known.set(program, found)
  return found
}

function isSlot({ pkg }: Fn, v: Val): boolean {
  if (v.k !== 'fresh' || v.how !== 'make' || v.size !== 1) return false
  const type = typeAt(pkg, v.t)
  const { kind, elem } = type.under === undefined ? type : typeAt(pkg, type.under)
  if (kind !== 'chan' || elem === undefined) return false
  return typeAt(pkg, elem).text === 'struct{}'
}
