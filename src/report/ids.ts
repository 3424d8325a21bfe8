import { createHash } from 'node:crypto'
import type { PackageFacts } from '../facts.js'
import type { Finding } from '../types.js'
import { functionsOf } from './functions.js'

/**
 * An id for each finding, which stays when lines move and unrelated code changes: a race is known by its rule and its map; what a
 * map, a lock or a variable may have several of also by the function it stands in, and its number there. Suppressed findings are
 * numbered too, so that a comment more or less changes no other id.
 */
export function findingIds(
  findings: readonly Finding[],
  suppressed: readonly Finding[],
  packages: readonly PackageFacts[],
): ReadonlyMap<Finding, string> {
  const functionAt = functionsOf(packages)
  const races = [...suppressed, ...findings].filter(isRace)
  const others = [...suppressed, ...findings].filter((finding) => !isRace(finding)).sort(byPlace)
  const counts = new Map<string, number>()
  return new Map(
    [...races, ...others].map((finding) => {
      const name = (finding.map ?? finding.subject)?.name
      const place = isRace(finding) || finding.at === null ? '' : `\0${functionAt(finding.at)?.key ?? ''}`
      const key = `${finding.rule}\0${name}${place}`
      const nth = (counts.get(key) ?? 0) + 1
      counts.set(key, nth)
      const id = createHash('sha256').update(nth === 1 ? key : `${key}\0${nth}`)
      return [finding, id.digest('hex').slice(0, 16)]
    }),
  )
}

function isRace({ racing }: Finding): boolean {
  return racing.length > 0
}

function byPlace(a: Finding, b: Finding): number {
  const key = ({ at }: Finding): string => `${at?.file}\0${String(at?.start ?? 0).padStart(10, '0')}`
  return key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0
}
