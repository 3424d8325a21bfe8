import type { PackageFacts } from '../facts.js'
import { buildCallers, type Callers } from './callers.js'
import { buildFates, type Outside } from './fates.js'
import { buildFreshness, type Freshness } from './freshness.js'
import { buildFuncValues, type FuncValues } from './funcvalues.js'
import { buildLockSets, type LockSets } from './locksets.js'
import { buildOrders, type Orders } from './order.js'
import { buildPaths, type Paths } from './paths.js'
import { buildProgram, type Program } from './program.js'

/** What judging a map needs, whatever the map. */
export interface Engine {
  readonly program: Program
  readonly paths: Paths
  readonly values: FuncValues
  readonly locks: LockSets
  readonly callers: Callers
  readonly freshness: Freshness
  readonly orders: Orders
}

/** Nothing said, and nothing read besides the packages. */
const NOTHING_OUTSIDE: Outside = { spawners: [], summaries: new Map() }

/** The parts of the analysis, each built on those before it. */
export function buildEngine(packages: readonly PackageFacts[], outside: Outside = NOTHING_OUTSIDE): Engine {
  const program = buildProgram(packages)
  const paths = buildPaths(program)
  const fates = buildFates(program, outside)
  const values = buildFuncValues(program, paths, (key) => fates.spawns(key))
  const locks = buildLockSets(program, paths)
  const callers = buildCallers(program, values, fates)
  const freshness = buildFreshness(program, paths, callers, locks)
  return { program, paths, values, locks, callers, freshness, orders: buildOrders(program, paths) }
}
