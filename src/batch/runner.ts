/** Who runs units: on this machine, each in a process and a worktree of its own. */
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { Interrupted, ToolError, UserError } from '../errors.js'
import type { Env } from '../go/env.js'
import { openSlot, type Slot } from '../write/worktrees.js'
import { type Ended, runChild } from './child.js'
import { type Running, schedule } from './schedule.js'
import type { Trouble, Unit } from './unit.js'

/** A unit to be run: whole, or for some of its findings. */
export interface Asked {
  readonly unit: Unit
  readonly findings: readonly string[] | null
  readonly flags: readonly string[]
}

export interface Hearing {
  readonly started: (asked: Asked) => Promise<void>
  readonly progress: (asked: Asked, text: string) => void
  readonly ended: (asked: Asked, ended: Exclude<Ended, { kind: 'stopped' }>, seconds: number) => Promise<void>
}

export interface Runner {
  /** Runs all of them, in whatever order; resolves when each has ended. */
  run(asked: readonly Asked[], hearing: Hearing): Promise<void>
  close(): Promise<void>
}

export interface RunnerOptions {
  readonly env: Env
  readonly jobs: number
  readonly memory: number
  readonly unitTimeoutMs: number
  readonly work: string
  readonly signal: AbortSignal
}

/** The runner of this machine. */
export async function startLocal(options: RunnerOptions): Promise<Runner> {
  const { jobs, memory, signal, work, env } = options
  const slots = new Map<number, Promise<Slot>>()
  const slotOf = (n: number): Promise<Slot> => {
    const slot = slots.get(n) ?? openSlot(join(work, String(n)), { env })
    slots.set(n, slot)
    return slot
  }
  return {
    run: (asked, hearing) =>
      schedule(
        asked,
        { jobs, memory, signal },
        async (one, n, running) => {
          const begun = performance.now()
          await hearing.started(one)
          const ended = await runOne(one, await slotOf(n), options, running, (text) => hearing.progress(one, text))
          if (ended !== null && ended.kind !== 'stopped') await hearing.ended(one, ended, secondsSince(begun))
        },
        (one, trouble) => hearing.ended(one, { kind: 'trouble', trouble, peak: memory }, 0),
      ),
    async close() {
      for (const slot of slots.values()) await (await slot).close()
    },
  }
}

/** Runs one unit in a slot; null when the batch was interrupted. What goes wrong is the unit's trouble. */
export async function runOne(
  { unit, findings, flags }: Asked,
  slot: Slot,
  { env, jobs, memory, unitTimeoutMs, signal }: RunnerOptions,
  running: (it: Running) => void,
  onProgress: (text: string) => void,
): Promise<Ended | null> {
  try {
    const root = await slot.at(unit.repository, unit.commit)
    const share = Math.max(1, Math.floor(availableParallelism() / jobs))
    const argv = [`--jobs=${share}`, ...flags, ...unit.flags, '--', ...unit.packages]
    const job = {
      dir: join(root, unit.dir),
      root,
      argv,
      env: { ...unit.env },
      findings: findings === null ? null : [...findings],
    }
    const heap = Math.min(memory, HEAP)
    return await runChild(job, {
      env,
      folder: slot.folder,
      timeoutMs: unitTimeoutMs,
      heap,
      signal,
      onProgress,
      running,
    })
  } catch (error) {
    if (error instanceof Interrupted || signal.aborted) return null
    if (!(error instanceof UserError || error instanceof ToolError)) throw error
    return { kind: 'trouble', trouble: troubled(error.message), peak: 0 }
  }
}

/** Bytes that the JavaScript of one unit gets at most. */
const HEAP = 8e9

function troubled(message: string): Trouble {
  return { kind: 'failed', message, advice: 'mend that, and run batch again with --retry=failed' }
}

function secondsSince(begun: number): number {
  return Math.round((performance.now() - begun) / 100) / 10
}
