/** A worker: takes units from the queue, and gives back what came of them. A unit that it dies over is given to another. */
import { join } from 'node:path'
import { UnrecoverableError, Worker } from 'bullmq'
import type { Env } from '../go/env.js'
import { git, type Place } from '../write/git.js'
import { openSlot, type Slot } from '../write/worktrees.js'
import { connectTo, type Queued, queuedSchema, queueName, type Returned } from './queuejob.js'
import { type Asked, runOne } from './runner.js'
import { cloned } from './sources.js'

export interface WorkerOptions {
  readonly url: string
  readonly version: string
  readonly env: Env
  readonly jobs: number
  /** Bytes for each unit. */
  readonly memory: number
  /** A unit whose worker was not heard of for so long goes to another. */
  readonly leaseMs: number
  /** Folder for worktrees, the worker's own. */
  readonly work: string
  /** Folder for clones. */
  readonly clones: string
  readonly signal: AbortSignal
  readonly onEvent: (text: string) => void
}

/** Works until the signal says so. */
export async function work(options: WorkerOptions): Promise<void> {
  const { url, version, env, jobs, leaseMs, signal, onEvent } = options
  const free: Slot[] = []
  for (let n = 0; n < jobs; n++) free.push(await openSlot(join(options.work, String(n)), { env }))
  const all = [...free]
  const turn = inTurn()
  const connection = connectTo(url, 'long')
  const worker = new Worker(
    queueName(version),
    async (job): Promise<Returned> => {
      const read = queuedSchema.safeParse(job.data)
      if (!read.success) throw new UnrecoverableError('this is no unit of mapfix')
      const slot = free.pop()
      if (slot === undefined) throw new Error('bug: no slot is free')
      try {
        onEvent(`${read.data.name}: taken`)
        const begun = performance.now()
        const asked = await askedOf(read.data, options, turn)
        // Its memory is watched by itself: others are not to be stopped for it.
        const watch: { memory: () => number; stop: () => void } = { memory: () => 0, stop: () => undefined }
        let isTooLarge = false
        const timer = setInterval(() => {
          if (watch.memory() <= options.memory || isTooLarge) return
          isTooLarge = true
          watch.stop()
        }, 500)
        const ended = await runOne(
          asked,
          slot,
          { env, jobs, memory: options.memory, unitTimeoutMs: read.data.timeoutMs, work: options.work, signal },
          (it) => Object.assign(watch, it),
          (text) => void job.updateProgress(text).catch(() => undefined),
        ).finally(() => clearInterval(timer))
        if (ended === null) throw new Error('the worker was stopped')
        const seconds = Math.round((performance.now() - begun) / 100) / 10
        onEvent(`${read.data.name}: ${ended.kind} (${seconds} s)`)
        if (ended.kind !== 'stopped') return { ended, seconds }
        const trouble = {
          kind: 'memory' as const,
          message: `it takes more than the ${Math.round(options.memory / 1e6)} MB of the worker`,
          advice: 'give workers more with --memory',
        }
        return { ended: { kind: 'trouble', trouble, peak: ended.peak }, seconds }
      } finally {
        free.push(slot)
      }
    },
    {
      connection,
      concurrency: jobs,
      lockDuration: leaseMs,
      stalledInterval: leaseMs,
      maxStalledCount: 5,
    },
  )
  worker.on('error', (error) => onEvent(`redis: ${error.message || 'no connection'}`))
  worker.on('failed', (job, error) => onEvent(`${job?.data?.name ?? 'a unit'}: ${error.message}`))
  try {
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve()
      else signal.addEventListener('abort', () => resolve())
    })
  } finally {
    await worker.close(true).catch(() => undefined)
    connection.disconnect()
    for (const slot of all) await slot.close()
  }
}

/** The unit, in a clone of this machine's. Throws where git cannot have it: another worker may. */
async function askedOf(
  job: Queued,
  { clones, env, signal }: WorkerOptions,
  turn: ReturnType<typeof inTurn>,
): Promise<Asked> {
  const place: Place = { env, signal }
  const { path, trouble } = await turn(job.url, () => cloned(job.url, '', clones, place))
  const has = async (): Promise<boolean> =>
    (await git(['cat-file', '-e', `${job.commit}^{commit}`], path, place))?.code === 0
  if (trouble !== null) throw new Error(trouble.message)
  if (!(await has())) await git(['fetch', '--quiet', 'origin', job.commit], path, place)
  if (!(await has())) throw new Error(`${job.url} has no commit ${job.commit}`)
  const { name, url, commit, dir, packages, flags, env: own, findings } = job
  return {
    findings,
    flags,
    unit: {
      name,
      repository: path,
      url,
      commit,
      dir,
      packages,
      flags: [],
      env: own,
      owner: '-',
      isOwnerGiven: false,
      trouble: null,
    },
  }
}

/** Two fetches of one clone at one time would be in each other's way. */
function inTurn(): <T>(key: string, action: () => Promise<T>) => Promise<T> {
  const busy = new Map<string, Promise<unknown>>()
  return (key, action) => {
    const mine = (busy.get(key) ?? Promise.resolve()).then(action, action)
    busy.set(key, mine)
    return mine
  }
}
