/** What a ledger says, counted: by state, owner and rule now, and by run over time. Pure. */
import { z } from 'zod'
import { type History, lastOf } from './ledger.js'
import type { UnitRecord } from './records.js'

const count = z.int().min(0)
const tally = z.object({ found: count, fixed: count, refused: count, held: count, failed: count, open: count })
const row = tally.extend({ name: z.string() })

export const burndownSchema = z.object({
  schema: z.literal(1),
  runs: z.array(
    z.object({
      run: count,
      /** When it began. */
      at: z.string(),
      /** It was cut short, or goes on. */
      ended: z.boolean(),
      units: z.object({ all: count, clean: count, fixed: count, left: count, failed: count, waiting: count }),
      findings: tally,
    }),
  ),
  owners: z.array(row),
  rules: z.array(row),
  units: z.array(
    row.extend({
      owner: z.string(),
      state: z.string(),
      trouble: z.string(),
      advice: z.string(),
      seconds: z.number(),
      peak: z.number(),
    }),
  ),
})

export type Burndown = z.infer<typeof burndownSchema>
export type Tally = z.infer<typeof tally>

/** Counts a history. A finding is "fixed" when there is a proved fix for it in a branch, whether or not that was merged. */
export function burndown(history: History): Burndown {
  const runs = history.runs.map(({ run, at, units: asked }) => {
    const names = new Set(asked.map(({ name, repository }) => `${repository} ${name}`))
    const upTo = lastOf(history.units.filter((record) => record.run <= run))
    const records = [...upTo].flatMap(([key, record]) => (names.has(key) ? [record] : []))
    const states = (state: UnitRecord['state']): number => records.filter((record) => record.state === state).length
    const [clean, fixed, left, failed] = [states('clean'), states('fixed'), states('left'), states('failed')]
    const waiting = asked.length - clean - fixed - left - failed
    return {
      run,
      at,
      ended: history.ended.has(run),
      units: { all: asked.length, clean, fixed, left, failed, waiting: Math.max(0, waiting) },
      findings: tallyOf(records.flatMap(({ findings }) => findings)),
    }
  })
  const last = history.runs.at(-1)
  const asked = new Set(last?.units.map(({ name, repository }) => `${repository} ${name}`))
  const now = [...lastOf(history.units)].flatMap(([key, record]) => (asked.has(key) ? [record] : []))
  const findings = now.flatMap((record) => record.findings)
  return {
    schema: 1,
    runs,
    owners: rowsBy(findings, ({ owner }) => owner),
    rules: rowsBy(findings, ({ rule }) => rule),
    units: now
      .map((record) => ({
        ...tallyOf(record.findings),
        name: record.unit,
        owner: record.owner,
        state: record.state,
        trouble: record.trouble === null ? '' : `${record.trouble.kind}: ${record.trouble.message}`,
        advice: record.trouble?.advice ?? '',
        seconds: record.seconds,
        peak: record.peak,
      }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
  }
}

type Findings = UnitRecord['findings']

function rowsBy(findings: Findings, key: (finding: Findings[number]) => string): (Tally & { name: string })[] {
  const groups = new Map<string, Findings>()
  for (const finding of findings) groups.set(key(finding), [...(groups.get(key(finding)) ?? []), finding])
  const rows = [...groups].map(([name, some]) => ({ name, ...tallyOf(some) }))
  return rows.sort((a, b) => b.found - a.found || (a.name < b.name ? -1 : 1))
}

function tallyOf(findings: Findings): Tally {
  const status = (name: string): number => findings.filter((finding) => finding.status === name).length
  return {
    found: findings.length,
    fixed: status('proposed'),
    refused: status('refused'),
    held: status('held'),
    failed: status('failed'),
    open: status('open'),
  }
}
