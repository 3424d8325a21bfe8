import type { PackageFacts } from '../facts.js'
import type { Finding, SharedMap } from '../types.js'
import { buildEngine, type Engine } from './engine.js'
import { type Explanation, explain } from './explain.js'
import { type Judged, judge } from './findings.js'
import { collectMaps, type Use } from './maps.js'
import { meetings } from './meetings.js'
import type { Program } from './program.js'
import type { Race } from './races.js'
import { rules } from './rules/index.js'
import { summarise } from './summaries.js'
import { type Suppressed, suppress } from './suppress.js'
import { type Suppression, suppressionsOf } from './suppressions.js'

export type { Explanation } from './explain.js'
export { neededPackages } from './needed.js'
export type { Suppressed } from './suppress.js'
export type { Suppression } from './suppressions.js'

/** What the analysis says of a program. */
export interface Analysis {
  readonly program: Program
  /** What it was judged with. */
  readonly engine: Engine
  /** Sorted by file, position and rule. Confidence is not filtered here; what comments suppress is left out. */
  readonly findings: readonly Finding[]
  /** What comments in the code keep back, sorted alike. */
  readonly suppressed: readonly Suppressed[]
  /** Comments that mean to suppress something and do not: they have a problem, or there is nothing to suppress. */
  readonly idle: readonly Suppression[]
  /** Every package variable and field of map type, and every local that more than one function sees, sorted by name. */
  readonly maps: readonly SharedMap[]
  /** Those that more than one goroutine can reach. */
  readonly shared: readonly SharedMap[]
  /** Why a map of `maps` is judged as it is. */
  explain(map: SharedMap): Explanation
  /** The races on a map of `maps`, a pair of ways each, the surest first. */
  races(map: SharedMap): readonly Race[]
  /** The accesses of a map of `maps`, each with the ways to it. */
  uses(map: SharedMap): readonly Use[]
}

/** What the user says, and what the packages use, besides the packages themselves. */
export interface Surroundings {
  /** Functions that run what they are given in goroutines: "path.Func", "path.(*Type).Method", "path.Interface.Method". */
  readonly spawners?: readonly string[]
  /** Packages of other modules that neededPackages named: read for what they do with functions, not judged. */
  readonly dependencies?: readonly PackageFacts[]
}

/** Finds the maps that goroutines share unsafely. Pure: facts in, judgement out. */
export function analyse(packages: readonly PackageFacts[], around: Surroundings = {}): Analysis {
  const { spawners = [], dependencies = [] } = around
  const engine = buildEngine(packages, { spawners, summaries: summarise(dependencies) })
  const judged: Judged[] = []
  for (const uses of collectMaps(engine).values()) {
    if (uses.object.facts.file >= 0) judged.push(judge(engine, uses))
  }
  const comments = suppressionsOf(
    packages,
    rules.map(({ name }) => name),
  )
  const { findings, suppressed, idle } = suppress(judged, comments, (some) =>
    rules.flatMap((rule) => rule.find({ engine, judged: some })),
  )
  const judgedOf = (map: SharedMap): Judged => {
    const own = judged.find((j) => j.map === map)
    if (own === undefined) throw new Error(`bug: ${map.name} is not a map of this analysis`)
    return own
  }
  return {
    program: engine.program,
    engine,
    findings: [...findings].sort(bySource),
    suppressed: [...suppressed].sort((a, b) => bySource(a.finding, b.finding)),
    idle: comments.filter((comment) => comment.problem !== '' || idle.includes(comment)),
    maps: judged.map((j) => j.map),
    shared: judged.filter((j) => j.shared).map((j) => j.map),
    explain: (map) => explain(engine, judgedOf(map), findings, suppressed),
    races: (map) => meetings(judgedOf(map)),
    uses: (map) => judgedOf(map).uses,
  }
}

function bySource(a: Finding, b: Finding): number {
  const key = (f: Finding): string => {
    const { file, start } = (f.map ?? f.subject)?.decl ?? { file: '', start: 0 }
    return `${file}\0${String(start).padStart(10, '0')}\0${f.rule}\0${String(f.at?.start ?? 0).padStart(10, '0')}`
  }
  return key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0
}
