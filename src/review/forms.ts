/** The forms that a fix can be taken in: as planned, by another transform, in part, edited. Each is proved before it counts. */
import { dirname } from 'node:path'
import type { Fix } from '../candidates.js'
import { lineEdits } from '../edit/index.js'
import { filesOf } from '../merge.js'
import { describeFix, whyFailed } from '../outcome.js'
import type { Chosen } from '../plan/pass.js'
import type { Proof } from '../prove/prove.js'
import type { functionsOf } from '../report/functions.js'
import type { SuggestedFix } from '../types.js'
import type { Proofs, Workbench } from '../workbench.js'
import { alternativeOf } from './alternatives.js'
import type { Variant } from './decisions.js'
import { type FixHunk, fixHunks, hunkTitle, withoutHunks } from './hunks.js'

/** A fix in one of its forms: mostly one fix, several where another transform takes its maps apart. */
export interface Form {
  readonly variant: Variant
  readonly fixes: readonly Fix[]
  readonly proofs: Proofs
}

/** Why a form cannot be had, for people. */
export interface Unfit {
  readonly why: string
}

export function isUnfit(made: object): made is Unfit {
  return 'why' in made
}

/** What another transform makes of everything, where it makes something of each of these fixes. */
export async function replanned(
  bench: Workbench,
  subjects: readonly Fix[],
  variants: readonly Variant[],
): Promise<{ readonly fixes: readonly (readonly Fix[])[] } | Unfit> {
  const chosen = new Map<string, Chosen>()
  for (const [i, subject] of subjects.entries()) {
    const wanted = alternativeOf(variants[i]?.alternative ?? '')
    if (wanted) for (const map of subject.planned.maps) chosen.set(map.name, wanted.chosen)
  }
  const { fixes, settled } = await bench.replan(chosen)
  const own: (readonly Fix[])[] = []
  for (const subject of subjects) {
    const mine = fixes.filter((c) => c.planned.findings.some((finding) => subject.planned.findings.includes(finding)))
    const missing = subject.planned.findings.find(
      (finding) => !mine.some(({ planned }) => planned.findings.includes(finding)),
    )
    if (missing) {
      const { group, transform, outcome } = settled.get(missing) ?? { group: '', transform: '', outcome: null }
      if (outcome === null) return { why: `nothing was planned for ${(missing.map ?? missing.subject)?.name}` }
      const { reason, at } = describeFix(group, transform, outcome, bench.found.positions)
      return { why: `${at ? `${at}: ` : ''}${reason || 'it would stay as it is'}` }
    }
    own.push(inGroup(mine, subject.planned.group))
  }
  return { fixes: own }
}

/** What is planned anew keeps the group that its findings had. */
export function inGroup(fixes: readonly Fix[], group: string): readonly Fix[] {
  return fixes.map((c, i) => ({ ...c, planned: { ...c.planned, group: i === 0 ? group : `${group}.${i + 1}` } }))
}

/** Proves a form. */
export async function proved(bench: Workbench, variant: Variant, fixes: readonly Fix[]): Promise<Form | Unfit> {
  const proofs = await bench.prove(fixes)
  const failed = [...proofs.values()].find((proof): proof is Proof & { kind: 'failed' } => proof.kind === 'failed')
  return failed ? { why: whyFailed(failed) } : { variant, fixes, proofs }
}

/** All hunks of a form, each once. */
export function hunksOf(
  { fixes }: Pick<Form, 'fixes'>,
  functionAt: ReturnType<typeof functionsOf>,
): readonly FixHunk[] {
  const hunks = new Map<string, FixHunk>()
  for (const { fix } of fixes)
    for (const hunk of fixHunks(fix, functionAt)) {
      const known = hunks.get(hunk.name)
      hunks.set(hunk.name, known ? { ...known, edits: [...known.edits, ...hunk.edits] } : hunk)
    }
  return [...hunks.values()]
}

/**
 * The form without some of its hunks. It stands if it passes the proof and leaves nothing of what it was to end, and nothing new;
 * where it does not, the reason says which hunk it needs.
 */
export async function inPart(
  bench: Workbench,
  whole: Form,
  hunks: readonly FixHunk[],
  without: readonly string[],
): Promise<Form | Unfit> {
  const variant = { ...whole.variant, without }
  const made = await standing(bench, variant, partOf(whole, hunks, without))
  if (!isUnfit(made)) return made
  const declined = hunks.filter(({ name }) => without.includes(name))
  for (const hunk of declined.length > 1 ? declined.slice(0, TRIED) : []) {
    const fewer = without.filter((name) => name !== hunk.name)
    if (!isUnfit(await standing(bench, variant, partOf(whole, hunks, fewer))))
      return { why: `it needs ${hunkTitle(hunk)}\n${made.why}` }
  }
  const names = declined.map(hunkTitle).join(', ')
  return { why: `it needs ${declined.length > 1 ? `more than one of ${names}` : names}\n${made.why}` }
}

/** How many of the declined hunks are tried on their own: each trial is a proof. */
const TRIED = 6

/** The form as the user edited its texts (absolute path → text). */
export async function edited(
  bench: Workbench,
  whole: Form,
  texts: Readonly<Record<string, string>>,
): Promise<Form | Unfit> {
  const [first] = whole.fixes
  if (first === undefined) throw new Error('bug: a form without fixes')
  const edits = Object.entries(texts).flatMap(([path, text]) => {
    const before = bench.patches.before(path)
    return before === null ? [] : lineEdits(path, before, text)
  })
  const added = new Map(Object.entries(texts).filter(([path]) => bench.patches.before(path) === null))
  const fix: SuggestedFix = {
    ...first.fix,
    edits,
    added,
    notes: [...new Set(whole.fixes.flatMap((c) => c.fix.notes))],
    compound: whole.fixes.flatMap((c) => c.fix.compound),
  }
  const findings = whole.fixes.flatMap(({ planned }) => planned.findings)
  const maps = whole.fixes.flatMap(({ planned }) => planned.maps)
  const merged: Fix = {
    ...withFiles(first, fix),
    planned: { ...first.planned, findings, maps, outcome: fix },
    accesses: whole.fixes.flatMap(({ accesses }) => accesses),
    witnesses: whole.fixes.flatMap(({ witnesses }) => witnesses),
  }
  return standing(bench, { ...whole.variant, edited: texts }, [merged])
}

function partOf({ fixes }: Form, hunks: readonly FixHunk[], without: readonly string[]): readonly Fix[] {
  return fixes.flatMap((c) => {
    const own = new Set<object>(c.fix.edits)
    const mine = hunks
      .filter(({ edits, file }) => edits.some((edit) => own.has(edit)) || c.fix.added.has(file))
      .map((hunk) => ({ ...hunk, edits: hunk.edits.filter((edit) => own.has(edit)) }))
    const left = withoutHunks(c.fix, mine, without)
    return left === null ? [] : [withFiles(c, left)]
  })
}

function withFiles(c: Fix, fix: SuggestedFix): Fix {
  const files = filesOf(fix)
  return { ...c, fix, files, folders: new Set(files.map((file) => dirname(file))) }
}

/** Proof sees what fails; the analysis sees what tests do not reach. */
async function standing(bench: Workbench, variant: Variant, fixes: readonly Fix[]): Promise<Form | Unfit> {
  if (fixes.length === 0) return { why: 'nothing of it is left' }
  const form = await proved(bench, variant, fixes)
  if (isUnfit(form)) return form
  const remaining = await bench.remaining(fixes)
  return remaining.length === 0 ? form : { why: `mapfix would still find\n${remaining.join('\n')}` }
}
