/** The lines of a ledger. */
import { z } from 'zod'
import { TROUBLES } from './unit.js'

const count = z.int().min(0)
const at = z.iso.datetime()

const run = z.object({
  kind: z.literal('run'),
  at,
  /** Counts the runs of this ledger, from 1. */
  run: count,
  mapfix: z.string(),
  pid: count,
  /** Where worktrees stand while it lasts. */
  work: z.string(),
  /** The arguments, so that --resume can do the same. */
  argv: z.array(z.string()),
  cwd: z.string(),
  units: z.array(z.object({ name: z.string(), repository: z.string(), commit: z.string(), owner: z.string() })),
})

const trouble = z.object({ kind: z.enum(TROUBLES), message: z.string(), advice: z.string() })

/** What became of a finding: as in the report, where "proposed" is a fix that passed its proof. */
const finding = z.object({ id: z.string(), rule: z.string(), name: z.string(), status: z.string(), owner: z.string() })

const unit = z.object({
  kind: z.literal('unit'),
  at,
  run: count,
  unit: z.string(),
  repository: z.string(),
  commit: z.string(),
  /** What it was done with: equal keys have equal outcomes. */
  key: z.string(),
  /** running; clean: nothing found; fixed: all that was found is; left: some of it is not; failed: see trouble. */
  state: z.enum(['running', 'clean', 'fixed', 'left', 'failed']),
  owner: z.string(),
  trouble: trouble.nullable(),
  packages: count,
  maps: count,
  findings: z.array(finding),
  seconds: z.number(),
  /** Bytes; 0 where it was not measured. */
  peak: z.number(),
})

const made = z.object({
  kind: z.literal('made'),
  at,
  run: count,
  /** making: about to be; made: there it is; failed: see trouble. */
  state: z.enum(['making', 'made', 'failed']),
  /** Branch, or path of the patch. */
  name: z.string(),
  repository: z.string(),
  base: z.string(),
  tip: z.string(),
  /** Hash of what was committed, and on what. */
  content: z.string(),
  units: z.array(z.string()),
  fixes: count,
  trouble: trouble.nullable(),
  /** Exit status of the command that was run for it; null where none was. */
  exec: z.int().nullable(),
})

const end = z.object({ kind: z.literal('end'), at, run: count, status: z.int() })

export const recordSchema = z.discriminatedUnion('kind', [run, unit, made, end])

export type LedgerRecord = z.infer<typeof recordSchema>
export type RunRecord = z.infer<typeof run>
export type UnitRecord = z.infer<typeof unit>
export type MadeRecord = z.infer<typeof made>
