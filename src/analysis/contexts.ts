import type { LockMode } from '../types.js'
import type { Caller, Callers, RootKind } from './callers.js'
import { type Freshness, outermost } from './freshness.js'
import type { FuncValue, FuncValues } from './funcvalues.js'
import { type Given, givenAt, givenByCaller, givenId } from './given.js'
import { type Lock, makeLock, translateLock } from './lockops.js'
import type { Held, LockSets } from './locksets.js'
import { onceOf } from './once.js'
import { keysOf, type Orders, toCaller } from './order.js'
import { type AbsPath, argumentFor, isField, type Paths, pathId, targetKey } from './paths.js'
import type { Fn, Program } from './program.js'
import type { SpawnKind } from './spawners.js'
import { flowOf, type Site } from './walk.js'

export interface Level {
  readonly site: Site
}

export interface Spawn {
  readonly site: Site
  readonly kind: SpawnKind
  readonly what: string
  /** Two instances of the goroutine may use the same object at the same time. */
  readonly many: boolean
  /** There is one goroutine, which runs what it is handed one after the other. */
  readonly serial: boolean
  /** Index in levels of the spawning statement: what is below runs in the goroutine. */
  readonly level: number
  /** Where the function that starts the goroutine waits for it, whatever happens; null when the goroutine may outlive that. */
  readonly joined: Site | null
}

/** One way to an access: the calls and spawns from a root down to it, and what holds there. */
export interface Context {
  /** The map's path, in the terms of the outermost function that it has a name in. */
  readonly map: AbsPath
  readonly held: readonly Held[]
  /** From the access (first) up to the root (last). */
  readonly levels: readonly Level[]
  readonly spawn: Spawn | null
  /** Goroutines that were started and waited for on the way, seen from outside as calls. */
  readonly forks: readonly Site[]
  /** 'scope': the map or its object is a local of the last level's function. */
  readonly root: RootKind | 'scope' | 'joined'
  /** Nobody else can know the map yet (or any more). */
  readonly owned: boolean
  readonly dynamic: boolean
  /** It can't be told which object's map it is. */
  readonly lost: boolean
  /** Keys of what was received from, waited for … before the access, and of what is sent to, closed … after it. */
  readonly acquired: ReadonlySet<string>
  readonly released: ReadonlySet<string>
  /** Keys of the sync.Once whose Do runs the access. */
  readonly once: ReadonlySet<string>
}

export interface Engine {
  readonly program: Program
  readonly paths: Paths
  readonly values: FuncValues
  readonly locks: LockSets
  readonly callers: Callers
  readonly freshness: Freshness
  readonly orders: Orders
}

const MAX_STATES = 400
const MAX_CONTEXTS = 80
/** Steps from a function to a caller, for one access. */
const MAX_STEPS = 3000
/** An exported function with more callers than this is a utility: that anyone may call it says all. */
const MANY_CALLERS = 30

interface State {
  readonly map: AbsPath
  readonly held: readonly Held[]
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
}

