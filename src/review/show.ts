/** What a review prints of a fix. */
import pc from 'picocolors'
import { describeFix } from '../outcome.js'
import type { Validation } from '../prove/stages.js'
import { prettyExplanation } from '../report/explained.js'
import { buildExplanation } from '../report/explanation.js'
import type { functionsOf } from '../report/functions.js'
import { prettyFinding } from '../report/pretty.js'
import { reported } from '../report/report.js'
import { ruleText } from '../report/ruletext.js'
import { wrapLines } from '../report/wrap.js'
import type { Syntax } from '../syntax/index.js'
import type { Overlay } from '../types.js'
import { evidenceFor } from '../witnesses.js'
import type { Workbench } from '../workbench.js'
import { ALTERNATIVES, alternativeOf } from './alternatives.js'
import type { Variant } from './decisions.js'
import type { Form } from './forms.js'
import { paintHunks } from './paint.js'
import type { Key, Screen } from './screen.js'

export interface Showing {
  readonly bench: Workbench
  readonly syntax: Syntax
  readonly functionAt: ReturnType<typeof functionsOf>
  readonly screen: Screen
}

/** The findings of a fix, what it does, and what was proved. */
export function formText(form: Form, { bench, screen }: Showing): string {
  const { found } = bench
  const parts = form.fixes.flatMap((c) => {
    const proof = form.proofs.get(c)
    if (proof === undefined) throw new Error('bug: a form without a proof')
    const fix = describeFix(
      c.planned.group,
      c.planned.transform,
      { status: 'proposed', fix: c.fix, validation: proof.validation, diff: '' },
      found.positions,
    )
    return c.planned.findings.map((finding, i) =>
      prettyFinding(
        reported(
          { finding, fix, evidence: evidenceFor(finding, proof, found) },
          found.ids,
          found.positions,
          found.evidence,
        ),
        i > 0,
        { color: screen.color, verbose: false, diffs: false },
      ),
    )
  })
  const how = describeVariant(form.variant)
  return wrapLines(parts.join('\n') + (how === '' ? '' : `  taken ${how}\n`), screen.width)
}

/** The hunks of texts, with file and function in each header. */
export function hunkTexts(overlay: Overlay, context: number, { bench, syntax, functionAt, screen }: Showing): string[] {
  const c = pc.createColors(screen.color)
  return [...overlay]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([file, after]) => {
      const before = bench.patches.before(file)
      const inFunction = (start: number): string => functionAt({ file, start })?.display ?? ''
      const name = bench.found.positions.file(file)
      const head = c.bold(before === null ? `${name} (new file)` : name)
      return paintHunks(before, after, syntax, { color: screen.color, context, inFunction }).map(
        (hunk) => `${head} ${hunk}`,
      )
    })
}

/** Why the findings of a form are findings: the table of `mapfix explain`. */
export function whyText(form: Form, { bench: { found }, screen }: Showing): string {
  const findings = [...new Set(form.fixes.flatMap(({ planned }) => planned.findings))]
  const maps = new Set(findings.flatMap(({ map }) => map ?? []))
  const report = buildExplanation({
    version: '',
    go: found.header.go,
    packages: [],
    maps: [...maps].map((map) => found.analysis.explain(map)),
    ids: found.ids,
    positions: found.positions,
  })
  const rules = new Set(findings.flatMap(({ map, rule }) => (map === null ? rule : [])))
  return [prettyExplanation(report, { color: screen.color, width: screen.width }), ...[...rules].map(ruleText)].join('')
}

/** The stages that said something. */
export function proofLine(validation: Validation): string {
  const stages = Object.entries(validation).filter(([, result]) => result !== 'off')
  return stages.map(([stage, result]) => `${stage} ${result}`).join(', ') || 'no stage was asked for'
}

/** "by sharded, without 1 hunk, as you edited it"; "" as it was planned. */
export function describeVariant({ alternative, without, edited }: Variant): string {
  return [
    alternative === '' ? '' : `as ${alternativeOf(alternative)?.name}`,
    without.length === 0 ? '' : `without ${without.length} of its hunks`,
    edited === null ? '' : 'as you edited it',
  ]
    .filter((text) => text !== '')
    .join(', ')
}

/** What may be pressed at a fix. */
export const KEYS: readonly Key[] = [
  { key: 'y', does: 'accept this fix' },
  { key: 'n', does: 'decline it' },
  { key: 'a', does: 'accept it and all the rest of this package' },
  { key: 'd', does: "decline it and all the rest of this file's" },
  ...ALTERNATIVES.map(({ key, name }) => ({ key, does: `plan and prove it as ${name} instead` })),
  { key: '0', does: 'back to the fix as it was planned' },
  { key: 'h', does: 'go through it hunk by hunk' },
  { key: 'e', does: 'edit the result in $EDITOR' },
  { key: 'w', does: 'why: every access, the locks held there, who gets there' },
  { key: '+', does: 'show more lines around each hunk' },
  { key: 't', does: 'run the proof again now' },
  { key: 'u', does: 'undo the last decision' },
  { key: 'q', does: 'quit and keep what was accepted' },
  { key: 'Q', does: 'quit and keep nothing' },
]

export const HELP_KEY: Key = { key: '?', does: 'explain the keys' }

export function keysText(keys: readonly Key[]): string {
  return `${keys.map(({ key, does }) => `  ${key}  ${does}\n`).join('')}  Ctrl-C  stop: nothing is written; --resume continues\n`
}
