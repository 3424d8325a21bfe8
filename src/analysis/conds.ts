/** The lock behind a sync.Cond's L. */
import type { Val } from '../facts.js'
import { type AbsPath, type Paths, targetKey } from './paths.js'
import { type Fn, objectAt, type Program } from './program.js'
import { eachStored } from './stored.js'

/** A path, and whether what it leads to is locked for reading only. */
export interface CondLock {
  readonly path: AbsPath
  readonly reads: boolean
}

const L = 'sync.Cond.L'

/** b.filled.L is b.mu where the program says `b.filled = sync.NewCond(&b.mu)`, or sets L. Other paths are what they are. */
export function condLock(program: Program, paths: Paths, path: AbsPath): CondLock {
  const own = { path, reads: false }
  if (path.steps.at(-1) !== L) return own
  const holder: AbsPath = { root: path.root, steps: path.steps.slice(0, -1) }
  const given = condLocks(program, paths).get(targetKey(holder))
  if (!given) return own
  if (given.path.root.startsWith('g:')) return given
  const field = given.path.steps.at(-1)
  if (field === undefined) return own
  return { path: { root: holder.root, steps: [...holder.steps.slice(0, -1), field] }, reads: given.reads }
}

const cache = new WeakMap<Program, ReadonlyMap<string, CondLock>>()

/** Key of a Cond's field or variable → its lock, as the function that sets it names it. */
function condLocks(program: Program, paths: Paths): ReadonlyMap<string, CondLock> {
  const known = cache.get(program)
  if (known) return known
  const found = new Map<string, CondLock>()
  cache.set(program, found)
  eachStored(program, paths, (fn, key, v, to) => {
    const holder = to?.steps.at(-1) === L ? targetKey({ root: to.root, steps: to.steps.slice(0, -1) }) : null
    const lock = holder === null ? madeWith(paths, fn, v) : v
    if (lock && (holder ?? key)) found.set(holder ?? key, locker(paths, fn, lock))
  })
  return found
}

/** The lock with which a Cond is made: `sync.NewCond(&mu)`, `sync.Cond{L: &mu}`. */
function madeWith(paths: Paths, fn: Fn, v: Val): Val | undefined {
  if (v.k === 'fresh') return v.fields?.find((field) => objectAt(fn.pkg, field.f).key === L)?.v
  const call = v.k === 'call' ? paths.call(fn, v.n) : undefined
  return call?.callee.k === 'func' && call.callee.key === 'sync.NewCond' ? call.args[0] : undefined
}

function locker(paths: Paths, fn: Fn, v: Val): CondLock {
  const call = v.k === 'call' ? paths.call(fn, v.n) : undefined
  const reads = call?.callee.k === 'func' && call.callee.key === 'sync.RWMutex.RLocker' && call.recv !== undefined
  return { path: paths.resolveVal(fn, reads && call?.recv ? call.recv : v), reads }
}
