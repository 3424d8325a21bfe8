import { baseOf, ofAnother, type Passing, translateAll } from './binding.js'
import { asksForLock, type Caller } from './callers.js'
import type { Context, Level, Spawn } from './contexts.js'
import type { Engine } from './engine.js'
import { flagsAt } from './flags.js'
import type { FuncValue } from './funcvalues.js'
import { bothValues, type Given } from './given.js'
import { type Holding, holdingAt } from './holding.js'
import { isMadeRoot, isOwnPart } from './making.js'
import { isParallel } from './parallel.js'
import { type AbsPath, isElement, isField, isInCopy } from './paths.js'
import type { Fn } from './program.js'
import { inSharedLoop, isLost } from './repetition.js'
import type { Site } from './walk.js'

/** What a caller is known to be given, and what it passes. */
export interface Variant {
  readonly given: Given
  readonly passed: Given
}

/** Where a walk from an access up through its callers has come to. */
export interface State {
  readonly map: AbsPath
  readonly param: string | null
  /** Of the functions below the last level; of all, once a goroutine is started. */
  readonly below: Holding
  /** Of the goroutine that was started on the way, in the terms of the last level's function: for whoever waits for it. */
  readonly inside: Holding
  readonly levels: readonly Level[]
  readonly spawn: Spawn | null
  readonly forks: readonly Site[]
  readonly dynamic: boolean
  readonly acquired: readonly AbsPath[]
  readonly released: readonly AbsPath[]
  readonly once: ReadonlySet<string>
  /** The function value by which the walk came to the current function: only callers that pass it are followed. */
  readonly carried: Fn | null
  readonly given: Given
  /** The function value, kept somewhere, that was called on the way. */
  readonly kept: FuncValue | null
  /** The object that it was kept in. */
  readonly holder: AbsPath | null
}

/** What is held at the last level's site, if its function is given these constants. */
export function holdingOf({ locks }: Engine, state: State, constants: Given = new Map()): Holding {
  const at = state.levels.at(-1)?.site
  return at && !state.spawn ? holdingAt(locks, at, state.below, new Map([...state.given, ...constants])) : state.below
}

/**
 * What the caller passes, one way or two: where a parameter says whether the last level's function locks, both. None where what it passes
 * keeps the function from coming there: `find(name, false)` adds nothing.
 */
export function variantsOf(
  { locks, paths }: Engine,
  state: State,
  given: Given,
  fn: Fn,
  { call, site: { fn: caller } }: Passing,
): readonly Variant[] {
  const ev = state.levels.at(-1)?.site.ev
  if (state.spawn || ev === undefined) return [{ given, passed: new Map() }]
  const decides = (param: string): boolean => {
    const [yes, no] = [true, false].map((is) => locks.of(fn, new Map(state.given).set(param, is)))
    return yes !== no && [...(yes?.at.get(ev)?.keys() ?? [])].join() !== [...(no?.at.get(ev)?.keys() ?? [])].join()
  }
  const comesThere = ({ passed }: Variant): boolean =>
    !locks.of(fn).at.has(ev) || locks.of(fn, new Map([...state.given, ...passed])).at.has(ev)
  return bothValues(paths, given, { fn, call, caller }, decides).filter(comesThere)
}

/** What fn holds, in the terms of its caller. */
export function translated(engine: Engine, fn: Fn, { held, lent }: Holding, caller: Passing): Holding {
  return { held: translateAll(engine, fn, held, caller), lent: translateAll(engine, fn, lent, caller) }
}

/** The way that ends at the root. */
export function contextOf(engine: Engine, state: State, { root, owned }: Pick<Context, 'root' | 'owned'>): Context {
  const { freshness, orders, paths } = engine
  return {
    map: state.map,
    param: paramOf(engine, state),
    held: holdingOf(engine, state).held.filter(({ lock }) => !ofAnother(engine, lock.path, state.map)),
    flags: new Set(state.levels.flatMap(({ site }) => flagsAt(engine.program, paths, site))),
    levels: state.levels,
    spawn: state.spawn,
    forks: state.forks,
    root,
    owned,
    copied: isInCopy(paths, state.map),
    base: baseOf(engine, state.map),
    unfinished: isUnfinished(engine, state, root),
    own: root === 'scope' && isOwnPart(engine.program, paths, state.map),
    private: root === 'scope' && state.map.root.startsWith('o:') && freshness.isPrivate(state.map.root.slice(2)),
    found: root === 'scope' && isFound(engine, state.map),
    settingUp: false,
    registering: false,
    called: false,
    inTurn: isElement(state.map),
    dynamic: state.dynamic,
    lost: isLost(engine, state.map, state.levels) || isForHolders(engine, state, root),
    acquired: orders.acquiredKeys(state.acquired),
    released: orders.keys(state.released),
    once: state.once,
    parallel: parallelTests(engine, state),
  }
}

function parallelTests(engine: Engine, { map, levels }: State): ReadonlyMap<Fn, boolean> {
  const found = new Map<Fn, boolean>()
  for (const [i, { site }] of levels.entries()) {
    const run = levels[i + 1]?.site
    if (isParallel(engine.program, site))
      found.set(site.fn, run !== undefined && inSharedLoop(engine, map, run, levels))
  }
  return found
}

function isUnfinished({ freshness }: Engine, state: State, root: Context['root']): boolean {
  const at = state.levels.at(-1)?.site
  if (!at || root !== 'scope' || state.spawn || !state.map.root.startsWith('o:')) return false
  return freshness.unstoredAt(state.map.root.slice(2), at)
}

/**
 * Whether the walk ends in a function that asks its callers to hold a lock, or where a caller does, and so does not see whether they do: an
 * object that was there before comes from those who share it.
 */
function isForHolders(engine: Engine, { levels, spawn, map }: State, root: Context['root']): boolean {
  const fn = levels.at(-1)?.site.fn
  if (root !== 'scope' || spawn || fn === undefined) return false
  const holds = (caller: Caller): boolean =>
    caller.how === 'call' && (engine.locks.of(caller.site.fn).at.get(caller.site.ev)?.size ?? 0) > 0
  return asksForLock(fn) || (isFound(engine, map) && engine.callers.of(fn).some(holds))
}

function isFound({ program, paths }: Engine, { root }: AbsPath): boolean {
  return (
    root.startsWith('o:') && paths.object(root.slice(2))?.facts.kind === 'local' && !isMadeRoot(program, paths, root)
  )
}

/** The parameter that is the map where the state stands; else the one by which it came there. */
export function paramOf({ paths }: Engine, { map, levels, param }: State): string | null {
  if (!map.root.startsWith('o:') || map.steps.some(isField)) return param
  const object = paths.object(map.root.slice(2))
  const passed = object?.facts.kind === 'param' || object?.facts.kind === 'receiver'
  return passed && object.fn === levels.at(-1)?.site.fn ? object.facts.key : param
}
