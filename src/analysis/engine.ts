import type { PackageFacts } from '../facts.js'
import { buildCallers, type Callers } from './callers.js'
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

/** The parts of the analysis, each built on those before it. */
export function buildEngine(packages: readonly PackageFacts[]): Engine {
  const program = buildProgram(packages)
  const paths = buildPaths(program)
  const values = buildFuncValues(program, paths)
  const locks = buildLockSets(program, paths)
  const callers = buildCallers(program, values)
  const freshness = buildFreshness(program, paths, callers, locks)
  return { program, paths, values, locks, callers, freshness, orders: buildOrders(program, paths) }
}
