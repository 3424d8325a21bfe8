import { bind, homesOf, isParameterOf, type Passing, toCallerPath, translatePaths } from './binding.js'
import type { Caller } from './callers.js'
import {
  awaitsSomething,
  callersWith,
  cameAsParameter,
  handedOver,
  isCalledFromAfar,
  keptForItself,
  nextCarried,
  waitsLater,
} from './carried.js'
import type { Context, Spawn } from './contexts.js'
import type { Engine } from './engine.js'
import { givenAbove, givenAt, givenId } from './given.js'
import { isGivenAway } from './givenaway.js'
import { givenUp, type Holding } from './holding.js'
import { holderOf, isKeptElsewhere } from './keeping.js'
import { inTurn } from './limits.js'
import { madeBy } from './making.js'
import { onceOf } from './once.js'
import { joinsAfter } from './order.js'
import { isParallel } from './parallel.js'
import { type AbsPath, pathId, targetKey } from './paths.js'
import type { Fn } from './program.js'
import { inSharedLoop, isLocalTo, perCall, repeats, severalTimes } from './repetition.js'
import { withSettingUp } from './settingup.js'
import type { Site } from './walk.js'
import { contextOf, holdingOf, paramOf, type State, translated, type Variant, variantsOf } from './waystate.js'

const MAX_STATES = 120
const MAX_CONTEXTS = 40
/** Steps from a function to a caller, for one access. */
const MAX_STEPS = 600
/** An exported function with more callers than this is a utility: that anyone may call it says all. */
const MANY_CALLERS = 30

