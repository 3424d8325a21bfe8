import type { Stmt } from '../facts.js'
import { type Passing, toCallerPath } from './binding.js'
import type { RootKind } from './callers.js'
import type { Level, Spawn } from './contexts.js'
import { mapsIn, varies } from './elements.js'
import type { Engine } from './engine.js'
import { outermost } from './freshness.js'
import { callBehind, madeBy } from './making.js'
import { type AbsPath, isField, targetKey } from './paths.js'
import { type Fn, objectAt, plainName, stmtParts } from './program.js'
import type { Site } from './walk.js'

/** The goroutine, started in fn on behalf of whoever enters there: one per request, or per call of an exported function. */
export function perCall(spawn: Spawn, map: AbsPath, fn: Fn, entered: RootKind): Spawn {
  const name = plainName(fn)
  const often = entered === 'handler' || (entered === 'api' && !startsOnce(name))
  return often && !map.root.startsWith('c:') && map.root !== '?' && !isArgument(map, fn) ? severalTimes(spawn) : spawn
}

/** Whether the map itself is what fn is called with: each caller brings one of its own. */
function isArgument(map: AbsPath, { facts, pkg }: Fn): boolean {
  const own = facts.params.some((param) => param >= 0 && map.root === `o:${objectAt(pkg, param).key}`)
  return own && !map.steps.some(isField)
}

/** The goroutine, started again and again; one that serves all stays one. */
export function severalTimes(spawn: Spawn): Spawn {
  return spawn.serial ? spawn : { ...spawn, many: true }
}

/** Whether the call that leads to a spawn stands in a loop, for one and the same object. */
export function repeats(engine: Engine, map: AbsPath, levels: readonly Level[], fn: Fn, caller: Passing): boolean {
  return inSharedLoop(engine, toCallerPath(engine, fn, map, caller), caller.site, [...levels, { site: caller.site }])
}

/** Functions that people call once per object, by what they are called in Go. */
export function startsOnce(name: string): boolean {
  return /^(On|Do|Must)?(New|Start|Run|Serve|Listen|Open|Init|Begin|Connect|Launch|Setup|Boot|Dial|Follow|Watch|Loop)/i.test(
    name,
  )
}

/** Whether a function runs as long as its object: it is called Run or the like, and has a loop that nothing bounds. */
export function runsOnce(fn: Fn): boolean {
  return /^(Run|Serve|Loop)$/i.test(plainName(fn)) && fn.facts.stmts.some(isEndless)
}

/** Whether the site is in a loop that nothing bounds. */
export function inEndlessLoop({ fn, ev }: Site): boolean {
  const around = (stmts: readonly Stmt[]): boolean =>
    stmts.some(
      (stmt) =>
        stmt.span[0] <= ev.span[0] &&
        ev.span[1] <= stmt.span[1] &&
        (isEndless(stmt) || stmtParts(stmt).some((part) => 'stmts' in part && around(part.stmts))),
    )
  return around(fn.facts.stmts)
}

function isEndless(stmt: Stmt): boolean {
  return (stmt.k === 'for' && stmt.cond === undefined) || (stmt.k === 'range' && stmt.xt === 'chan')
}

/** Functions that start an object, or run as long as it is there, by what they are called in Go. */
export function isRun(name: string): boolean {
  return /^(On)?(Start|Run|Serve|ListenAndServe|Listen|Init(ialize)?|Set[Uu]p|Boot|Launch|Loop)$/.test(name)
}

/** Functions that get an object ready and return, by what they are called in Go; those that decode into one are among them. */
export function setsUp(name: string): boolean {
  return (
    /^(On|Do|Must)?(New|Start|Open|Init|Begin|Connect|Launch|Setup|Boot|Dial|Listen)/i.test(name) || DECODERS.test(name)
  )
}

/** What the encoders of the standard library and their likes call on a new object. */
const DECODERS = /^(Unmarshal([A-Z]\w*)?|GobDecode|Decode(Msg|Msgpack|RLP|BSON|JSON|Binary)|XXX_\w+)$/

