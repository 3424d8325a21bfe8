/** The mechanical fixes of the rules, and the planning of findings with them. */
import { firstConflict } from '../../edit/index.js'
import type { Finding } from '../../types.js'
import { isRefusal, type PlannedFix, refuse } from '../pass.js'
import { loadOrStore } from './loadorstore.js'
import { rebind } from './rebind.js'
import { placeOf, type Remedy, type RemedyPass } from './remedy.js'
import { size } from './size.js'
import { split } from './split.js'
import { unlock } from './unlock.js'

/** In the order of the rules. What guards a map is the transforms' affair. */
export const remedies: readonly Remedy[] = [split, unlock, rebind, loadOrStore, size]

/** Whether a rule has a mechanical fix of its own. */
export function hasRemedy(finding: Finding): boolean {
  return remedies.some(({ rule }) => rule === finding.rule)
}

/** One fix, or refusal, for each group of findings whose edits belong together; `group` names the n-th. Pure. */
export function mend(findings: readonly Finding[], pass: RemedyPass, group: (n: number) => string): PlannedFix[] {
  const mends = remedies.flatMap((remedy) => {
    const own = findings.filter(({ rule }) => rule === remedy.rule)
    return own.length === 0 ? [] : remedy.plan(own, pass)
  })
  return mends.map(({ findings: own, outcome }, i) => {
    const knot = isRefusal(outcome) ? null : firstConflict(outcome.edits)
    const [first] = own
    if (first === undefined) throw new Error('bug: a fix of nothing')
    return {
      group: group(i),
      maps: own.flatMap(({ map }) => map ?? []),
      findings: own,
      outcome: knot === null ? outcome : refuse(placeOf(first), 'its edits are entangled'),
      transform: 'auto',
    }
  })
}