/** Every way (within bounds) from a root to the site of an access of the map. Callers are walked backwards. */
export function contextsOf(engine: Engine, site: Site, map: AbsPath): readonly Context[] {
  const { callers, freshness, locks, orders, paths } = engine
  const found: Context[] = []
  const known = givenAt(paths, site)
  if (!known) return found
  const seen = new Set<string>()
  let steps = 0
  const emit = (state: State, root: Context['root'], owned: boolean): void => {
    if (found.length < MAX_CONTEXTS) {
      found.push({
        map: state.map,
        held: state.held,
        levels: state.levels,
        spawn: state.spawn,
        forks: state.forks,
        root,
        owned,
        dynamic: state.dynamic,
        lost: isLost(engine, state.map, state.levels),
        acquired: keysOf(state.acquired),
        released: keysOf(state.released),
        once: state.once,
      })
    }
  }
  const queue: State[] = []
  const visit = (state: State): void => {
    queue.push(state)
  }
  /** The state has just reached its last level's site. */
  const step = (state: State): void => {
    const at = state.levels.at(-1)?.site
    if (!at || seen.size > MAX_STATES) return
    const { fn } = at
    const id = [
      fn.pkg.id,
      fn.facts.key,
      at.n,
      pathId(state.map),
      ...state.held.map((h) => h.lock.id + h.mode).sort(),
      state.spawn ? `${state.spawn.site.fn.facts.key}#${state.spawn.site.n}${state.spawn.many}` : '',
      ...keysOf(state.acquired),
      ...keysOf(state.released),
      state.carried?.facts.key ?? '',
      givenId(state.given),
    ].join(';')
    if (seen.has(id)) return
    seen.add(id)
    if (state.map.root === 'fresh' || state.map.steps.includes('<-') || isInit(site)) {
      emit(state, 'scope', true)
      return
    }
    const object = state.map.root.startsWith('o:') ? paths.object(state.map.root.slice(2)) : undefined
    if (object?.fn === fn && (object.facts.kind === 'local' || object.facts.kind === 'result')) {
      const owned = !state.spawn && state.forks.length === 0 && freshness.ownedAt(state.map.root.slice(2), at)
      emit(state, 'scope', owned)
      return
    }
    let tested = false
    const all = callers.of(fn)
    const utility = all.length > MANY_CALLERS && all.some((c) => c.how === 'root' && c.kind === 'api')
    for (const caller of all) {
      if (steps++ > MAX_STEPS) return
      if (utility && caller.how === 'call') continue
      // Tests are one sequential root: how they come to the code says nothing about its users.
      if (caller.how !== 'root' && caller.site.fn.facts.test && !fn.facts.test) {
        if (!tested) emit(state, 'test', false)
        tested = true
      } else if (caller.how === 'root') {
        // Nobody outside can pass a function of ours to it.
        if (!state.carried)
          emit(
            endAt(state, caller.kind),
            caller.kind,
            (caller.kind === 'init' && !state.spawn) ||
              (caller.kind === 'handler' && isParameterOf(engine, state.map, fn)),
          )
      } else if (caller.how === 'call') followCall(fn, state, caller)
      else followSpawn(fn, state, caller)
    }
  }
  const followCall = (fn: Fn, state: State, caller: Extract<Caller, { how: 'call' }>): void => {
    const { site: at, call, value } = caller
    const carried = nextCarried(engine, fn, state, caller)
    const given = givenAbove(paths, fn, state, caller)
    if (carried === undefined || given === null) return
    const runsOnce = onceOf(engine.program, paths, at.fn, call)
    const once = runsOnce ? targetKey(runsOnce) : ''
    const frozen = state.spawn !== null
    visit({
      ...state,
      map: toCallerPath(engine, fn, state.map, caller),
      held: frozen
        ? state.held
        : [...translateAll(engine, fn, state.held, caller), ...(locks.of(at.fn).at.get(at.ev)?.values() ?? [])],
      levels: [...state.levels, { site: at }],
      spawn: state.spawn && repeats(engine, state, fn, caller) ? severalTimes(state.spawn) : state.spawn,
      dynamic: state.dynamic || caller.dynamic,
      acquired: [...translatePaths(engine, fn, state.acquired, caller), ...orders.acquiredBefore(at)],
      released: frozen
        ? state.released
        : [...translatePaths(engine, fn, state.released, caller), ...orders.releasedAfter(at)],
      once: once ? new Set([...state.once, once]) : state.once,
      carried: value && cameAsParameter(engine, caller) ? value.fn : carried,
      given,
      kept: value && !cameAsParameter(engine, caller) ? value : state.kept,
    })
  }
  const followSpawn = (fn: Fn, state: State, caller: Extract<Caller, { how: 'spawn' }>): void => {
    const { site: at, call } = caller
    const carried = nextCarried(engine, fn, state, caller)
    const given = givenAbove(paths, fn, state, caller)
    if (carried === undefined || given === null) return
    const map = toCallerPath(engine, fn, state.map, caller)
    const handed = caller.kind === 'go' && !state.spawn ? handedOver(engine, map, state.kept, at) : null
    if (handed) {
      followWorker({ ...state, given }, at, handed)
      return
    }
    const levels = [...state.levels, { site: at }]
    // What a request or timer is called with is its own.
    if (caller.kind !== 'go' && isParameterOf(engine, state.map, fn) && !bind(engine, fn, state.map.root, caller)) {
      emit({ ...state, levels }, 'scope', true)
      return
    }
    const many =
      (caller.many && !(at.fn.facts.test && isLocalTo(engine, map, at.fn))) || inSharedLoop(engine, map, at, levels)
    const base = {
      ...state,
      map,
      levels,
      acquired: [...translatePaths(engine, fn, state.acquired, caller), ...orders.acquiredBefore(at)],
      carried: caller.value && cameAsParameter(engine, caller) ? caller.value.fn : carried,
      given,
    }
    if (state.spawn) {
      visit({ ...base, spawn: many ? severalTimes(state.spawn) : state.spawn })
      return
    }
    const waits =
      /^(errgroup|WaitGroup\.Go)$/.test(caller.what) && call.recv ? [paths.resolveVal(at.fn, call.recv)] : []
    const released = [...translatePaths(engine, fn, state.released, caller), ...waits]
    const joined = joinsAfter(engine, at, keysOf(released))
    const spawn: Spawn = {
      site: at,
      kind: caller.kind,
      what: caller.what,
      many,
      serial: false,
      level: levels.length - 1,
      joined,
    }
    const held = [...translateAll(engine, fn, state.held, caller), ...(locks.of(at.fn).at.get(at.ev)?.values() ?? [])]
    start({ ...base, released, spawn }, held, spawn)
  }
  /** Goes on above the start of a goroutine; where it is waited for, above the wait too, as if it were a call. */
  const start = (state: State, held: readonly Held[], { site: at, joined }: Spawn): void => {
    if (!joined) {
      visit(state)
      return
    }
    emit(state, 'joined', false)
    visit({
      ...state,
      spawn: null,
      forks: [...state.forks, at],
      held,
      released: [...state.released, ...orders.releasedAfter(at)],
    })
  }
  /** A function value that a worker took from where it was kept: as good as started where it was handed over. */
  const followWorker = (state: State, worker: Site, from: Site): void => {
    const levels = [...state.levels, { site: from }]
    const serial =
      worker.loops.length === 0 && !callers.of(worker.fn).some((c) => c.how !== 'root' && c.site.loops.length > 0)
    const joined = joinsAfter(engine, from, keysOf(state.released))
    const spawn: Spawn = {
      site: serial ? worker : from,
      kind: 'go',
      what: 'worker',
      many: !serial && inSharedLoop(engine, state.map, from, levels),
      serial,
      level: levels.length - 1,
      joined,
    }
    const above = {
      ...state,
      levels,
      acquired: [...state.acquired, ...orders.acquiredBefore(from)],
      carried: null,
      kept: null,
    }
    start({ ...above, spawn }, state.held, spawn)
  }
  visit({
    map,
    held: [...(locks.of(site.fn).at.get(site.ev)?.values() ?? [])],
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
  })
  // Breadth first: the short ways are found before the bounds are.
  for (let next = 0; next < queue.length; next++) {
    const state = queue[next]
    if (state) step(state)
  }
  return found
}