/** Whether the walk lost the object: it is a variable of a function that the way to the access does not pass. */
export function isLost(engine: Engine, map: AbsPath, levels: readonly Level[]): boolean {
  if (map.root === '?') return true
  if (map.root.startsWith('c:')) {
    const made = madeBy(engine.program, engine.paths, map.root)
    return made === null || levels.at(-1)?.site.fn !== made.fn
  }
  if (!map.root.startsWith('o:')) return false
  const object = engine.paths.object(map.root.slice(2))
  if (!object?.fn || object.facts.kind === 'param') return true
  const owner = outermost(engine.program, object.fn)
  const inside = levels.map((l) => outermost(engine.program, l.site.fn) === owner)
  // Called from elsewhere through a value that was kept: the variables belong to a call long over.
  return !inside.includes(true) || inside.at(-1) === false
}

/** Whether the site runs again, in a loop, for one and the same object. */
export function inSharedLoop(engine: Engine, map: AbsPath, site: Site, levels: readonly Level[]): boolean {
  if (
    map.root.startsWith('o:') &&
    engine.paths.object(map.root.slice(2))?.facts.kind !== 'param' &&
    isLost(engine, map, levels)
  )
    return false
  if (site.loops.length === 0 || map.root === '?' || map.root === 'fresh') return false
  const field = targetKey(map)
  const holder = engine.paths.object(field)
  const before = holder && mapsIn(holder) === 'one' ? map.steps.slice(0, map.steps.lastIndexOf(field) + 1) : map.steps
  const changes = (step: string): boolean => varies(step) && !isFixed(engine, step, site)
  if (map.root.startsWith('c:')) {
    const call = callBehind(engine.program, map.root)
    return call?.fn === site.fn && site.loops.some((loop) => !call.loops.includes(loop)) && !before.some(changes)
  }
  if (before.some(changes)) return false
  if (!map.root.startsWith('o:')) return true
  const key = map.root.slice(2)
  const object = engine.paths.object(key)
  if (object?.fn !== site.fn) return true
  const declared = engine.paths.defs(key)[0]?.site
  const params = object.facts.kind !== 'local'
  return params || !declared || !declared.loops.some((loop) => site.loops.includes(loop)) || outerLoop(declared, site)
}

/** Whether what an index, a range statement or a receive takes is the same in each turn of the loops around the site: it was taken before. */
function isFixed({ paths }: Engine, step: string, { fn, loops, ev }: Site): boolean {
  const inLoop = ({ site }: { site: Site }): boolean => {
    if (site.fn !== fn) return false
    // The variables of a range statement are new in each turn.
    const { stmt } = site
    const turns = stmt.k === 'range' && stmt.block.span[0] <= ev.span[0] && ev.span[1] <= stmt.block.span[1]
    return turns || site.loops.some((loop) => loops.includes(loop))
  }
  const locals = fn.pkg.objects.filter(({ kind, func }) => kind !== 'field' && func === fn.index)
  if (step === '*range' || step === '<-') {
    const takes = (key: string): boolean =>
      paths.defs(key).some((def) => inLoop(def) && def.v.k === 'path' && paths.raw(fn, def.v.p).steps.includes(step))
    return !locals.some(({ key }) => takes(key))
  }
  const name = /^\[([\p{L}_][\p{L}\d_]*)\]$/u.exec(step)?.[1]
  const named = locals.filter((object) => object.name === name)
  return named.length > 0 && named.every(({ key }) => !paths.defs(key).some(inLoop))
}

/** Whether the map is a local of fn, not a field of one. */
export function isLocalTo(engine: Engine, map: AbsPath, fn: Fn): boolean {
  const object = map.root.startsWith('o:') ? engine.paths.object(map.root.slice(2)) : undefined
  return object?.fn === fn && object.facts.kind === 'local' && map.steps.length === 0
}

/** The declaration is in an outer loop of the site's, but not in its innermost one. */
function outerLoop(declared: Site, site: Site): boolean {
  const inner = site.loops.at(-1)
  return inner !== undefined && !declared.loops.includes(inner)
}
