/** Function variables and fields whose every value is in the program's text. */
import type { Ev, PackageFacts, Val } from '../facts.js'
import { isField, type Paths, targetKey } from './paths.js'
import { type Fn, objectAt, type Program, typeAt } from './program.js'
import { eachFresh } from './stored.js'
import { flowOf } from './walk.js'

/** A value given to a variable or field, and the function that gives it. */
export interface GivenValue {
  readonly fn: Fn
  readonly v: Val
}

export interface FuncVars {
  /**
   * All that a variable or field of function type (by object key) is ever set to, nil left out; null where code outside the
   * program may set it, its address is taken, or nothing sets it.
   */
  values(key: string): readonly GivenValue[] | null
}

export function buildFuncVars(program: Program, paths: Paths): FuncVars {
  const given = new Map<string, GivenValue[]>()
  const shared = new Set<string>()
  const note = (key: string, fn: Fn, v: Val): void => {
    const known = given.get(key)
    if (known) known.push({ fn, v })
    else given.set(key, [{ fn, v }])
  }
  for (const pkg of program.packages) {
    for (const fn of program.fns(pkg)) {
      for (const { ev } of flowOf(fn).sites) {
        if (ev.k === 'set') {
          const path = paths.raw(fn, ev.to)
          const last = path.steps.at(-1)
          if (last === undefined || isField(last)) {
            const key = targetKey(path)
            if (isFunction(paths, key)) note(key, fn, ev.v)
          }
        }
        eachFresh(ev, (v) => {
          for (const field of v.fields ?? []) {
            const { key } = objectAt(pkg, field.f)
            if (isFunction(paths, key)) note(key, fn, field.v)
          }
        })
        for (const v of valuesOf(ev)) if (v.k === 'path' && v.addr === true) shared.add(targetKey(paths.raw(fn, v.p)))
      }
    }
  }
  return {
    values(key) {
      const object = paths.object(key)?.facts
      if (object === undefined || object.file < 0 || shared.has(key)) return null
      // A return statement sets results without naming them.
      if (object.kind === 'result') return null
      if (object.exported && (object.kind === 'field' || object.kind === 'package')) return null
      const values = (given.get(key) ?? []).filter(({ v }) => v.k !== 'nil')
      return values.length > 0 ? values : null
    },
  }
}

function isFunction(paths: Paths, key: string): boolean {
  const object = paths.object(key)
  return object !== undefined && isFunctionType(object.pkg, object.facts.type)
}

function isFunctionType(pkg: PackageFacts, ref: number): boolean {
  const type = typeAt(pkg, ref)
  return (
    type.kind === 'func' ||
    (type.kind === 'named' && type.under !== undefined && typeAt(pkg, type.under).kind === 'func')
  )
}

function valuesOf(ev: Ev): readonly Val[] {
  switch (ev.k) {
    case 'set':
    case 'chansend':
      return [ev.v]
    case 'acc':
      return ev.v ? [ev.v] : []
    case 'return':
      return ev.vals
    case 'call':
      return ev.args
    default:
      return []
  }
}
