import type { Ev, Val } from '../facts.js'
import { type AbsPath, type Paths, targetKey } from './paths.js'
import { type Fn, objectAt, type Program } from './program.js'
import { flowOf } from './walk.js'

/**
 * Calls visit for every value that the program gives to a variable or field (by object key), by assignment, to the path that is said then, or
 * in a composite literal.
 */
export function eachStored(
  program: Program,
  paths: Paths,
  visit: (fn: Fn, key: string, v: Val, to?: AbsPath) => void,
): void {
  for (const pkg of program.packages) {
    for (const fn of program.fns(pkg)) {
      for (const { ev } of flowOf(fn).sites) {
        if (ev.k === 'set') {
          const to = paths.raw(fn, ev.to)
          visit(fn, targetKey(to), ev.v, to)
        }
        eachFresh(ev, (v) => {
          for (const field of v.fields ?? []) visit(fn, objectAt(pkg, field.f).key, field.v)
        })
      }
    }
  }
}

type FreshVal = Extract<Val, { k: 'fresh' }>

/** Calls visit for every composite literal among the values of an event. */
export function eachFresh(ev: Ev, visit: (v: FreshVal) => void): void {
  const walk = (v: Val | undefined): void => {
    if (v?.k !== 'fresh') return
    visit(v)
    for (const field of v.fields ?? []) walk(field.v)
    for (const elem of v.elems ?? []) walk(elem)
  }
  if (ev.k === 'set' || ev.k === 'chansend') walk(ev.v)
  else if (ev.k === 'acc') walk(ev.v)
  else if (ev.k === 'return') ev.vals.forEach(walk)
  else if (ev.k === 'call') {
    ev.args.forEach(walk)
    walk(ev.recv)
  }
}
