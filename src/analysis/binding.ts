import type { LockMode } from '../types.js'
import type { Caller } from './callers.js'
import type { Engine } from './engine.js'
import { outermost } from './freshness.js'
import { type Held, withFlag } from './heldsets.js'
import { type Lock, makeLock, translateLock } from './lockops.js'
import { orderKey, toCaller } from './order.js'
import { type AbsPath, argumentFor, copied, isField, type KnownObject, type Paths, pathId, targetKey } from './paths.js'
import { type Fn, namedKey } from './program.js'

/** A call or start of a function, which passes it arguments. */
export type Passing = Exclude<Caller, { how: 'root' }>

/** The map's path in the caller's terms; without a root where it is a variable of fn's own. */
export function toCallerPath(engine: Engine, fn: Fn, map: AbsPath, caller: Passing): AbsPath {
  const bound = bind(engine, fn, map.root, caller)
  if (bound) {
    const param = copied(engine.paths.object(map.root.slice(2)), bound)
    const { root, steps } = engine.paths.resolveAbs({ root: param.root, steps: [...param.steps, ...map.steps] })
    return { root, steps: withoutCycles(steps) }
  }
  const object = map.root.startsWith('o:') ? engine.paths.object(map.root.slice(2)) : undefined
  return object?.fn === fn ? { root: '?', steps: map.steps } : map
}

const MAX_HOMES = 4

/**
 * The map in the terms of those who made the function value that a goroutine runs, where the value was made in a call long over:
 * `limit(seen)` returns a literal, whose seen is the caller's. The map itself where that is not so, or not known.
 */
export function homesOf(engine: Engine, map: AbsPath, start: Fn): readonly AbsPath[] {
  const object = map.root.startsWith('o:') ? engine.paths.object(map.root.slice(2)) : undefined
  const owner = object?.fn
  if (!owner || !isPassed(object) || outermost(engine.program, owner) === outermost(engine.program, start)) return [map]
  const found = new Map<string, AbsPath>()
  for (const caller of engine.callers.of(owner)) {
    if (caller.how === 'root') return [map]
    if (caller.site.fn.facts.test && !owner.facts.test) continue
    const home = bind(engine, owner, map.root, caller)
    if (!home || !/^[og]:/.test(home.root)) return [map]
    const path = { root: home.root, steps: withoutCycles([...home.steps, ...map.steps]) }
    found.set(pathId(path), path)
  }
  return found.size === 0 || found.size > MAX_HOMES ? [map] : [...found.values()]
}

/** The caller's value for a parameter or receiver of fn. */
export function bind(engine: Engine, fn: Fn, root: string, { call, site, value }: Passing): AbsPath | null {
  const arg = argumentFor(fn, call, root)
  if (value?.recv && fn.facts.recv !== undefined && root === `o:${fn.pkg.objects[fn.facts.recv]?.key}`)
    return engine.paths.resolveVal(value.at, value.recv)
  return arg ? engine.paths.resolveVal(site.fn, arg) : null
}

/** Locks that fn or its callees hold, in the terms of the caller. */
export function translateAll(engine: Engine, fn: Fn, held: readonly Held[], caller: Passing): Held[] {
  return held.flatMap(({ lock, mode, when }): Held[] => {
    if (caller.value?.recv && fn.facts.recv !== undefined) {
      const at = bind(engine, fn, lock.path.root, caller)
      if (at) {
        const bound = makeLock({ root: at.root, steps: [...at.steps, ...lock.path.steps] })
        return [withFlag({ lock: lock.path.steps.length > 0 ? { ...bound, key: lock.key } : bound, mode }, when)]
      }
    }
    const here: { lock: Lock; mode?: LockMode } | null = translateLock(
      engine.program,
      engine.paths,
      lock,
      fn,
      caller.site.fn,
      caller.call,
    )
    return here ? [withFlag({ lock: here.lock, mode: here.mode ?? mode }, when)] : []
  })
}

/** Channels, WaitGroups and the like in the terms of the caller; what it has no name for is left out. */
export function translatePaths(engine: Engine, fn: Fn, all: readonly AbsPath[], caller: Passing): AbsPath[] {
  const found = new Map<string, AbsPath>()
  for (const path of all) {
    for (const here of toCaller(engine.paths, path, fn, caller.site.fn, caller.call)) found.set(orderKey(here), here)
  }
  return [...found.values()]
}

/** Whether the map is (part of) an argument of fn. */
export function isParameterOf(engine: Engine, map: AbsPath, fn: Fn): boolean {
  const object = map.root.startsWith('o:') ? engine.paths.object(map.root.slice(2)) : undefined
  return object?.fn === fn && object.facts.kind === 'param'
}

/** A node of a recursive type stands for those above it: t.kids[a].kids[b].kids is t.kids. */
function withoutCycles(steps: readonly string[]): readonly string[] {
  for (const [i, step] of steps.entries()) {
    const last = steps.lastIndexOf(step)
    if (last > i && isField(step)) return withoutCycles([...steps.slice(0, i), ...steps.slice(last)])
  }
  return steps
}

/** Whether the lock is that of another object of the map's type: a.mu says nothing about b.items in a.Merge(b). */
export function ofAnother({ paths }: Engine, lock: AbsPath, map: AbsPath): boolean {
  if (isAtOtherIndex(paths, lock, map)) return true
  const [mu, items] = [paths.object(targetKey(lock)), paths.object(targetKey(map))]
  if (lock.steps.length !== 1 || map.steps.length !== 1 || lock.root === map.root) return false
  if (mu?.facts.owner === undefined || mu.facts.owner !== items?.facts.owner) return false
  const [a, b] = [lock.root, map.root].map((root) => (root.startsWith('o:') ? paths.object(root.slice(2)) : undefined))
  return a?.fn !== undefined && a.fn === b?.fn && isPassed(a) && isPassed(b)
}

/** Whether the lock is beside a map, but in another element: `shards[a].mu` says nothing about `shards[b].items`. */
function isAtOtherIndex(paths: Paths, lock: AbsPath, map: AbsPath): boolean {
  const i = lock.steps.findIndex((step, at) => step !== map.steps[at])
  const [x, y] = [lock.steps[i], map.steps[i]]
  if (lock.root !== map.root || i < 0 || x === undefined || y === undefined || isField(x) || isField(y)) return false
  const owner = paths.object(lock.root.slice(2))?.fn
  const beside = lock.steps.length === map.steps.length && lock.steps.length === i + 2
  return beside && owner !== undefined && owner !== null && differ(paths, owner, x, y)
}

/** Whether two indices are two parameters, neither of which is assigned anything, or two constants. */
function differ(paths: Paths, fn: Fn, x: string, y: string): boolean {
  const isConstant = (step: string): boolean => /^\[(\d+|"[^"]*")\]$/.test(step)
  const isParam = (step: string): boolean => {
    const named = fn.pkg.objects.filter(({ func, name }) => func === fn.index && `[${name}]` === step)
    return named.length === 1 && named.every(({ key, kind }) => kind === 'param' && paths.defs(key).length === 0)
  }
  return (isConstant(x) && isConstant(y)) || (isParam(x) && isParam(y))
}

function isPassed({ facts }: KnownObject): boolean {
  return facts.kind === 'param' || facts.kind === 'receiver'
}

/** The named type of the variable that a path begins with, or the package variable itself; "" if there is no name. */
export function baseOf({ paths }: Engine, { root }: AbsPath): string {
  if (root.startsWith('g:')) return root
  const object = root.startsWith('o:') ? paths.object(root.slice(2)) : undefined
  return object ? namedKey(object.pkg, object.facts.type) : ''
}
