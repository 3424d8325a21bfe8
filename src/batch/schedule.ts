/** Units side by side, within a number of jobs and a sum of memory. */
import type { Trouble } from './unit.js'

export interface Limits {
  readonly jobs: number
  /** Bytes, for all that runs at one time. */
  readonly memory: number
  readonly signal: AbortSignal
}

/** Something that runs. */
export interface Running {
  /** Bytes that it and its children take now. */
  memory(): number
  /** Ends it at once, with its children. */
  stop(): void
}

/** Starts one item in a slot (0-based, no two at one time); resolves when it has ended. `running` is for whoever watches the memory. */
export type Start<T> = (item: T, slot: number, running: (it: Running) => void) => Promise<void>

/**
 * Runs all items. When the sum of memory is exceeded the largest is stopped: it gets another turn when nothing else runs, and when even then it takes
 * more, `tooLarge` is told. No item is started while three quarters of the memory are taken.
 */
export async function schedule<T>(
  items: readonly T[],
  { jobs, memory, signal }: Limits,
  start: Start<T>,
  tooLarge: (item: T, trouble: Trouble) => Promise<void>,
): Promise<void> {
  const waiting = [...items]
  const large: T[] = []
  const live = new Map<number, { item: T; running: Running | null; stopped: boolean; alone: boolean }>()
  const ends = new Map<number, Promise<void>>()
  const taken = (): number => [...live.values()].reduce((sum, { running }) => sum + (running?.memory() ?? 0), 0)
  const errors: unknown[] = []

  const begin = (item: T, alone: boolean): void => {
    const slot = [...Array(jobs).keys()].find((n) => !live.has(n))
    if (slot === undefined) throw new Error('bug: no slot is free')
    const entry = { item, running: null as Running | null, stopped: false, alone }
    live.set(slot, entry)
    const run = async (): Promise<void> => {
      try {
        await start(item, slot, (it) => {
          entry.running = it
        })
      } catch (error) {
        errors.push(error)
      } finally {
        live.delete(slot)
        ends.delete(slot)
      }
      if (!entry.stopped) return
      if (entry.alone) await tooLarge(item, tooMuch(memory))
      else large.push(item)
    }
    ends.set(slot, run())
  }

  const watch = setInterval(() => {
    if (taken() <= memory) return
    const biggest = [...live.values()].sort((a, b) => (b.running?.memory() ?? 0) - (a.running?.memory() ?? 0))[0]
    if (biggest === undefined || biggest.stopped || [...live.values()].some(({ stopped }) => stopped)) return
    biggest.stopped = true
    biggest.alone = live.size === 1
    biggest.running?.stop()
  }, WATCH_MS)
  try {
    for (;;) {
      while (!signal.aborted && errors.length === 0 && live.size < jobs) {
        if (live.size > 0 && ([...live.values()].some(({ alone }) => alone) || taken() > memory * HEADROOM)) break
        const next = waiting.shift()
        if (next !== undefined) begin(next, false)
        else if (live.size === 0 && large.length > 0) {
          const [one] = large.splice(0, 1)
          if (one !== undefined) begin(one, true)
        } else break
      }
      if (live.size === 0) break
      await Promise.race([...ends.values(), delay(WATCH_MS)])
    }
  } finally {
    clearInterval(watch)
  }
  if (errors.length > 0) throw errors[0]
}

const WATCH_MS = 250
const HEADROOM = 0.75

function tooMuch(memory: number): Trouble {
  return {
    kind: 'memory',
    message: `it takes more than the ${Math.round(memory / 1e6)} MB of --memory, even alone`,
    advice: 'give it more with --memory, or name its packages in the manifest, a part at a time',
  }
}

async function delay(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms))
}
