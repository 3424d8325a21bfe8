/** Which accesses of a local the planner may leave without a lock. */
import type { Fn, Program } from '../analysis/program.js'
import type { Access, SharedMap } from '../types.js'
import { anchorOf, eventsOf, type FuncTree, funcTree, inLoop, type Spot } from './tree.js'

/**
 * The map with fewer exclusive accesses than the analysis sees. What it takes for ordered keeps a finding from being false;
 * here a mistake would leave a race in, so a local counts as exclusive only before the first function literal that uses it,
 * and behind a Wait for all of them. A receive orders one goroutine, not necessarily all.
 */
export function carefully(program: Program, map: SharedMap): SharedMap {
  if (map.kind !== 'local') return map
  const accesses = map.accesses.map((access) =>
    access.exclusive && access.op !== 'init' && !isSurelyAlone(program, map, access)
      ? { ...access, exclusive: false }
      : access,
  )
  return { ...map, accesses }
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
