/** Locks that objects hold by pointer: `&view{mu: &s.mu}` locks s's own. */
import type { PackageFacts, TypeRef, Val } from '../facts.js'
import { staticCallees } from './funcvalues.js'
import { push } from './multimap.js'
import { type Paths, targetKey } from './paths.js'
import { type Fn, namedKey, objectAt, type Program, typeAt } from './program.js'
import { eachStored } from './stored.js'
import { flowOf } from './walk.js'

const cache = new WeakMap<Program, ReadonlyMap<string, string>>()

/**
 * For the key of a field of type *sync.Mutex, *sync.RWMutex or sync.Locker: the key of the one lock variable or field that the program
 * ever gives it the address of, through parameters too, and instances apart. Other keys are their own.
 */
export function lenderOf(program: Program, paths: Paths, key: string): string {
  const known = cache.get(program) ?? lenders(program, paths)
  cache.set(program, known)
  return known.get(key) ?? key
}

/** Where the value of a field or parameter comes from: another that holds a pointer too, a lock itself, or ("") what is not known. */
interface Source {
  readonly key: string
  readonly lock: boolean
}

function lenders(program: Program, paths: Paths): ReadonlyMap<string, string> {
  // A lock that is asked for while the lenders are being found stands for itself.
  cache.set(program, new Map())
  const given = new Map<string, Source[]>()
  const note = (fn: Fn, key: string, v: Val): void => {
    if (key === '' || v.k === 'nil') return
    const held = paths.object(key)
    if (!held || !isPointer(held.pkg, held.facts.type)) return
    if (v.k !== 'path') push(given, key, { key: '', lock: false })
    else push(given, key, { key: targetKey(paths.resolve(fn, v.p)), lock: v.addr === true })
  }
  eachStored(program, paths, note)
  for (const pkg of program.packages) {
    for (const fn of program.fns(pkg)) {
      for (const { ev } of flowOf(fn).sites) {
        if (ev.k !== 'call') continue
        for (const callee of staticCallees(program, ev)) {
          callee.facts.params.forEach((param, i) => {
            const arg = ev.args[i]
            if (param >= 0 && arg) note(fn, objectAt(callee.pkg, param).key, arg)
          })
        }
      }
    }
  }
  const lockOf = (key: string, seen: ReadonlySet<string>): string => {
    const locks = (given.get(key) ?? []).map((source) => {
      if (source.key === '' || source.lock) return source.key
      return seen.has(source.key) ? '' : lockOf(source.key, new Set([...seen, source.key]))
    })
    const [only, ...others] = new Set(locks)
    return only !== undefined && others.length === 0 ? only : ''
  }
  const found = new Map<string, string>()
  for (const key of given.keys()) {
    const lock = paths.object(key)?.facts.kind === 'field' ? lockOf(key, new Set([key])) : ''
    if (lock !== '') found.set(key, lock)
  }
  return found
}

function isPointer(pkg: PackageFacts, ref: TypeRef): boolean {
  const name = namedKey(pkg, ref)
  return name === 'sync.Locker' || (typeAt(pkg, ref).kind === 'pointer' && /^sync\.(RW)?Mutex$/.test(name))
}
