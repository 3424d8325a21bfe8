import type { Val } from '../facts.js'
import type { LockMode } from '../types.js'
import { condLock } from './conds.js'
import { lenderOf } from './lentlocks.js'
import {
  type AbsPath,
  argumentFor as argumentOf,
  isInCopy,
  type KnownObject,
  type Paths,
  pathId,
  targetKey,
  unknownPath,
} from './paths.js'
import { type CallEv, type Fn, namedKey, objectAt, type Program, underlying } from './program.js'
import { spinMethod } from './spinlocks.js'
import { flowOf } from './walk.js'

/** A lock as one function names it. */
export interface Lock {
  readonly path: AbsPath
  /** Object key of the lock's field or variable, instances apart: what two functions can agree on. */
  readonly key: string
  readonly id: string
}

/** What a call does to a lock. */
export type LockOp =
  | { readonly op: 'acquire' | 'try'; readonly lock: Lock; readonly mode: LockMode }
  | { readonly op: 'release'; readonly lock: Lock }

const METHODS: Readonly<Record<string, { op: 'acquire' | 'try' | 'release'; mode: LockMode }>> = {
  Lock: { op: 'acquire', mode: 'w' },
  RLock: { op: 'acquire', mode: 'r' },
  TryLock: { op: 'try', mode: 'w' },
  TryRLock: { op: 'try', mode: 'r' },
  Unlock: { op: 'release', mode: 'w' },
  RUnlock: { op: 'release', mode: 'r' },
}

/**
 * What a call does to a lock, or null. A lock is anything with a Lock method whose body is not in the program: sync's, and the look-alikes
 * of other modules. Bodies that are in the program speak for themselves, those of spin locks too.
 */
export function lockOp(program: Program, paths: Paths, fn: Fn, call: CallEv): LockOp | null {
  const { callee } = call
  if (callee.k === 'func') {
    if (!call.recv) return null
    const name = callee.key.slice(callee.key.lastIndexOf('.') + 1)
    if (!hasBody(program, callee.key)) return lockMethod(program, paths, fn, name, call.recv)
    const spins = spinMethod(program, callee.key)
    return spins ? lockMethod(program, paths, fn, spins, call.recv) : null
  }
  if (callee.k === 'iface')
    return call.recv &&
      (callee.type === 'sync.Locker' || program.implementations(callee.type, callee.method).length === 0)
      ? lockMethod(program, paths, fn, callee.method, call.recv)
      : null
  if (callee.k === 'value') return valueOp(program, paths, fn, callee.v, 0)
  return null
}

/** What calling a function value does to a lock: `unlock()` where unlock is b.mu.Unlock, or what a helper returned. */
function valueOp(program: Program, paths: Paths, fn: Fn, v: Val, depth: number): LockOp | null {
  if (depth > 4) return null
  if (v.k === 'func') {
    if (!v.recv || hasBody(program, v.key)) return null
    return lockMethod(program, paths, fn, v.key.slice(v.key.lastIndexOf('.') + 1), v.recv)
  }
  if (v.k === 'path') {
    const path = paths.raw(fn, v.p)
    const defs = path.steps.length === 0 && path.root.startsWith('o:') ? paths.defs(path.root.slice(2)) : []
    const [def] = defs
    return def && defs.length === 1 ? valueOp(program, paths, def.fn, def.v, depth + 1) : null
  }
  if (v.k === 'lit') {
    const calls = flowOf(program.fn(fn.pkg, v.fn)).sites.flatMap(({ ev }) => (ev.k === 'call' ? [ev] : []))
    const [only] = calls
    return only && calls.length === 1 ? lockOp(program, paths, program.fn(fn.pkg, v.fn), only) : null
  }
  if (v.k !== 'call') return null
  const call = paths.call(fn, v.n)
  const callee = call?.callee.k === 'func' ? program.funcs.get(call.callee.key) : undefined
  const vals = callee && paths.returns(callee, v.i)
  const [only] = vals ?? []
  if (!call || !callee || !only || vals?.length !== 1) return null
  const inner = valueOp(program, paths, callee, only, depth + 1)
  const lock = inner && translateLock(program, paths, inner.lock, callee, fn, call)
  if (!inner || !lock) return null
  return inner.op === 'release'
    ? { op: 'release', lock: lock.lock }
    : { op: inner.op, lock: lock.lock, mode: lock.mode ?? inner.mode }
}

function lockMethod(program: Program, paths: Paths, fn: Fn, method: string, recv: Val): LockOp | null {
  const known = Object.hasOwn(METHODS, method) ? METHODS[method] : undefined
  if (!known) return null
  const at = lockOf(program, paths, fn, recv)
  if (!at || isCopy(paths, at.lock.path) || isLocalCopy(paths, fn, recv)) return null
  return known.op === 'release'
    ? { op: 'release', lock: at.lock }
    : { op: known.op, lock: at.lock, mode: at.mode ?? known.mode }
}

/** Whether the lock is part of a copied struct, as parameters and receivers passed by value are: it excludes nobody. */
function isCopy(paths: Paths, path: AbsPath): boolean {
  const { root, steps } = path
  const lock = paths.object(targetKey(path))
  if (isInCopy(paths, path) && lock !== undefined && isValue(lock)) return true
  const object = root.startsWith('o:') ? paths.object(root.slice(2)) : undefined
  if (!object || !/^(param|receiver)$/.test(object.facts.kind)) return false
  return [object, ...steps.map((step) => paths.object(step))].every((at) => at !== undefined && isValue(at))
}

