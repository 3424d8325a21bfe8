/** A unit as it lies in the queue, and what comes back: plain data, since other machines read it. */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { answerSchema } from './job.js'
import { TROUBLES } from './unit.js'

export const queuedSchema = z.object({
  /** Where git gets the repository. */
  url: z.string(),
  commit: z.string(),
  dir: z.string(),
  name: z.string(),
  packages: z.array(z.string()),
  flags: z.array(z.string()),
  env: z.record(z.string(), z.string()),
  findings: z.array(z.string()).nullable(),
  timeoutMs: z.number(),
})

export const returnedSchema = z.object({
  seconds: z.number(),
  ended: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('answer'), answer: answerSchema, peak: z.number() }),
    z.object({
      kind: z.literal('trouble'),
      trouble: z.object({ kind: z.enum(TROUBLES), message: z.string(), advice: z.string() }),
      peak: z.number(),
    }),
  ]),
})

export type Queued = z.infer<typeof queuedSchema>
export type Returned = z.infer<typeof returnedSchema>

/** Workers and batches of one version understand each other. */
export function queueName(version: string): string {
  return `mapfix-${version}`
}

/** The same unit has the same id, so that asking twice is asking once. */
export function queuedId(job: Queued): string {
  return createHash('sha256').update(JSON.stringify(job)).digest('hex').slice(0, 32)
}

/** What BullMQ is told of a Redis. Commands fail within seconds when it is gone; the connection is tried again for ever. */
export function connectionTo(url: string): {
  url: string
  maxRetriesPerRequest: number
  connectTimeout: number
  retryStrategy: (times: number) => number
} {
  return { url, maxRetriesPerRequest: 2, connectTimeout: 5000, retryStrategy: (times) => Math.min(times * 200, 2000) }
}
