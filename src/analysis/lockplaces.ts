/** What rules about locks say of them: which lock it is, where it was taken, whether a path still leads to the same one. */
import type { Subject } from '../types.js'
import type { Engine } from './engine.js'
import { staticCallees } from './funcvalues.js'
import { lockType } from './guards.js'
import { type Lock, lockOp, translateLock } from './lockops.js'
import { push } from './multimap.js'
import { isField, type KnownObject, pathId, targetKey } from './paths.js'
import { declRange } from './positions.js'
import { type CallEv, type Fn, typeAt } from './program.js'
import { flowOf, type Site, shareLoop } from './walk.js'

/** The lock as a finding's subject; null unless it is a sync.Mutex or sync.RWMutex that the program declares. */
export function subjectOf({ paths }: Engine, { key }: Lock): Subject | null {
  const object = paths.object(key)
  if (!object || !/^sync\.(RW)?Mutex$/.test(lockType(object))) return null
  return { kind: 'lock', name: key, decl: declRange(object), pkg: object.pkg }
}

/** The name of the lock for a sentence: of its field or variable. */
export function lockName({ paths }: Engine, { key }: Lock): string {
  return paths.object(key)?.facts.name ?? key
}

/** The last event before the site by which its function, or a helper that it calls, takes the lock. */
export function takenBefore({ program, paths, locks }: Engine, site: Site, lock: Lock): Site | null {
  const { fn } = site
  const takes = ({ ev }: Site): boolean => {
    if (ev.k !== 'call' || ev.mode !== 'call') return false
    const op = lockOp(program, paths, fn, ev)
    if (op) return op.op !== 'release' && op.lock.id === lock.id
    const [callee, ...more] = staticCallees(program, ev)
    if (!callee || more.length > 0) return false
    return [...locks.of(callee).acquires.values()].some(
      (held) => translateLock(program, paths, held.lock, callee, fn, ev)?.lock.id === lock.id,
    )
  }
  return flowOf(fn).sites.findLast((at) => at.n < site.n && takes(at)) ?? null
}

/**
 * Whether a lock's path may lead to another lock at `to` than it did at `from`, both of one function: it has indices or goes through
 * what is taken from elsewhere, or something on it is assigned in between.
 */
export function mayHaveMoved({ paths }: Engine, { path }: Lock, from: Site, to: Site): boolean {
  const { root, steps } = path
  if (!/^[ogc]:/.test(root) || steps.some((step) => !isField(step) && !isConstantIndex(step))) return true
  const between = (site: Site): boolean =>
    site.fn !== to.fn ||
    (site.n > from.n && site.n < to.n) ||
    (site.n > to.n && shareLoop(site, to) && !site.loops.some((l) => to.loops.includes(l) && from.loops.includes(l)))
  if (root.startsWith('o:') && paths.defs(root.slice(2)).some((def) => between(def.site))) return true
  const parts = new Set(steps.map((_, i) => pathId({ root, steps: steps.slice(0, i + 1) })))
  return flowOf(to.fn).sites.some(
    (site) => site.ev.k === 'set' && between(site) && parts.has(pathId(paths.resolve(to.fn, site.ev.to))),
  )
}

function isConstantIndex(step: string): boolean {
  return /^\[(\d+|"[^"]*")\]$/.test(step)
}

const assigned = new WeakMap<Engine, ReadonlySet<string>>()

/** Whether a pointer on the way to the lock is assigned somewhere after its object was made, so that it may lead elsewhere later. */
export function isRedirected(engine: Engine, { path }: Lock): boolean {
  const { paths, program } = engine
  let known = assigned.get(engine)
  if (!known) {
    const found = new Set<string>()
    for (const pkg of program.packages) {
      for (const fn of program.fns(pkg)) {
        for (const { ev } of flowOf(fn).sites) if (ev.k === 'set') found.add(targetKey(paths.raw(fn, ev.to)))
      }
    }
    known = found
    assigned.set(engine, found)
  }
  const all = known
  return path.steps.some((step) => {
    const object = paths.object(step)
    return object !== undefined && isPointer(object) && all.has(step)
  })
}

function isPointer({ pkg, facts }: KnownObject): boolean {
  const { kind, under } = typeAt(pkg, facts.type)
  const inner = kind === 'named' && under !== undefined ? typeAt(pkg, under).kind : kind
  return inner === 'pointer' || inner === 'interface'
}

/** Whether the lock is that of an object that only the function of the site knows of yet, or a local that no function in it uses. */
export function isPrivate({ paths, program, freshness }: Engine, { path }: Lock, site: Site): boolean {
  const object = path.root.startsWith('o:') ? paths.object(path.root.slice(2)) : undefined
  if (object?.facts.kind !== 'local' || object.fn !== site.fn) return false
  if (freshness.ownedAt(object.facts.key, site)) return true
  const inner = program.fns(site.fn.pkg).filter(({ facts }) => facts.parent === site.fn.index)
  const captured = (use: number): boolean => inner.some(({ facts }) => facts.span[0] <= use && use < facts.span[1])
  return !isPointer(object) && !(object.facts.uses ?? []).some(captured)
}

/** Where the program uses locks, by the key of the lock's field or variable: objects apart. */
interface LockUses {
  /** Taken for writing, of whatever object. */
  readonly written: ReadonlySet<string>
  /** Given up by functions that did not take them, literals that run in their function left out. */
  readonly releasers: ReadonlyMap<string, readonly Fn[]>
}

const uses = new WeakMap<Engine, LockUses>()

function usesOf(engine: Engine): LockUses {
  const known = uses.get(engine)
  if (known) return known
  const { program, paths, locks } = engine
  const written = new Set<string>()
  const releasers = new Map<string, Fn[]>()
  for (const pkg of program.packages) {
    for (const fn of program.fns(pkg)) {
      for (const { ev } of flowOf(fn).sites) {
        const op = ev.k === 'call' && mayLock(ev) ? lockOp(program, paths, fn, ev) : null
        if (op?.op === 'acquire' && op.mode === 'w') written.add(op.lock.key)
      }
      for (const { lock } of locks.of(fn).releases.values()) push(releasers, lock.key, fn)
    }
  }
  const all = { written, releasers }
  uses.set(engine, all)
  return all
}

function mayLock({ callee }: CallEv): boolean {
  return (
    callee.k === 'value' ||
    (callee.k === 'func' && callee.key.endsWith('.Lock')) ||
    (callee.k === 'iface' && callee.method === 'Lock')
  )
}

/** Whether anything in the program takes the lock (of any object) for writing. */
export function isWriteLocked(engine: Engine, { key }: Lock): boolean {
  return usesOf(engine).written.has(key)
}

/** The functions that give the lock (of any object) up for another that took it. */
export function releasersOf(engine: Engine, { key }: Lock): readonly Fn[] {
  return usesOf(engine).releasers.get(key) ?? []
}

/** Whether some goroutine gives the lock up that another took: then it is more than a lock, and may be waited for. */
export function isHandedOver(engine: Engine, lock: Lock): boolean {
  return releasersOf(engine, lock).some((fn) => startsGoroutine(engine, fn, 0))
}

function startsGoroutine(engine: Engine, fn: Fn, depth: number): boolean {
  return engine.callers
    .of(fn)
    .some(
      (c) =>
        c.how === 'spawn' ||
        (c.how === 'call' &&
          depth < 2 &&
          c.site.fn.facts.kind === 'literal' &&
          startsGoroutine(engine, c.site.fn, depth + 1)),
    )
}
