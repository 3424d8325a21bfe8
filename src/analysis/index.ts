import type { PackageFacts } from '../facts.js'
import type { Finding, SharedMap } from '../types.js'
import { buildCallers } from './callers.js'
import type { Engine } from './contexts.js'
import { judge, type Judged, toFinding } from './findings.js'
import { buildFreshness } from './freshness.js'
import { buildFuncValues } from './funcvalues.js'
import { buildLockSets } from './locksets.js'
import { collectMaps } from './maps.js'
import { buildOrders } from './order.js'
import { buildPaths } from './paths.js'
import { buildProgram, type Program } from './program.js'

export interface Analysis {
  readonly program: Program
  /** Sorted by file, position and rule. Confidence is not filtered here. */
  readonly findings: readonly Finding[]
  /** Every package variable and field of map type, and every local that more than one function sees, sorted by name. */
  readonly maps: readonly SharedMap[]
  /** Those that more than one goroutine can reach. */
  readonly shared: readonly SharedMap[]
}

/** Finds the maps that goroutines share unsafely. Pure: facts in, judgement out. */
export function analyse(packages: readonly PackageFacts[]): Analysis {
  const engine = buildEngine(packages)
  const judged: Judged[] = []
  for (const uses of collectMaps(engine).values()) {
    if (uses.object.facts.file >= 0) judged.push(judge(engine, uses))
  }
  const findings = judged.map(toFinding).filter(finding => finding !== null)
  return {
    program: engine.program,
    findings: findings.sort(bySource),
    maps: judged.map(j => j.map),
    shared: judged.filter(j => j.shared).map(j => j.map),
  }
}

function buildEngine(packages: readonly PackageFacts[]): Engine {
  const program = buildProgram(packages)
  const paths = buildPaths(program)
  const values = buildFuncValues(program, paths)
  const locks = buildLockSets(program, paths)
  const callers = buildCallers(program, values)
  const freshness = buildFreshness(program, paths, callers, locks)
  return { program, paths, values, locks, callers, freshness, orders: buildOrders(program, paths) }
}

function bySource(a: Finding, b: Finding): number {
  const key = (f: Finding): string => `${f.map.decl.file}\0${String(f.map.decl.start).padStart(10, '0')}\0${f.rule}`
  return key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0
}
