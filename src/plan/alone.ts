/** Which accesses of a local the planner may leave without a lock. */
import { type Fn, objectAt, type Program, pathAt } from '../analysis/program.js'
import type { Path } from '../facts.js'
import type { Access, SharedMap } from '../types.js'
import { anchorOf, eventsOf, type FuncTree, funcTree, inLoop, type Spot } from './tree.js'

/**
 * The map with fewer exclusive accesses than the analysis sees. What it takes for ordered keeps a finding from being false;
 * here a mistake would leave a race in, so a local counts as exclusive only before the first function literal that uses it,
 * and behind a Wait for all of them. A receive orders one goroutine, not necessarily all.
 */
export function carefully(program: Program, map: SharedMap): SharedMap {
  if (map.kind !== 'local') return map
  const accesses = map.accesses.map((access) => {
    if (map.object.kind === 'result' && isFirst(program, map, access)) return { ...access, exclusive: true }
    return access.exclusive && access.op !== 'init' && !isSurelyAlone(program, map, access)
      ? { ...access, exclusive: false }
      : access
  })
  return { ...map, accesses }
}

/**
 * The map as one whose user says that it is to be safe, where the analysis sees one goroutine alone: a lock is wanted
 * wherever the map is used but in initialisers, tests, and functions that have just made the object that holds it.
 */
export function asIfShared(program: Program, map: SharedMap): SharedMap {
  if (map.accesses.some((access) => !access.exclusive && access.op !== 'init')) return map
  const accesses = map.accesses.map((access) =>
    access.op === 'init' || access.func.test || isMaking(program, access) ? access : { ...access, exclusive: false },
  )
  return { ...map, accesses }
}

/** In an initialiser, or through a local of the function that it sets to a new object. */
export function isMaking(program: Program, { pkg, func, event }: Access): boolean {
  if (func.kind === 'varinit' || /^init(#\d+)?$/.test(func.display)) return true
  const fn = program.fns(pkg).find((at) => at.facts === func)
  const [root] = event.k === 'acc' ? pathAt(pkg, event.p) : []
  if (fn === undefined) return false
  if (root === 'fresh') return true
  if (typeof root !== 'number') return false
  const object = objectAt(pkg, root)
  if (object.kind !== 'local' || object.func !== fn.index) return false
  const events = eventsOf(func.stmts)
  if (events.some((ev) => ev.k === 'lit' && literalNames(program.fn(pkg, ev.fn), root))) return false
  const sets = events.filter((ev) => ev.k === 'set' && ev.star !== true && isPath(pathAt(pkg, ev.to), root))
  return sets.every((ev) => ev.k === 'set' && (ev.v.k === 'fresh' || ev.v.k === 'nil'))
}

function isPath(path: Path, root: number): boolean {
  return path.length === 1 && path[0] === root
}

function literalNames(literal: Fn, ref: number): boolean {
  const [start, end] = literal.facts.span
  return objectAt(literal.pkg, ref).uses?.some((use) => use >= start && use < end) === true
}

/** What the function of a named result does first: nobody else can know of the map yet. */
function isFirst(program: Program, { object }: SharedMap, { pkg, func, event }: Access): boolean {
  const fn = program.fns(pkg).find((at) => at.facts === func)
  if (fn === undefined || object.func !== fn.index) return false
  const tree = funcTree(fn)
  const place = tree.spots.get(event)?.place
  return place?.stmt.k === 'assign' && place.list === tree.body && place.index === 0
}

function isSurelyAlone(program: Program, map: SharedMap, access: Access): boolean {
  const fn = program.fns(access.pkg).find((at) => at.facts === access.func)
  if (fn === undefined) return false
  const tree = funcTree(fn)
  const spot = tree.spots.get(access.event)
  if (spot === undefined) return false
  const literals = literalsWith(program, tree, map)
  const before = literals.every((literal) => literal.order > spot.order && !inLoop(anchorOf(literal.place).list))
  return (literals.length > 0 && before) || waitedBefore(tree, spot, literals)
}

/** Whether a named result is handed over by plain returns, each before the literals that use it are made or after all are waited for. */
export function returnsAlone(program: Program, map: SharedMap): boolean {
  const { func } = map.object
  if (func === undefined) return false
  const tree = funcTree(program.fn(map.pkg, func))
  const literals = literalsWith(program, tree, map)
  return [...tree.places].every(([stmt, place]) => {
    if (stmt.k !== 'return') return true
    const spot = stmt.e.map((ev) => tree.spots.get(ev)).find((found) => found !== undefined)
    if (stmt.results.length > 0 || spot === undefined) return false
    const before = literals.every(({ order }) => order > spot.order) && !inLoop(anchorOf(place).list)
    return before || waitedBefore(tree, spot, literals)
  })
}

/** Where the function makes literals that use the map. */
function literalsWith(program: Program, tree: FuncTree, map: SharedMap): Spot[] {
  const users = new Set(map.accesses.map(({ func }) => func))
  const uses = (fn: Fn): boolean =>
    users.has(fn.facts) || program.fns(fn.pkg).some((inner) => inner.facts.parent === fn.index && uses(inner))
  return eventsOf(tree.fn.facts.stmts).flatMap((ev) => {
    const spot = ev.k === 'lit' && uses(program.fn(tree.fn.pkg, ev.fn)) ? tree.spots.get(ev) : undefined
    return spot ? [spot] : []
  })
}

/** A WaitGroup (or errgroup) is waited for on every way to the access, after all the literals. */
function waitedBefore(tree: FuncTree, spot: Spot, literals: readonly Spot[]): boolean {
  return eventsOf(tree.fn.facts.stmts).some((ev) => {
    if (ev.k !== 'call' || ev.mode !== 'call' || ev.callee.k !== 'func') return false
    if (!/(^sync\.WaitGroup|\/errgroup\.Group)\.Wait$/.test(ev.callee.key)) return false
    const wait = tree.spots.get(ev)
    if (wait === undefined || wait.conditional || anchorOf(wait.place).list !== tree.body) return false
    return wait.order < spot.order && literals.every((literal) => literal.order < wait.order)
  })
}