/** Every way (within bounds) from a root to the site of an access of the map. Callers are walked backwards. */
export function contextsOf(engine: Engine, site: Site, map: AbsPath): readonly Context[] {
  const { callers, freshness, locks, orders, paths } = engine
  // A variable's declaration, or a literal's field: the map is not there before.
  const isInit = site.ev.k === 'acc' && site.ev.op === 'init'
  const found: Context[] = []
  const known = givenAt(paths, site)
  if (!known) return found
  const seen = new Set<string>()
  let steps = 0
  const emit = (state: State, root: Context['root'], owned: boolean): void => {
    if (found.length < MAX_CONTEXTS) found.push(contextOf(engine, state, { root, owned }))
  }
  /** States are worked out when it is their turn: most ways end at a bound before that. */
  const queue: (() => readonly State[])[] = []
  const visit = (states: () => readonly State[]): void => {
    queue.push(states)
  }
  /** Ways through tests that run beside others; looked at when the program's own ways are found. */
  const inTests: (() => readonly State[])[] = []
  /** The state has just reached its last level's site. */
  const step = (from: State): void => {
    const at = from.levels.at(-1)?.site
    if (!at) return
    const { fn } = at
    const id = [
      fn.pkg.id,
      fn.facts.key,
      at.n,
      pathId(from.map),
      ...from.below.held.map((h) => h.lock.id + h.mode).sort(),
      ...from.below.lent.map((h) => `-${h.lock.id}`).sort(),
      from.spawn ? `${from.spawn.site.fn.facts.key}#${from.spawn.site.n}${from.spawn.many}` : '',
      ...orders.keys(from.acquired),
      ...orders.keys(from.released),
      from.carried?.facts.key ?? '',
      givenId(from.given),
    ].join(';')
    if (seen.has(id)) return
    seen.add(id)
    const state = { ...from, param: paramOf(engine, from) }
    if (state.map.root === 'fresh' || state.map.steps.includes('<-') || isInit) {
      // Made here for the functions below, one of which has started a goroutine that uses it.
      const passed = state.map.root === 'fresh' && state.levels.length > 1 && state.spawn !== null
      emit(state, 'scope', !passed || isInit)
      return
    }
    const object = state.map.root.startsWith('o:') ? paths.object(state.map.root.slice(2)) : undefined
    if (object?.fn === fn && (object.facts.kind === 'local' || object.facts.kind === 'result')) {
      const owned = !state.spawn && state.forks.length === 0 && freshness.ownedAt(state.map.root.slice(2), at)
      emit(state, 'scope', owned)
      return
    }
    const made = state.map.root.startsWith('c:') ? madeBy(engine.program, paths, state.map.root) : null
    if (made?.fn === fn) {
      emit(state, 'scope', !state.spawn && state.forks.length === 0)
      return
    }
    let tested = false
    const all = callersWith(engine, fn, state.carried)
    const utility = all.length > MANY_CALLERS && all.some((c) => c.how === 'root' && c.kind === 'api')
    for (const caller of all) {
      if (steps++ > MAX_STEPS) return
      if (utility && caller.how === 'call') continue
      // Tests are one sequential root: how they come to the code says nothing about its users.
      if (caller.how !== 'root' && caller.site.fn.facts.test && !fn.facts.test) {
        if (!tested) emit(state, 'test', false)
        tested = true
        if (caller.how === 'call' && isParallel(engine.program, caller.site))
          inTests.push(() => calling(fn, state, caller))
      } else if (caller.how === 'root') {
        // Nobody outside can pass a function of ours to it.
        if (!state.carried)
          emit(
            { ...state, spawn: state.spawn && perCall(state.spawn, state.map, fn, caller.kind) },
            caller.kind,
            (caller.kind === 'init' && !state.spawn) ||
              (caller.kind === 'handler' && isParameterOf(engine, state.map, fn)),
          )
      } else if (caller.how === 'call') visit(() => calling(fn, state, caller))
      else followSpawn(fn, state, caller)
    }
  }
  const calling = (fn: Fn, state: State, caller: Extract<Caller, { how: 'call' }>): readonly State[] => {
    const given = givenAbove(paths, state.given, fn, caller.site, caller.call)
    if (given === null) return []
    const ways = variantsOf(engine, state, given, fn, caller).map((way) => goUp(fn, state, caller, way))
    const waited = waitedAbove(fn, state, caller)
    if (!waited) return ways
    for (const way of ways) start({ ...way, spawn: waited }, way.inside, waited)
    return []
  }
  /** The goroutine, where the caller of the function that starts it waits for it: `load(&wg); wg.Wait()`. */
  const waitedAbove = (fn: Fn, { spawn, released, levels }: State, caller: Passing): Spawn | null => {
    if (!spawn || spawn.joined || spawn.kind !== 'go') return null
    const { site } = caller
    const joined = joinsAfter(orders, site, orders.keys(translatePaths(engine, fn, released, caller)))
    return joined && { ...spawn, site, level: levels.length, joined, many: spawn.many && spawn.site.loops.length > 0 }
  }
  const goUp = (fn: Fn, state: State, caller: Extract<Caller, { how: 'call' }>, { given, passed }: Variant): State => {
    const { site: at, call, value } = caller
    const carried = nextCarried(engine, state.carried, caller)
    const isKept = value !== undefined && !cameAsParameter(engine, caller)
    const kept = isKept ? value : state.kept
    const holder = isKept ? holderOf(engine, caller) : state.holder && toCallerPath(engine, fn, state.holder, caller)
    const runsOnce = onceOf(engine.program, paths, at.fn, call)
    const once = runsOnce ? targetKey(runsOnce) : ''
    const frozen = state.spawn !== null
    return {
      ...state,
      map: toCallerPath(engine, fn, state.map, caller),
      below: frozen ? state.below : translated(engine, fn, holdingOf(engine, state, passed), caller),
      inside: frozen ? translated(engine, fn, state.inside, caller) : state.inside,
      levels: [...state.levels, { site: at }],
      spawn:
        state.spawn && state.once.size === 0 && repeats(engine, state.map, state.levels, fn, caller)
          ? severalTimes(state.spawn)
          : state.spawn,
      dynamic: state.dynamic || caller.dynamic || isKeptElsewhere(engine, kept, holder, at.fn),
      acquired: [...translatePaths(engine, fn, state.acquired, caller), ...orders.acquiredBefore(at)],
      released: frozen
        ? state.released
        : [...translatePaths(engine, fn, state.released, caller), ...orders.releasedAfter(at)],
      once: once ? new Set([...state.once, once]) : state.once,
      carried: value && cameAsParameter(engine, caller) ? value.fn : carried,
      given,
      kept,
      holder,
    }
  }
  const followSpawn = (fn: Fn, state: State, caller: Extract<Caller, { how: 'spawn' }>): void => {
    const given = givenAbove(paths, state.given, fn, caller.site, caller.call)
    if (given === null) return
    for (const variant of variantsOf(engine, state, given, fn, caller))
      for (const map of homesOf(engine, toCallerPath(engine, fn, state.map, caller), caller.site.fn))
        spawned(fn, state, caller, variant, map)
  }
  const spawned = (
    fn: Fn,
    state: State,
    caller: Extract<Caller, { how: 'spawn' }>,
    { given, passed }: Variant,
    map: AbsPath,
  ): void => {
    const { site: at, call } = caller
    const carried = nextCarried(engine, state.carried, caller)
    const levels = [...state.levels, { site: at }]
    const kept = caller.kind === 'go' && !state.spawn ? state.kept : null
    const own = keptForItself(engine, kept, levels)
    if (own) {
      visit(() => [{ ...asHanded(state, own), below: holdingOf(engine, state) }])
      return
    }
    const handed = handedOver(engine, map, kept, at)
    if (handed && kept) {
      followWorker({ ...state, given, dynamic: state.dynamic || isCalledFromAfar(engine, kept, levels) }, at, handed)
      return
    }
    // What a request or timer is called with is its own.
    if (caller.kind !== 'go' && isParameterOf(engine, state.map, fn) && !bind(engine, fn, state.map.root, caller)) {
      emit({ ...state, levels }, 'scope', true)
      return
    }
    if (caller.kind === 'go' && !state.spawn && isGivenAway(engine, state.map, fn, caller)) {
      emit({ ...state, levels }, 'scope', true)
      return
    }
    const many =
      (caller.many && !(caller.kind === 'handler' && at.fn.facts.test && isLocalTo(engine, map, at.fn))) ||
      inSharedLoop(engine, map, at, levels)
    const base = {
      ...state,
      map,
      // What is an argument of a function in the goroutine is that goroutine's affair.
      param: state.spawn ? state.param : null,
      levels,
      dynamic: state.dynamic || caller.dynamic,
      acquired: [...translatePaths(engine, fn, state.acquired, caller), ...orders.acquiredBefore(at)],
      carried: caller.value && cameAsParameter(engine, caller) ? caller.value.fn : carried,
      given,
    }
    if (state.spawn) {
      const spawn = many ? severalTimes(state.spawn) : state.spawn
      const joined = spawn.joined ? null : joinsAfter(orders, at, orders.keys(state.released))
      // Whoever starts the goroutine that starts it waits for it.
      const waited = joined && { ...spawn, site: at, level: levels.length - 1, joined }
      const held = translated(engine, fn, state.inside, caller)
      if (waited) start({ ...base, spawn: waited }, held, waited)
      else visit(() => [{ ...base, inside: held, spawn }])
      return
    }
    const waits =
      /^(errgroup|WaitGroup\.Go)$/.test(caller.what) && call.recv ? [paths.resolveVal(at.fn, call.recv)] : []
    const released = [...translatePaths(engine, fn, state.released, caller), ...waits]
    const joined = caller.waits ? at : joinsAfter(orders, at, orders.keys(released))
    // Waited for in each turn of the loop.
    const alone = joined !== null && at.loops.every((loop) => joined.loops.includes(loop))
    const spawn: Spawn = {
      site: at,
      kind: caller.kind,
      what: caller.what,
      many: many && !(alone && !caller.many),
      serial: false,
      unclear: waitsLater(engine, at),
      later: caller.later === true,
      level: levels.length - 1,
      joined,
    }
    const inside = holdingOf(engine, state, passed)
    const group = inTurn(paths, at, call)
    const below = group ? { ...inside, held: [...inside.held, group] } : inside
    start({ ...base, released, spawn, below }, translated(engine, fn, inside, caller), spawn)
  }
  /** Goes on above the start of a goroutine; where it is waited for, above the wait too, as if it were a call. */
  const start = (state: State, below: Holding, { site: at, joined }: Spawn): void => {
    if (!joined) {
      visit(() => [{ ...state, inside: below }])
      return
    }
    emit(state, 'joined', false)
    visit(() => [
      {
        ...state,
        spawn: null,
        forks: [...state.forks, at],
        below: { held: below.held, lent: [...below.lent, ...givenUp(locks, at, joined)] },
        released: [...state.released, ...orders.releasedAfter(at)],
      },
    ])
  }
  /** A function value that a worker took from where it was kept: as good as started where it was handed over. */
  const followWorker = (state: State, worker: Site, from: Site): void => {
    const levels = [...state.levels, { site: from }]
    const serial =
      worker.loops.length === 0 && !callers.of(worker.fn).some((c) => c.how !== 'root' && c.site.loops.length > 0)
    const joined = joinsAfter(orders, from, orders.keys(state.released))
    const spawn: Spawn = {
      site: serial ? worker : from,
      kind: 'go',
      what: 'worker',
      many: !serial && inSharedLoop(engine, state.map, from, levels),
      serial,
      unclear: awaitsSomething(engine, from),
      later: false,
      level: levels.length - 1,
      joined,
    }
    const above = asHanded(state, from)
    const inside = holdingOf(engine, state)
    start({ ...above, spawn, below: inside }, inside, spawn)
  }
  /** Goes on from where the function value was that was kept. */
  const asHanded = (state: State, from: Site): State => ({
    ...state,
    levels: [...state.levels, { site: from }],
    acquired: [...state.acquired, ...orders.acquiredBefore(from)],
    carried: null,
    kept: null,
    holder: null,
  })
  visit(() => [
    {
      map,
      param: null,
      below: { held: [], lent: [] },
      inside: { held: [], lent: [] },
      levels: [{ site }],
      spawn: null,
      forks: [],
      dynamic: false,
      acquired: orders.acquiredBefore(site),
      released: orders.releasedAfter(site),
      once: new Set(),
      carried: null,
      given: known,
      kept: null,
      holder: null,
    },
  ])
  // Breadth first: the short ways are found before the bounds are.
  for (let next = 0; next < queue.length && seen.size <= MAX_STATES && found.length < MAX_CONTEXTS; next++) {
    for (const state of queue[next]?.() ?? []) if (seen.size <= MAX_STATES) step(state)
    if (next === queue.length - 1) queue.push(...inTests.splice(0))
  }
  // Where a bound was met, not all callers were seen.
  return found.length < MAX_CONTEXTS && seen.size <= MAX_STATES ? withSettingUp(engine, found) : found
}
