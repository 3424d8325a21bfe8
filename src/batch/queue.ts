/** Units run by whoever takes them from a queue on Redis; results come back here, to the one ledger. */
import { Queue } from 'bullmq'
import { Interrupted, UserError } from '../errors.js'
import { connectTo, type Queued, queuedId, queueName, returnedSchema } from './queuejob.js'
import type { Asked, Hearing, Runner, RunnerOptions } from './runner.js'
import type { Trouble } from './unit.js'

/** Units that lie in the queue at one time, at most: what a batch asks for is no heap in other people's memory. */
const OUTSTANDING = 64
const LOOK_MS = 300
/** A Redis that does not answer for so long is gone. */
const GONE_MS = 15_000

/** A runner by way of the Redis at `url`, for workers of this version. Refused: a Redis that does not answer. */
export function queueRunner(url: string, version: string): (options: RunnerOptions) => Promise<Runner> {
  return async ({ signal, unitTimeoutMs }) => {
    const connection = connectTo(url, 'short')
    // BullMQ would wait for ever.
    await connection.ping().catch(() => {
      connection.disconnect()
      throw new UserError(`there is no Redis at ${withoutPassword(url)}\n  start one, or run the batch without --queue`)
    })
    const queue = new Queue(queueName(version), {
      connection,
      defaultJobOptions: {
        attempts: 3,
        backoff: { type: 'exponential', delay: 1000 },
        removeOnComplete: { age: 86_400 },
        removeOnFail: { age: 86_400 },
      },
    })
    // Each command says so, too.
    queue.on('error', () => undefined)
    return {
      run: (asked, hearing) => runAll(asked, hearing, { queue, signal, unitTimeoutMs, url }),
      async close() {
        await queue.close().catch(() => undefined)
        connection.disconnect()
      },
    }
  }
}

interface Place {
  readonly queue: Queue
  readonly signal: AbortSignal
  readonly unitTimeoutMs: number
  readonly url: string
}

interface Outstanding {
  readonly asked: Asked
  isStarted: boolean
}

async function runAll(asked: readonly Asked[], hearing: Hearing, place: Place): Promise<void> {
  const { queue, signal, unitTimeoutMs } = place
  const waiting = [...asked]
  const out = new Map<string, Outstanding>()
  let answered = Date.now()
  while (waiting.length > 0 || out.size > 0) {
    if (signal.aborted) throw new Interrupted()
    try {
      for (let next = waiting[0]; next !== undefined && out.size < OUTSTANDING; next = waiting[0]) {
        const job = queuedOf(next, unitTimeoutMs)
        const id = queuedId(job)
        // One that failed on every worker is asked for anew.
        const old = await queue.getJob(id)
        if (old !== undefined && (await old.isFailed())) await old.remove()
        await queue.add('unit', job, { jobId: id })
        out.set(id, { asked: next, isStarted: false })
        waiting.shift()
      }
      for (const [id, one] of [...out]) if (await look(id, one, hearing, queue)) out.delete(id)
      answered = Date.now()
    } catch (error) {
      if (error instanceof Interrupted || !isConnection(error)) throw error
      if (Date.now() - answered > GONE_MS)
        return giveUp([...[...out.values()].map((one) => one.asked), ...waiting], hearing, place)
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
}

/** Whether the job has ended, and was heard of. */
async function look(id: string, one: Outstanding, hearing: Hearing, queue: Queue): Promise<boolean> {
  const job = await queue.getJob(id)
  if (job === undefined) {
    await hearing.ended(one.asked, { kind: 'trouble', trouble: lost('the queue has lost it'), peak: 0 }, 0)
    return true
  }
  const state = await job.getState()
  if (!one.isStarted && (state === 'active' || state === 'completed')) {
    one.isStarted = true
    await hearing.started(one.asked)
  }
  if (state === 'active' && typeof job.progress === 'string') hearing.progress(one.asked, job.progress)
  if (state === 'completed') {
    const returned = returnedSchema.safeParse(job.returnvalue)
    // It ended between the two questions, and its result was not yet there.
    if (!returned.success && job.finishedOn === undefined) return false
    if (returned.success) await hearing.ended(one.asked, returned.data.ended, returned.data.seconds)
    else await hearing.ended(one.asked, { kind: 'trouble', trouble: lost('what came back is no result'), peak: 0 }, 0)
  } else if (state === 'failed') {
    if (job.finishedOn === undefined) return false
    const trouble = lost(`no worker could do it: ${job.failedReason ?? ''}`)
    await hearing.ended(one.asked, { kind: 'trouble', trouble, peak: 0 }, 0)
  } else return false
  // Results are in the ledger now.
  await job.remove()
  return true
}

async function giveUp(left: readonly Asked[], hearing: Hearing, { url }: Place): Promise<void> {
  const trouble: Trouble = {
    kind: 'queue',
    message: `Redis at ${withoutPassword(url)} went away`,
    advice: 'run batch again when it is back: units that were done are not done again',
  }
  for (const one of left) await hearing.ended(one, { kind: 'trouble', trouble, peak: 0 }, 0)
}

function queuedOf({ unit, findings, flags }: Asked, timeoutMs: number): Queued {
  return {
    url: unit.url,
    commit: unit.commit,
    dir: unit.dir,
    name: unit.name,
    packages: [...unit.packages],
    flags: [...flags, ...unit.flags],
    env: { ...unit.env },
    findings: findings === null ? null : [...findings],
    timeoutMs,
  }
}

function lost(message: string): Trouble {
  return { kind: 'queue', message, advice: 'look at what the workers say, and run batch again' }
}

/** ioredis has many words for a connection that is not there. */
function isConnection(error: unknown): boolean {
  const text =
    error instanceof Error
      ? `${error.name} ${error.message} ${'code' in error ? String(error.code) : ''}`
      : String(error)
  return /MaxRetries|ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|Connection is closed|connection|LOADING|READONLY/i.test(text)
}

function withoutPassword(url: string): string {
  return url.replace(/\/\/[^@/]*@/, '//')
}