/** Whether the lock is (in) a local that was given a copy of a struct: `l := s.mu`, `for _, s := range shards`. */
function isLocalCopy(paths: Paths, fn: Fn, recv: Val): boolean {
  const { root, steps } = recv.k === 'path' ? paths.raw(fn, recv.p) : unknownPath
  const object = root.startsWith('o:') ? paths.object(root.slice(2)) : undefined
  if (object?.facts.kind !== 'local') return false
  const copied = paths.defs(object.facts.key).some(({ v }) => v.k === 'path' && v.addr !== true)
  return copied && [object, ...steps.map((step) => paths.object(step))].every((at) => at !== undefined && isValue(at))
}

function isValue({ pkg, facts }: KnownObject): boolean {
  const under = underlying(pkg, facts.type)
  return under.kind === 'struct'
}

/** The lock that a value is, with the mode that it forces: an RLocker locks for reading. */
export function lockOf(program: Program, paths: Paths, fn: Fn, v: Val): { lock: Lock; mode?: LockMode } | null {
  if (v.k === 'call') {
    const call = paths.call(fn, v.n)
    if (call?.callee.k === 'func' && call.callee.key.endsWith('.RLocker') && call.recv) {
      const at = lockOf(program, paths, fn, call.recv)
      return at ? { lock: at.lock, mode: 'r' } : null
    }
  }
  if (v.k === 'path') {
    const raw = paths.raw(fn, v.p)
    if (raw.steps.length === 0 && raw.root.startsWith('o:')) {
      const defs = paths.defs(raw.root.slice(2))
      const [def] = defs
      if (def && defs.length === 1 && def.v.k === 'call') {
        const at = lockOf(program, paths, def.fn, def.v)
        if (at) return at
      }
    }
  }
  const cond = condLock(program, paths, paths.resolveVal(fn, v))
  const lock = makeLock(embeddedLock(program, paths, cond.path), (key) => lenderOf(program, paths, key))
  return cond.reads ? { lock, mode: 'r' } : { lock }
}

/** The lock at a path. */
export function makeLock(path: AbsPath, lender: (key: string) => string = (key) => key): Lock {
  return { path, key: lender(targetKey(path)) || pathId(path), id: pathId(path) }
}

/** The lock of a callee in the caller's terms: parameters replaced by arguments; a local of the callee keeps only its key. */
export function translateLock(
  program: Program,
  paths: Paths,
  lock: Lock,
  callee: Fn,
  caller: Fn,
  call: CallEv,
  argument: (root: string) => Val | null = () => null,
): { lock: Lock; mode?: LockMode } | null {
  if (lock.path.root.startsWith('g:') || !lock.path.root.startsWith('o:')) return { lock }
  const arg = argument(lock.path.root) ?? argumentOf(callee, call, lock.path.root)
  if (!arg) {
    const object = paths.object(lock.path.root.slice(2))
    // A variable of an enclosing function means the same there.
    return object?.fn === callee || object === undefined
      ? { lock: { ...lock, path: { root: '?', steps: lock.path.steps }, id: `?|${lock.key}` } }
      : { lock }
  }
  const steps = lock.path.steps
  if (steps.length === 0) {
    const at = rlocker(paths, caller, arg)
    if (at) return { lock: makeLock(at), mode: 'r' }
  }
  const base = paths.resolveVal(caller, arg)
  if (base === unknownPath || base.root === '?')
    return steps.length > 0 ? { lock: { ...lock, path: { root: '?', steps }, id: `?|${lock.key}` } } : null
  const path = { root: base.root, steps: [...base.steps, ...steps] }
  return {
    lock: makeLock(steps.length === 0 ? embeddedLock(program, paths, path) : path, (key) =>
      lenderOf(program, paths, key),
    ),
  }
}

/** A struct that is locked as a whole is locked by the mutex that it embeds: as a sync.Locker, dc is dc.Mutex. */
function embeddedLock(program: Program, paths: Paths, path: AbsPath): AbsPath {
  const object = paths.object(targetKey(path))
  const type = object && program.named.get(namedKey(object.pkg, object.facts.type))
  if (!type) return path
  const under = underlying(type.pkg, type.facts.type)
  const field = (under.fields ?? []).find((f) => f.embedded && /^sync\.(RW)?Mutex$/.test(namedKey(type.pkg, f.type)))
  return field ? { root: path.root, steps: [...path.steps, objectAt(type.pkg, field.obj).key] } : path
}

function rlocker(paths: Paths, fn: Fn, v: Val): AbsPath | null {
  if (v.k === 'path') {
    const raw = paths.raw(fn, v.p)
    const defs = raw.steps.length === 0 ? paths.defs(raw.root.slice(2)) : []
    const [def] = defs
    return def && defs.length === 1 && def.v.k === 'call' ? rlocker(paths, def.fn, def.v) : null
  }
  if (v.k !== 'call') return null
  const call = paths.call(fn, v.n)
  return call?.callee.k === 'func' && call.callee.key.endsWith('.RLocker') && call.recv
    ? paths.resolveVal(fn, call.recv)
    : null
}

/** sync's own locks are locks even when the run reads package sync itself. */
function hasBody(program: Program, key: string): boolean {
  if (/^(internal\/)?sync\.(RW)?Mutex\./.test(key)) return false
  const fn = program.funcs.get(key)
  return fn !== undefined && fn.facts.body[1] > 0
}
