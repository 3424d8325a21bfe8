import type { PathRef, TypeRef, Val } from '../facts.js'
import { type Lock, makeLock } from './lockops.js'
import { type Paths, targetKey } from './paths.js'
import { type Fn, namedKey, type Program, typeAt, underlying } from './program.js'
import { eachFresh, eachStored } from './stored.js'
import { flowOf } from './walk.js'

/**
 * The lock that a channel is when it has room for one and carries nothing (or a bool): a send takes it, a receive gives it
 * back. Null for other channels. (One that starts full, taken by a receive, orders its users like every channel.)
 */
export function slotLock(program: Program, paths: Paths, fn: Fn, channel: PathRef): Lock | null {
  const path = paths.resolve(fn, channel)
  const found = slots(program, paths)
  const key = targetKey(path)
  const object = paths.object(key)
  const passed = object?.facts.kind === 'receiver' || object?.facts.kind === 'param'
  const is = passed ? found.types.has(namedKey(object.pkg, object.facts.type)) : found.variables.has(key)
  return is ? makeLock(path) : null
}

interface Slots {
  /** The variables and fields, by object key, that are only ever set to make(chan struct{}, 1). */
  readonly variables: ReadonlySet<string>
  /** The named types whose values are only ever made so: `type mutex chan struct{}`. */
  readonly types: ReadonlySet<string>
}

const known = new WeakMap<Program, Slots>()

function slots(program: Program, paths: Paths): Slots {
  const before = known.get(program)
  if (before) return before
  const variables = tally()
  const types = tally()
  const note = (fn: Fn, key: string, v: Val): void => variables.note(key, isSlot(paths, fn, v))
  eachStored(program, paths, note)
  for (const pkg of program.packages) {
    for (const fn of program.fns(pkg)) {
      for (const { ev } of flowOf(fn).sites) {
        eachFresh(ev, (v) => {
          if (v.how === 'make' && isToken(fn, v.t)) types.note(namedKey(pkg, v.t), v.size === 1)
        })
      }
    }
  }
  const found = { variables: variables.always(), types: types.always() }
  known.set(program, found)
  return found
}

/** Keys that were always found to be so. */
function tally(): { note(key: string, is: boolean): void; always(): ReadonlySet<string> } {
  const ones = new Set<string>()
  const others = new Set<string>()
  return {
    note(key, is) {
      if (key !== '') (is ? ones : others).add(key)
    },
    always: () => new Set([...ones].filter((key) => !others.has(key))),
  }
}

function isSlot(paths: Paths, fn: Fn, v: Val, depth = 0): boolean {
  if (v.k === 'call' && depth < 3) {
    const callee = paths.callee(fn, v.n)
    const made = callee ? paths.returns(callee, v.i) : null
    return callee !== undefined && made !== null && made.length > 0
      ? made.every((val) => isSlot(paths, callee, val, depth + 1))
      : false
  }
  return v.k === 'fresh' && v.how === 'make' && v.size === 1 && isToken(fn, v.t)
}

/** A channel whose values say nothing. */
function isToken({ pkg }: Fn, ref: TypeRef): boolean {
  const { kind, elem } = underlying(pkg, ref)
  return kind === 'chan' && elem !== undefined && ['struct{}', 'bool'].includes(typeAt(pkg, elem).text)
}
