/** A unit as it lies in the queue, and what comes back: plain data, since other machines read it. */
import { createHash } from 'node:crypto'
import { Redis } from 'ioredis'
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

/**
 * A connection for BullMQ, which is tried again for ever. Who waits for answers (`patience` "short") hears within seconds that it is gone; a worker has
 * time. Whoever opens it disconnects it.
 */
export function connectTo(url: string, patience: 'short' | 'long'): Redis {
  const redis = new Redis(url, {
    maxRetriesPerRequest: patience === 'short' ? 2 : null,
    connectTimeout: 5000,
    retryStrategy: (times) => Math.min(times * 200, 2000),
  })
  // Each command says so, too.
  redis.on('error', () => undefined)
  return redis
}
