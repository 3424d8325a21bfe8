import type { PackageFacts } from '../facts.js'
import { buildCallers } from './callers.js'
import type { Engine } from './contexts.js'
import { buildFreshness } from './freshness.js'
import { buildFuncValues } from './funcvalues.js'
import { buildLockSets } from './locksets.js'
import { buildOrders } from './order.js'
import { buildPaths } from './paths.js'
import { buildProgram } from './program.js'

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
