/** Channels and wait groups under several names: `w := &worker{done: done}`, `waiting = append(waiting, done)`. */
import type { PackageFacts, TypeRef, Val } from '../facts.js'
import { type Paths, targetKey } from './paths.js'
import { type Fn, namedKey, type Program, underlying } from './program.js'
import { eachStored } from './stored.js'
import { flowOf } from './walk.js'

/**
 * One name, by object key, for all variables and fields that the program gives one channel, or pointer to a sync.WaitGroup
 * or errgroup.Group; instances apart. Other keys are their own name.
 */
export function handleNames(program: Program, paths: Paths): (key: string) => string {
  const parent = new Map<string, string>()
  const find = (key: string): string => {
    const up = parent.get(key)
    if (up === undefined) return key
    const top = find(up)
    parent.set(key, top)
    return top
  }
  const unite = (fn: Fn, key: string, v: Val): void => {
    if (key === '' || v.k !== 'path' || !isHandle(fn.pkg, v.t)) return
    const [first, second] = [find(key), find(targetKey(paths.resolve(fn, v.p)))].sort()
    if (first && second && first !== second) parent.set(second, first)
  }
  eachStored(program, paths, unite)
  for (const pkg of program.packages) {
    for (const fn of program.fns(pkg)) {
      for (const { ev } of flowOf(fn).sites) {
        const [to, ...elems] =
          ev.k === 'call' && ev.callee.k === 'builtin' && ev.callee.name === 'append' ? ev.args : []
        if (to?.k === 'path') for (const elem of elems) unite(fn, targetKey(paths.resolve(fn, to.p)), elem)
      }
    }
  }
  return find
}

function isHandle(pkg: PackageFacts, ref: TypeRef): boolean {
  const { kind } = underlying(pkg, ref)
  return kind === 'chan' || (kind === 'pointer' && /^sync\.WaitGroup$|errgroup\.Group$/.test(namedKey(pkg, ref)))
}
