import type { Confidence } from '../types.js'
import type { Judged } from './findings.js'
import { type Race, racesBetween } from './races.js'

/** Pairs of ways looked at for one map: whoever wants an example has enough of them. */
const MAX_PAIRS = 4000

/**
 * Every race on a map, once for each pair of ways on which it happens, the surest first; at the front, the one that the
 * finding tells of. Bounded.
 */
export function meetings({ uses, owner, race }: Judged): readonly Race[] {
  const found: Record<Confidence, Race[]> = { proven: [], likely: [], possible: [] }
  let pairs = 0
  for (const [i, a] of uses.entries()) {
    for (const b of uses.slice(i)) {
      for (const inA of a.contexts) {
        for (const inB of b.contexts) {
          if (pairs++ > MAX_PAIRS) break
          const one = { ...a, contexts: [inA] }
          const other = a === b && inA === inB ? one : { ...b, contexts: [inB] }
          const met = racesBetween(one, other, owner)
          if (met) found[met.confidence].push({ ...met, a, b, inA, inB })
        }
      }
    }
  }
  const all = [...found.likely, ...found.possible]
  const told = all.filter(({ a, b }) => a === race?.a && b === race.b)
  return [...told, ...all.filter((met) => !told.includes(met))]
}