/** What must be given in the caller for the way to go on; null where it does not. */
function givenAbove(
  paths: Paths,
  fn: Fn,
  { given }: State,
  { site, call }: Exclude<Caller, { how: 'root' }>,
): Given | null {
  const above = givenByCaller(paths, given, fn, site.fn, call)
  return above && givenAt(paths, site, above)
}

/** A variable's declaration, or a literal's field: the map is not there before. */
function isInit({ ev }: Site): boolean {
  return ev.k === 'acc' && ev.op === 'init'
}

/** A goroutine per request, or per call of an exported function, comes many times. */
function endAt(state: State, kind: RootKind): State {
  const { spawn, levels } = state
  const name = levels.at(-1)?.site.fn.facts.display.replace(/^.*\./, '') ?? ''
  const often = kind === 'handler' || (kind === 'api' && !startsOnce(name))
  const shared = !state.map.root.startsWith('c:') && state.map.root !== '?'
  return spawn && often && shared ? { ...state, spawn: severalTimes(spawn) } : state
}

/**
 * Where a function value became one, if its goroutine is started elsewhere, by code that knows nothing of the variables that the value brings
 * along.
 */
function handedOver({ paths, program }: Engine, map: AbsPath, kept: FuncValue | null, start: Site): Site | null {
  if (!kept || !map.root.startsWith('o:')) return null
  const owner = paths.object(map.root.slice(2))?.fn
  const home = outermost(program, kept.at)
  if (!owner || outermost(program, owner) !== home || outermost(program, start.fn) === home) return null
  const is = ({ ev }: Site): boolean =>
    (ev.k === 'lit' && program.fn(kept.at.pkg, ev.fn) === kept.fn) || (ev.k === 'ref' && ev.key === kept.fn.facts.key)
  return flowOf(kept.at).sites.find(is) ?? null
}

