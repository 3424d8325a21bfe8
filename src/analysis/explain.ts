import type { Access, Finding, Sentence, SharedMap } from '../types.js'
import type { Engine } from './engine.js'
import { whyClean } from './explainclean.js'
import { raceFacts, raceRemedies } from './explainrace.js'
import type { Judged } from './findings.js'
import { heldAt, isExclusive, isOver } from './guards.js'
import { accessOf, type Use } from './maps.js'
import { racesBetween } from './races.js'
import type { Suppressed } from './suppress.js'
import type { Suppression } from './suppressions.js'

/** Why a map is judged as it is. */
export interface Explanation {
  readonly map: SharedMap
  /** More than one goroutine can reach it. */
  readonly shared: boolean
  /** Accesses that others can meet and that do not hold the guard as they must; empty where there is none. */
  readonly lacking: readonly Access[]
  /** What can run beside nothing else, and why. */
  readonly alone: ReadonlyMap<Access, string>
  readonly findings: readonly ExplainedFinding[]
  /** Where there is no finding: what keeps the accesses apart, and what would end that. */
  readonly facts: readonly Sentence[]
  readonly changes: readonly Sentence[]
}

export interface ExplainedFinding {
  readonly finding: Finding
  /** The comment that keeps it back, null if none does. */
  readonly by: Suppression | null
  readonly facts: readonly Sentence[]
  /** What would make it go away, or surer. */
  readonly changes: readonly Sentence[]
}

/** Explains the judgement of a map by what it was made from. */
export function explain(
  engine: Engine,
  judged: Judged,
  findings: readonly Finding[],
  suppressed: readonly Suppressed[],
): Explanation {
  const { map, uses, shared } = judged
  const isMine = (finding: Finding): boolean => finding.map?.name === map.name
  const own = [
    ...findings.filter(isMine).map((finding) => ({ finding, by: null })),
    ...suppressed.filter(({ finding }) => isMine(finding)),
  ]
  const lacking = uses.filter((use) => lacksGuard(judged, use)).flatMap((use) => accessOf(map, use) ?? [])
  return {
    map,
    shared,
    lacking,
    alone: new Map(map.accesses.flatMap((access, i) => whyAlone(access, uses[i]))),
    findings: own.map(({ finding, by }) => ({ finding, by, ...aboutFinding(engine, judged, finding, by, lacking) })),
    ...(own.length > 0 ? { facts: [], changes: [] } : whyClean(engine, judged)),
  }
}

/** The facts of a finding about two accesses; other findings say all in their message and places. */
function aboutFinding(
  engine: Engine,
  judged: Judged,
  finding: Finding,
  by: Suppression | null,
  lacking: readonly Access[],
): Pick<ExplainedFinding, 'facts' | 'changes'> {
  const [a, b] = finding.racing.map((access) => useOf(judged, access))
  const race = a && b ? racesBetween(spawnsFirst(a), spawnsFirst(b), judged.owner) : null
  const ignore: Sentence =
    by === null
      ? [`//mapfix:ignore ${finding.rule} and a reason, above `, judged.map.decl]
      : ['without the comment at ', by.at, ' it is reported']
  if (race === null) return { facts: [], changes: [ignore] }
  return {
    facts: raceFacts(engine, judged, race),
    changes: [...raceRemedies(engine, judged, race, lacking), ignore],
  }
}

/** A goroutine that is seen convinces more than callers who are not. */
function spawnsFirst(use: Use): Use {
  return { ...use, contexts: [...use.contexts].sort((x, y) => Number(y.spawn !== null) - Number(x.spawn !== null)) }
}

function useOf({ map, uses }: Judged, access: Access): Use | undefined {
  return uses[map.accesses.indexOf(access)]
}

function lacksGuard({ map: { guard }, uses }: Judged, use: Use): boolean {
  if (guard === null || isExclusive(use) || use.contexts.every(isOver)) return false
  const { key } = guard.object
  const mode = heldAt(use, !uses.some((other) => heldAt(other).has(key))).get(key)
  const write = use.variable === 'w' || use.contents === 'w'
  return mode === undefined || (write && mode === 'r')
}

function whyAlone(access: Access, use: Use | undefined): [Access, string][] {
  if (!access.exclusive || use === undefined) return []
  if (use.contexts.every(({ root, spawn }) => root === 'init' && !spawn)) return [[access, 'before main starts']]
  if (isExclusive(use)) return [[access, 'nobody else has the map there']]
  return [[access, 'no goroutine that has the map runs meanwhile']]
}
