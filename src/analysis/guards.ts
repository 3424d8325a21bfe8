import type { Guard, LockMode } from '../types.js'
import type { Context } from './contexts.js'
import type { Engine } from './engine.js'
import type { Use } from './maps.js'
import type { KnownObject } from './paths.js'
import { namedKey, typeAt, underlying } from './program.js'

/**
 * Lock key → weakest mode in which every way to the access that is not owned holds it; with `flagged`, also where a flag of the object
 * decides whether it does.
 */
export function heldAt(use: Use, flagged = false): ReadonlyMap<string, LockMode> {
  const live = use.contexts.filter((c) => !c.owned && !isOver(c))
  let held: Map<string, LockMode> | null = null
  for (const context of live) {
    const here = new Map<string, LockMode>()
    for (const { lock, mode, when } of context.held)
      if (flagged || when === undefined) here.set(lock.key, here.get(lock.key) === 'w' ? 'w' : mode)
    if (!held) held = here
    else
      for (const [key, mode] of held) {
        const other = here.get(key)
        if (!other) held.delete(key)
        else if (mode === 'w' && other === 'r') held.set(key, 'r')
      }
  }
  return held ?? new Map()
}

/** Init runs before every goroutine; tests are goroutines of their own, and hold no lock for the program. */
export function isOver(c: Context): boolean {
  return ((c.root === 'init' || c.root === 'test') && !c.spawn) || isByTest(c)
}

/** Whether it is a test that comes to code of the program. */
function isByTest({ levels }: Context): boolean {
  return levels[0]?.site.fn.facts.test === false && levels.at(-1)?.site.fn.facts.test === true
}

/** Whether nobody else can know the map at the use: before publication, in init. */
export function isExclusive(use: Use): boolean {
  return use.contexts.length > 0 && use.contexts.every((c) => c.owned || (c.root === 'init' && !c.spawn))
}

/**
 * The lock that guards the map: the one held at most accesses, writes counting twice; of equals the one declared beside the map. Where it
 * is held at less than half of them, a lone lock beside the map that guards its neighbours stands in.
 */
export function inferGuard(engine: Engine, object: KnownObject, uses: readonly Use[]): Guard | null {
  return guardBy(engine, object, uses, false) ?? guardBy(engine, object, uses, true)
}

/** The same, where locks that are taken under a flag count, or don't. */
function guardBy(engine: Engine, object: KnownObject, uses: readonly Use[], flagged: boolean): Guard | null {
  const live = uses.filter((use) => !isExclusive(use) && use.contexts.some((c) => !isOver(c)))
  const votes = new Map<string, { weight: number; held: number; total: number }>()
  let total = 0
  for (const use of live) {
    const write = use.variable === 'w' || use.contents === 'w'
    total += write ? 2 : 1
    for (const [key, mode] of heldAt(use, flagged)) {
      const vote = votes.get(key) ?? { weight: 0, held: 0, total: live.length }
      // A read lock at a write is this lock, held wrongly.
      vote.weight += write ? 2 : 1
      if (!write || mode === 'w') vote.held++
      votes.set(key, vote)
    }
  }
  const ranked = [...votes]
    .filter(([key, vote]) => {
      const lock = engine.paths.object(key)
      return !lock || vote.held === live.length || !isForOthers(lock, object)
    })
    .sort(
      ([a, x], [b, y]) =>
        y.weight - x.weight ||
        Number(beside(engine, object, b)) - Number(beside(engine, object, a)) ||
        (a < b ? -1 : 1),
    )
  const [best] = ranked
  if (best && best[1].weight * 2 >= total) return describe(engine, object, best[0], best[1].held, live.length)
  const lone = loneLock(engine, object)
  const loneLockObject = lone ? engine.paths.object(lone) : undefined
  if (!lone || !loneLockObject || isForOthers(loneLockObject, object)) return null
  const partly = votes.get(lone)
  return partly ? describe(engine, object, lone, partly.held, live.length) : null
}

