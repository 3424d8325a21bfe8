import type { Confidence } from '../types.js'
import type { Judged } from './findings.js'
import type { Use } from './maps.js'
import { type Race, racesBetween } from './races.js'

/** Pairs of ways looked at for two uses, and for one map: whoever wants an example has enough of them. */
const MAX_WAYS = 400
const MAX_PAIRS = 20_000

/**
 * Every race on a map, once for each pair of ways on which it happens, the surest first; among those the races of the finding's own two
 * uses, then one of each other two, then a second one of each … Bounded.
 */
export function meetings({ uses, owner, race }: Judged): readonly Race[] {
  const found: { race: Race; nth: number }[] = []
  let pairs = 0
  const meet = (a: Use, b: Use): void => {
    const nth: Record<Confidence, number> = { proven: 0, likely: 0, possible: 0 }
    let ways = 0
    for (const inA of a.contexts) {
      for (const inB of b.contexts) {
        if (ways++ > MAX_WAYS || pairs++ > MAX_PAIRS) return
        const one = { ...a, contexts: [inA] }
        const other = a === b && inA === inB ? one : { ...b, contexts: [inB] }
        const met = racesBetween(one, other, owner)
        const told = a === race?.a && b === race.b
        if (met) found.push({ race: { ...met, a, b, inA, inB }, nth: told ? 0 : ++nth[met.confidence] })
      }
    }
  }
  for (const [i, a] of uses.entries()) for (const b of uses.slice(i)) meet(a, b)
  const rank = ({ race: { confidence }, nth }: { race: Race; nth: number }): number =>
    nth + (confidence === 'likely' ? 0 : MAX_WAYS)
  return found.sort((x, y) => rank(x) - rank(y)).map((met) => met.race)
}
