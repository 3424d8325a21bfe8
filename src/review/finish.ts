/** The end of a review: what was accepted is proved together. */
import type { Fix } from '../candidates.js'
import { namesOf } from '../candidates.js'
import { clashing } from '../merge.js'
import { whyFailed } from '../outcome.js'
import type { Chosen } from '../plan/pass.js'
import type { Proof } from '../prove/prove.js'
import { NOT_VALIDATED } from '../prove/stages.js'
import type { Proofs, Workbench } from '../workbench.js'
import { alternativeOf } from './alternatives.js'
import { type Form, inGroup } from './forms.js'
import type { Screen } from './screen.js'

/** What the accepted forms come to together. Where some fail, the user is told which, and asked; null: decide anew. */
export async function prove(bench: Workbench, forms: readonly Form[], screen: Screen): Promise<Proofs | null> {
  const fixes = await leanest(bench, forms)
  const fit: Fix[] = []
  const proofs = new Map<Fix, Proof>()
  for (const c of fixes) {
    const other = fit.find(({ fix }) => clashing(c.fix, [fix]) !== null)
    if (other === undefined) fit.push(c)
    else
      proofs.set(c, {
        kind: 'failed',
        validation: NOT_VALIDATED,
        stage: 'build',
        output: `conflicts with the fix of ${namesOf(other.planned)}`,
      })
  }
  if (fit.length > 0) await screen.say(`proving together what was accepted\n`)
  for (const [c, proof] of await bench.prove(fit)) proofs.set(c, proof)
  const failed = [...proofs].filter(([, { kind }]) => kind === 'failed')
  if (failed.length === 0) return proofs
  for (const [c, proof] of failed)
    if (proof.kind === 'failed') await screen.say(`${namesOf(c.planned)} is left out: ${whyFailed(proof)}\n`)
  const key = await screen.ask(`Write the others (${proofs.size - failed.length})?`, [
    { key: 'y', does: 'write what stands together' },
    { key: 'u', does: 'undo the last decision, and decide anew' },
    { key: 'Q', does: 'quit and keep nothing' },
  ])
  if (key === 'u') return null
  return key === 'Q' ? new Map() : proofs
}

/** The fixes planned without those that are not wanted: their container files lack what only those would call. */
async function leanest(bench: Workbench, forms: readonly Form[]): Promise<readonly Fix[]> {
  const shown = forms.flatMap(({ fixes }) => fixes)
  if (forms.length === 0 || forms.some(({ variant }) => variant.edited !== null || variant.without.length > 0))
    return shown
  const chosen = new Map<string, Chosen>()
  for (const { variant, fixes } of forms) {
    const wanted = alternativeOf(variant.alternative)
    if (wanted) for (const { planned } of fixes) for (const map of planned.maps) chosen.set(map.name, wanted.chosen)
  }
  const { fixes } = await bench.replan(
    chosen,
    shown.flatMap(({ planned }) => planned.findings),
  )
  const all = shown.flatMap((c) => {
    const same = fixes.filter(
      ({ fix, planned }) => sameFindings(planned.findings, c.planned.findings) && sameEdits(fix.edits, c.fix.edits),
    )
    return inGroup(same, c.planned.group)
  })
  return all.length === shown.length ? all : shown
}

function sameFindings(a: Fix['planned']['findings'], b: Fix['planned']['findings']): boolean {
  return a.length === b.length && a.every((finding) => b.includes(finding))
}

/** What the user saw is what is written. */
function sameEdits(a: Fix['fix']['edits'], b: Fix['fix']['edits']): boolean {
  return (
    a.length === b.length &&
    a.every((edit, i) => {
      const other = b[i]
      return (
        other !== undefined &&
        edit.file === other.file &&
        edit.start === other.start &&
        edit.end === other.end &&
        edit.newText === other.newText
      )
    })
  )
}