function severalTimes(spawn: Spawn): Spawn {
  return spawn.serial ? spawn : { ...spawn, many: true }
}

/** Functions that people call once per object, by what they are called in Go. */
export function startsOnce(name: string): boolean {
  return /^(New|Start|Run|Serve|Listen|Open|Init|Begin|Connect|Launch|Setup|Boot|Dial|Follow|Watch|Loop)/i.test(name)
}

function toCallerPath(engine: Engine, fn: Fn, map: AbsPath, caller: Exclude<Caller, { how: 'root' }>): AbsPath {
  const bound = bind(engine, fn, map.root, caller)
  if (bound) {
    const { root, steps } = engine.paths.resolveAbs({ root: bound.root, steps: [...bound.steps, ...map.steps] })
    return { root, steps: withoutCycles(steps) }
  }
  const object = map.root.startsWith('o:') ? engine.paths.object(map.root.slice(2)) : undefined
  return object?.fn === fn ? { root: '?', steps: map.steps } : map
}

/** A node of a recursive type stands for those above it: t.kids[a].kids[b].kids is t.kids. */
function withoutCycles(steps: readonly string[]): readonly string[] {
  for (const [i, step] of steps.entries()) {
    const last = steps.lastIndexOf(step)
    if (last > i && isField(step)) return withoutCycles([...steps.slice(0, i), ...steps.slice(last)])
  }
  return steps
}

/** The caller's value for a parameter or receiver of fn. */
function bind(
  engine: Engine,
  fn: Fn,
  root: string,
  { call, site, value }: Exclude<Caller, { how: 'root' }>,
): AbsPath | null {
  const arg = argumentFor(fn, call, root)
  if (value?.recv && fn.facts.recv !== undefined && root === `o:${fn.pkg.objects[fn.facts.recv]?.key}`)
    return engine.paths.resolveVal(value.at, value.recv)
  return arg ? engine.paths.resolveVal(site.fn, arg) : null
}

function translateAll(engine: Engine, fn: Fn, held: readonly Held[], caller: Exclude<Caller, { how: 'root' }>): Held[] {
  return held.flatMap(({ lock, mode }): Held[] => {
    if (caller.value?.recv && fn.facts.recv !== undefined) {
      const at = bind(engine, fn, lock.path.root, caller)
      if (at) return [{ lock: makeLock({ root: at.root, steps: [...at.steps, ...lock.path.steps] }), mode }]
    }
    const here: { lock: Lock; mode?: LockMode } | null = translateLock(
      engine.program,
      engine.paths,
      lock,
      fn,
      caller.site.fn,
      caller.call,
    )
    return here ? [{ lock: here.lock, mode: here.mode ?? mode }] : []
  })
}

function translatePaths(
  engine: Engine,
  fn: Fn,
  all: readonly AbsPath[],
  caller: Exclude<Caller, { how: 'root' }>,
): AbsPath[] {
  const found = new Map<string, AbsPath>()
  for (const path of all) {
    for (const here of toCaller(engine.paths, path, fn, caller.site.fn, caller.call)) found.set(targetKey(here), here)
  }
  return [...found.values()]
}

/**
 * The function value to go on looking for in the callers of the caller: undefined when this call does not pass the one
 * that the walk came by.
 */
function nextCarried(
  engine: Engine,
  fn: Fn,
  state: State,
  caller: Exclude<Caller, { how: 'root' }>,
): Fn | null | undefined {
  const { carried } = state
  if (!carried || caller.value) return null
  const passes = caller.call.args.filter((arg) =>
    engine.values.targets(caller.site.fn, arg).some((t) => t.fn === carried),
  )
  if (passes.length === 0) {
    const elsewhere = engine.callers
      .of(fn)
      .some(
        (c) =>
          c.how !== 'root' &&
          c.call.args.some((arg) => engine.values.targets(c.site.fn, arg).some((t) => t.fn === carried)),
      )
    return elsewhere ? undefined : null
  }
  return passes.some((arg) => arg.k === 'lit' || arg.k === 'func') ? null : carried
}

