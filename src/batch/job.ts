/** What a child process is asked to do with one unit, and what it answers: plain data, since it crosses processes and machines. */
import { z } from 'zod'

export const jobSchema = z.object({
  /** Absolute folder of the module, in a worktree. */
  dir: z.string(),
  /** Absolute root of that worktree: paths in the answer are relative to it. */
  root: z.string(),
  /** The flags and packages, as on the command line. */
  argv: z.array(z.string()),
  /** Variables that the environment gets besides. */
  env: z.record(z.string(), z.string()),
  /** Ids of the findings to fix; null for all. */
  findings: z.array(z.string()).nullable(),
})

const count = z.int().min(0)

const findingSchema = z.object({
  id: z.string(),
  rule: z.string(),
  name: z.string(),
  confidence: z.string(),
  status: z.string(),
  reason: z.string(),
  /** Of the declaration, relative to the root. */
  file: z.string(),
})

const stepSchema = z.object({
  findings: z.array(z.string()),
  /** Of the first map's declaration: decides the owner and the package. */
  file: z.string(),
  message: z.string(),
  files: z.array(z.tuple([z.string(), z.string().nullable()])),
})

export const answerSchema = z.object({
  go: z.string(),
  packages: count,
  maps: count,
  errors: z.array(z.object({ package: z.string(), message: z.string() })),
  findings: z.array(findingSchema),
  steps: z.array(stepSchema),
})

/** The lines that the child prints. */
export const lineSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('progress'), text: z.string() }),
  z.object({ kind: z.literal('answer'), answer: answerSchema }),
  z.object({ kind: z.literal('error'), message: z.string() }),
])

export type Job = z.infer<typeof jobSchema>
export type Answer = z.infer<typeof answerSchema>
export type UnitFinding = z.infer<typeof findingSchema>
/** One fix of a unit: a commit. */
export type UnitStep = z.infer<typeof stepSchema>