/** Whether the lock is called after another field of its struct: cacheMu is for cache. */
export function isNamedForAnother(engine: Engine, lock: KnownObject, map: KnownObject): boolean {
  const stem = /^(.+?)_?(mu|mtx|mutex|lock|lk)$/i.exec(lock.facts.name)?.[1]?.toLowerCase()
  if (stem === undefined || lock.facts.owner === undefined || lock.facts.owner !== map.facts.owner) return false
  return fieldsOf(engine, lock.facts.owner).some(
    ({ facts }) => facts.key !== map.facts.key && facts.name.toLowerCase() === stem,
  )
}

/** Whether the lock's comment says that it guards something, and that is not the map. */
export function isForOthers(lock: KnownObject, map: KnownObject): boolean {
  const comment = lock.facts.comment ?? ''
  // "the fields below" are those of the struct that the lock is declared in.
  const near = lock.facts.owner === map.facts.owner && /following|below|fields/i.test(comment)
  return (
    /guard|protect/i.test(comment) &&
    !near &&
    !/\b(all|state|everything|maps?)\b/i.test(comment) &&
    !comment.includes(map.facts.name)
  )
}

function describe(engine: Engine, object: KnownObject, key: string, held: number, total: number): Guard | null {
  const lock = engine.paths.object(key)
  // A channel that is used as a lock, and a group of goroutines that run in turn, have no Lock to call at the other accesses.
  if (!lock || typeAt(lock.pkg, lock.facts.type).kind === 'chan' || lockType(lock).endsWith('errgroup.Group'))
    return null
  const kind = /RWMutex$/.test(lockType(lock)) ? 'rwmutex' : 'mutex'
  if (beside(engine, object, key))
    return { object: lock.facts, where: 'sibling', path: lock.facts.embedded ? '' : lock.facts.name, kind, held, total }
  if (lock.facts.kind === 'package' || lock.facts.kind === 'local')
    return { object: lock.facts, where: 'variable', path: lock.facts.name, kind, held, total }
  return { object: lock.facts, where: 'owner', path: lock.facts.name, kind, held, total }
}

function beside(engine: Engine, object: KnownObject, key: string): boolean {
  const lock = engine.paths.object(key)
  return object.facts.owner !== undefined && lock?.facts.owner === object.facts.owner
}

/** The named type of a lock's variable or field, behind pointers; the type's text where it has no name. */
export function lockType({ pkg, facts }: KnownObject): string {
  return namedKey(pkg, facts.type) || typeAt(pkg, facts.type).text
}

/** Whether a type is a lock by its name: sync's own, and look-alikes of other modules. */
export function isLockType(name: string): boolean {
  return /(^|[./])(RW)?Mutex$/.test(name) || name === 'sync.Locker'
}

/** The only lock among the fields of the map's struct. */
function loneLock(engine: Engine, object: KnownObject): string | null {
  const locks = fieldsOf(engine, object.facts.owner ?? '').filter((field) => isLockType(lockType(field)))
  return locks.length === 1 ? (locks[0]?.facts.key ?? null) : null
}

/** The fields of a struct type of the program, with those that embedded structs promote. */
export function promotedFields(engine: Engine, type: string, depth = 0): KnownObject[] {
  return fieldsOf(engine, type).flatMap((field) => [
    field,
    ...(field.facts.embedded && depth < 4
      ? promotedFields(engine, namedKey(field.pkg, field.facts.type), depth + 1)
      : []),
  ])
}

/** The fields of a struct type of the program, or of the structs that an array or slice type of it is made of. */
export function fieldsOf(engine: Engine, type: string): KnownObject[] {
  const at = engine.program.named.get(type)
  if (!at) return []
  let under = underlying(at.pkg, at.facts.type)
  while ((under.kind === 'array' || under.kind === 'slice') && under.elem !== undefined)
    under = underlying(at.pkg, under.elem)
  return (under.fields ?? [])
    .map((field) => engine.paths.object(at.pkg.objects[field.obj]?.key ?? ''))
    .filter((field) => field !== undefined)
}
