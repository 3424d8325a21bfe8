import type { Finding, SharedMap } from '../types.js'
import { type Judged, rejudge } from './findings.js'
import { useRange } from './maps.js'
import { racesBetween } from './races.js'
import { covers, type Suppression, suppresses } from './suppressions.js'

/** A finding that a comment keeps back. */
export interface Suppressed {
  readonly finding: Finding
  readonly by: Suppression
}

export interface Outcome {
  readonly findings: readonly Finding[]
  readonly suppressed: readonly Suppressed[]
  /** Comments that keep nothing back, and would not if other races on their maps were gone. */
  readonly idle: readonly Suppression[]
}

/**
 * The findings that no comment keeps back. A comment at an access vouches for that access alone: its map is judged again without
 * it, so that a race of two others is still found. `find` asks the rules about some maps.
 */
export function suppress(
  judged: readonly Judged[],
  comments: readonly Suppression[],
  find: (some: readonly Judged[]) => readonly Finding[],
): Outcome {
  const valid = comments.filter(({ problem }) => problem === '')
  const findings: Finding[] = []
  const suppressed: Suppressed[] = []
  const used = new Set<Suppression>()
  const vouched = new Map<SharedMap, Set<Suppression>>()
  const seen = new Set<string>()
  let some = judged
  let found = find(judged)
  while (found.length > 0) {
    const again = new Set<SharedMap>()
    for (const finding of found) {
      seen.add(identity(finding))
      const by = valid.filter((comment) => suppresses(comment, finding))
      for (const comment of by) used.add(comment)
      const [first] = by
      if (first === undefined) findings.push(finding)
      else {
        suppressed.push({ finding, by: first })
        if (vouchesForAccess(finding, by, vouched)) again.add(finding.map)
      }
    }
    some = some.filter(({ map }) => again.has(map)).map((j) => rejudge(j, (at) => has(vouched.get(j.map), at)))
    found = some.length === 0 ? [] : find(some).filter((f) => isRaceOn(f, again) && !seen.has(identity(f)))
  }
  return { findings, suppressed, idle: valid.filter((c) => !c.forAll && !used.has(c) && !mightCount(c, judged)) }
}

/** Whether the comments stand at one of the two accesses, not at the declaration, and have not been heeded there before. */
function vouchesForAccess(
  finding: Finding,
  by: readonly Suppression[],
  vouched: Map<SharedMap, Set<Suppression>>,
): finding is Finding & { map: SharedMap } {
  const { map, racing } = finding
  if (map === null || racing.length === 0 || by.some((comment) => covers(comment, map.decl))) return false
  const known = vouched.get(map) ?? new Set()
  const before = known.size
  for (const comment of by) known.add(comment)
  vouched.set(map, known)
  return known.size > before
}

function has(comments: ReadonlySet<Suppression> | undefined, at: Parameters<typeof covers>[1]): boolean {
  return comments !== undefined && [...comments].some((comment) => covers(comment, at))
}

function isRaceOn({ map, racing }: Finding, maps: ReadonlySet<SharedMap>): boolean {
  return map !== null && maps.has(map) && racing.length > 0
}

function identity({ rule, map, subject, at, racing }: Finding): string {
  const places = [at, ...racing.map((access) => access.range)].map((r) => `${r?.file}:${r?.start}`)
  return [rule, (map ?? subject)?.name, ...places].join(' ')
}

/** The comment stands at an access that races, though with another pair of the map's reported first. */
function mightCount(comment: Suppression, judged: readonly Judged[]): boolean {
  return judged.some(({ uses, owner }) =>
    uses.some(
      (use) => covers(comment, useRange(use)) && uses.some((other) => racesBetween(use, other, owner) !== null),
    ),
  )
}
