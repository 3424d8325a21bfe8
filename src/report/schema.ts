/** The shape of `--format=json`, as the command-line contract has it. schema/report.schema.json is made from it. */
import { z } from 'zod'
import { rules, SELECTED } from '../analysis/rules/index.js'

/** "file:line:col", 1-based, columns in bytes, relative to where the user stands. */
export const position = z.string()
const stage = z.enum([
  'ok',
  'failed',
  'baseline failed',
  'flaky',
  'hung',
  'unavailable',
  'off',
  'no tests',
  'not exercised',
])

export const access = z.object({
  op: z.string(),
  at: position,
  function: z.string(),
  held: z.array(z.string()),
  reached: z.array(z.string()),
})

const fix = z.object({
  group: z.string(),
  transform: z.string(),
  status: z.enum(['applied', 'proposed', 'open', 'refused', 'held', 'failed', 'declined']),
  reason: z.string(),
  at: z.union([position, z.literal('')]),
  notes: z.array(z.string()),
  compound: z.array(z.object({ at: position, operations: z.int().min(1), now: z.string() })),
  edits: z.int().min(0),
  files: z.array(z.string()),
  validation: z.object({ gofmt: stage, build: stage, vet: stage, test: stage, race: stage, witness: z.string() }),
  diff: z.string().optional(),
})

const id = z.string().regex(/^[0-9a-f]{16}$/)
const ruleName = z.enum([...rules.map((rule) => rule.name), SELECTED])

export const finding = z.object({
  id,
  rule: ruleName,
  map: z
    .object({ name: z.string(), kind: z.enum(['field', 'variable', 'local']), type: z.string(), at: position })
    .nullable(),
  subject: z.object({ kind: z.string(), name: z.string(), at: position }).optional(),
  confidence: z.enum(['proven', 'likely', 'possible']).nullable(),
  message: z.string(),
  at: position,
  racing: z.union([z.tuple([access, access]), z.tuple([])]),
  accesses: z.array(access),
  related: z.array(z.object({ at: position, what: z.string() })),
  evidence: z.array(z.object({ kind: z.string(), at: z.string() })),
  fix: fix.optional(),
})

const count = z.int().min(0)

/** What keeps a finding back: a comment in the code, or the file of known findings. */
export const suppressedBy = z.object({ kind: z.enum(['comment', 'file']), at: z.string(), reason: z.string() })

const suppressed = z.object({
  id,
  rule: z.string(),
  name: z.string(),
  confidence: z.enum(['proven', 'likely', 'possible']),
  at: position,
  by: suppressedBy,
})

export const reportSchema = z.object({
  schema: z.literal(1),
  tool: z.object({ name: z.literal('mapfix'), version: z.string() }),
  go: z.string(),
  errors: z.array(z.object({ package: z.string(), message: z.string() })),
  findings: z.array(finding),
  suppressed: z.array(suppressed),
  /** Suppressions that suppress nothing, and why. */
  unused: z.array(z.object({ at: z.string(), text: z.string(), message: z.string() })),
  summary: z.object({
    packages: count,
    maps: count,
    shared: count,
    findings: count,
    applied: count,
    open: count,
    refused: count,
    held: count,
    failed: count,
    declined: count,
    suppressed: count,
    /** Less sure than --min-confidence asks for. */
    hidden: z.object({ likely: count, possible: count }),
    /** Without an access on a line that changed since --new-from-rev. */
    unchanged: count,
    seconds: z.number().min(0),
  }),
})

export type Report = z.infer<typeof reportSchema>
export type FindingReport = z.infer<typeof finding>
export type FixReport = z.infer<typeof fix>
export type SuppressedReport = z.infer<typeof suppressed>
export type AccessReport = z.infer<typeof access>
