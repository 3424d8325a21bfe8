/** Locks that the program makes of an atomic. */
import { type Fn, objectAt, type Program, typeAt } from './program.js'
import { flowOf } from './walk.js'

const ROLES: Readonly<Record<string, string>> = {
  lock: 'Lock',
  acquire: 'Lock',
  rlock: 'RLock',
  unlock: 'Unlock',
  release: 'Unlock',
  runlock: 'RUnlock',
}

/**
 * What a method of a spin lock does, as the method of sync's locks that does the same; null for other methods. A spin lock
 * is a type whose Lock tries an atomic in a loop until it has changed it, and whose Unlock sets it back.
 */
export function spinMethod(program: Program, key: string): string | null {
  const dot = key.lastIndexOf('.')
  const role = roleOf(key.slice(dot + 1))
  const own = role === null ? undefined : program.funcs.get(key)
  const type = own?.facts.recvType
  if (role === null || own === undefined || type === undefined) return null
  const other = program.named
    .get(type)
    ?.facts.methods.find(
      (method) => method !== key && roleOf(method.slice(method.lastIndexOf('.') + 1)) === against(role),
    )
  const counterpart = other === undefined ? undefined : program.funcs.get(other)
  if (counterpart === undefined) return null
  const [lock, unlock] = role.endsWith('nlock') ? [counterpart, own] : [own, counterpart]
  return spins(lock) && setsBack(unlock) ? role : null
}

function roleOf(name: string): string | null {
  const known = name.toLowerCase()
  return Object.hasOwn(ROLES, known) ? (ROLES[known] ?? null) : null
}

function against(role: string): string {
  const pairs: Readonly<Record<string, string>> = { Lock: 'Unlock', Unlock: 'Lock', RLock: 'RUnlock', RUnlock: 'RLock' }
  return pairs[role] ?? ''
}

/** Tries an atomic, in a loop that nothing but success ends. */
function spins(fn: Fn): boolean {
  if (fn.facts.resultTypes.some((type) => typeAt(fn.pkg, type).text === 'bool')) return false
  return atomicCalls(fn, /^sync\/atomic\.(\w+\.)?(CompareAndSwap|Swap)\w*$/).some(({ loops }) => loops.length > 0)
}

function setsBack(fn: Fn): boolean {
  return atomicCalls(fn, /^sync\/atomic\.(\w+\.)?(Store|CompareAndSwap|Swap|Add)\w*$/).length > 0
}

/** The calls of functions of sync/atomic on the receiver, or a part of it. */
function atomicCalls(fn: Fn, wanted: RegExp): { readonly loops: readonly number[] }[] {
  const { recv } = fn.facts
  if (recv === undefined || recv < 0 || objectAt(fn.pkg, recv).kind !== 'receiver') return []
  return flowOf(fn).sites.filter(({ ev }) => ev.k === 'call' && ev.callee.k === 'func' && wanted.test(ev.callee.key))
}