/** Whether the function value that is called, or passed on, is a parameter there: then callers who pass another are beside the point. */
function cameAsParameter({ paths, values }: Engine, { call, site, value }: Exclude<Caller, { how: 'root' }>): boolean {
  const given =
    call.callee.k === 'value'
      ? [call.callee.v]
      : call.args.filter((arg) => values.targets(site.fn, arg).some((t) => t.fn === value?.fn))
  return given.some((v) => {
    if (v.k !== 'path') return false
    const { root, steps } = paths.resolve(site.fn, v.p)
    return steps.length === 0 && root.startsWith('o:') && paths.object(root.slice(2))?.facts.kind === 'param'
  })
}

/** Whether the call that leads to a spawn stands in a loop, for one and the same object. */
function repeats(engine: Engine, { map, levels }: State, fn: Fn, caller: Exclude<Caller, { how: 'root' }>): boolean {
  return inSharedLoop(engine, toCallerPath(engine, fn, map, caller), caller.site, [...levels, { site: caller.site }])
}

/** Whether the walk lost the object: it is a variable of a function that the way to the access does not pass. */
export function isLost(engine: Engine, map: AbsPath, levels: readonly Level[]): boolean {
  if (map.root === '?' || map.root.startsWith('c:')) return true
  if (!map.root.startsWith('o:')) return false
  const object = engine.paths.object(map.root.slice(2))
  if (!object?.fn || object.facts.kind === 'param') return true
  const owner = outermost(engine.program, object.fn)
  const inside = levels.map((l) => outermost(engine.program, l.site.fn) === owner)
  // Called from elsewhere through a value that was kept: the variables belong to a call long over.
  return !inside.includes(true) || inside.at(-1) === false
}

function isParameterOf(engine: Engine, map: AbsPath, fn: Fn): boolean {
  const object = map.root.startsWith('o:') ? engine.paths.object(map.root.slice(2)) : undefined
  return object?.fn === fn && object.facts.kind === 'param'
}

function inSharedLoop(engine: Engine, map: AbsPath, site: Site, levels: readonly Level[]): boolean {
  if (
    map.root.startsWith('o:') &&
    engine.paths.object(map.root.slice(2))?.facts.kind !== 'param' &&
    isLost(engine, map, levels)
  )
    return false
  if (site.loops.length === 0 || map.root === '?' || map.root.startsWith('c:') || map.root === 'fresh') return false
  const field = targetKey(map)
  const before = map.steps.slice(0, field ? map.steps.lastIndexOf(field) + 1 : map.steps.length)
  if (before.some((step) => step.startsWith('*') || step.startsWith('['))) return false
  if (!map.root.startsWith('o:')) return true
  const key = map.root.slice(2)
  const object = engine.paths.object(key)
  if (object?.fn !== site.fn) return true
  const declared = engine.paths.defs(key)[0]?.site
  const params = object.facts.kind !== 'local'
  return params || !declared || !declared.loops.some((loop) => site.loops.includes(loop)) || outerLoop(declared, site)
}

/** The declaration is in an outer loop of the site's, but not in its innermost one. */
function outerLoop(declared: Site, site: Site): boolean {
  const inner = site.loops.at(-1)
  return inner !== undefined && !declared.loops.includes(inner)
}

function isLocalTo(engine: Engine, map: AbsPath, fn: Fn): boolean {
  const object = map.root.startsWith('o:') ? engine.paths.object(map.root.slice(2)) : undefined
  return object?.fn === fn && object.facts.kind === 'local' && map.steps.length === 0
}

/** Whether the function that starts the goroutine waits for it after the site on every way on. */
function joinsAfter({ orders }: Engine, site: Site, released: ReadonlySet<string>): Site | null {
  if (released.size === 0) return null
  const join = orders.acquirers(site.fn).find(({ site: s, all }) => {
    if (s.n <= site.n) return false
    const own = s.loops.at(-1)
    const blocks =
      own !== undefined && s.blocks.at(-1) === own && !site.blocks.includes(own) ? s.blocks.slice(0, -1) : s.blocks
    if (!blocks.every((block, i) => site.blocks[i] === block)) return false
    return [...keysOf(all)].some((key) => released.has(key))
  })
  return join?.site ?? null
}
