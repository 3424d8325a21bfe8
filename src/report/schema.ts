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
  /** For each of these, the functions on the way from there to the access, whose own is the last. */
  paths: z.array(z.array(z.string())),
})

export const validation = z.object({
  gofmt: stage,
  build: stage,
  vet: stage,
  test: stage,
  race: stage,
  witness: z.string(),
})

export const coverage = z.object({ lines: z.int().min(0), covered: z.int().min(0) })

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
  validation,
  /** Of the Go lines that the fix touched: those that can run, and those that tests ran. Absent where that was not looked at. */
  coverage: coverage.optional(),
  /** Tests that were made to race on its maps, and did without it; with what they printed then. Absent where there is none. */
  tests: z.array(z.object({ test: z.string(), text: z.string(), before: z.string() })).optional(),
  /** Of the packages that the fix can reach: those whose tests did not simply pass, and why. */
  packages: z.array(z.object({ package: z.string(), result: stage, why: z.string() })).optional(),
  /** Files that tests made or changed in the copy in which they ran; in the user's tree they would have, too. */
  strays: z.array(z.string()).optional(),
  diff: z.string().optional(),
})

const count = z.int().min(0)

/** What names the map: a test made for it, or what the user's evidence holds. */
const observation = z.object({
  kind: z.enum(['witness', 'race', 'crash', 'dump']),
  at: z.string(),
  op: z.string().optional(),
  function: z.string().optional(),
  /** Not in the evidence: the write that a crash most likely met. */
  inferred: z.boolean().optional(),
  /** File and byte: where the evidence begins. */
  from: z.string().optional(),
  count: z.int().min(1).optional(),
  /** Times as the log has them. */
  first: z.string().optional(),
  last: z.string().optional(),
  what: z.string().optional(),
})

const seenStack = z.object({
  kind: z.enum(['race', 'crash']),
  /** What this side did, the likelier ones first where it is inferred. */
  op: z.string(),
  count: z.int().min(1),
  first: z.string(),
  last: z.string(),
  /** "function file:line", innermost first, without the runtime's. */
  frames: z.array(z.string()),
})

/** All that --evidence says, the maps in the order in which they deserve attention. */
const evidence = z.object({
  races: z.int().min(0),
  crashes: z.int().min(0),
  goroutines: z.int().min(0),
  profiles: z.array(z.object({ file: z.string(), kind: z.string(), samples: z.int().min(0) })),
  maps: z.array(
    z.object({
      name: z.string(),
      at: position,
      races: z.int().min(0),
      crashes: z.int().min(0),
      first: z.string(),
      last: z.string(),
      /** The analysis holds it to be safe. */
      contradicts: z.boolean(),
      suppressed: z.boolean(),
      /** Samples of processor profiles, by label where --by-label splits them. */
      reads: count,
      writes: count,
      labels: z.array(z.object({ value: z.string(), reads: count, writes: count })),
      /** Bytes in use that its entries took, in each heap profile. */
      bytes: z.array(count),
      /** Seconds that goroutines waited for the lock that guards it, and the part of all waiting for locks. */
      waited: z.number().min(0),
      waitedShare: z.number().min(0).max(1),
      /** Dumps in which several goroutines were writing at once without a lock: a suspected race. */
      together: z.array(z.object({ from: z.string(), time: z.string(), goroutines: count, at: z.array(position) })),
      stacks: z.array(seenStack),
    }),
  ),
  unplaced: z.array(
    z.object({
      kind: z.enum(['race', 'crash']),
      from: z.string(),
      count: z.int().min(1),
      why: z.string(),
      frames: z.array(z.string()),
    }),
  ),
  notes: z.array(z.string()),
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
  evidence: z.array(observation),
  /** What would prove it, and how to get that; absent where it is proven, or not about a race. */
  settle: z.string().optional(),
  fix: fix.optional(),
})

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
  evidence: evidence.optional(),
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
export type EvidenceReport = z.infer<typeof evidence>
export type FixReport = z.infer<typeof fix>
export type SuppressedReport = z.infer<typeof suppressed>
export type AccessReport = z.infer<typeof access>
