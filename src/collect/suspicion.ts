/** What dumps and profiles of a running program make one suspect, without its source. Pure. */
import type { Frame } from '../evidence/frames.js'
import { plainFunction } from '../evidence/frames.js'
import type { Goroutine } from '../evidence/goroutines.js'
import { ownFrames } from '../evidence/incidents.js'
import { type ChargedProfile, writes } from '../evidence/profiles.js'
import { megabytes } from '../quantity.js'

export interface Suspicion {
  readonly kind: 'race' | 'growth'
  /** "example.com/m/store.(*Store).Put store.go:16". */
  readonly where: string
  readonly why: string
}

/** One look at the program. */
export interface Look {
  readonly goroutines: readonly Goroutine[]
  readonly heap: ChargedProfile
}

/** What the source says of a line, where it is there. */
export interface Known {
  /** It writes to a map. */
  writes(frame: Frame): boolean
  /** It does so without a lock. */
  unlocked(frame: Frame): boolean
}

export interface Watcher {
  /** Lines that a processor profile shows writing to maps: what is looked at. */
  learn(cpu: ChargedProfile): void
  /** What is suspected now, each once. */
  look(look: Look): readonly Suspicion[]
}

/**
 * Lines that write to maps are those of the source, or else what processor profiles show. Suspects a race where in two dumps, one after the other, several goroutines stand at one line that writes to a map, running or ready to (who
 * waits for a lock is neither); and a map without bounds where a line that writes to a map has more memory in use each time, three
 * times in a row, by a megabyte and a fifth at least. Two objects with a map each look the same: it is a suspicion.
 */
export function watcher(known: Known | null): Watcher {
  const lines = new Set<string>()
  const isWrite = (frame: Frame): boolean => known?.writes(frame) ?? lines.has(lineOf(frame))
  const isBare = (frame: Frame): boolean => known?.unlocked(frame) ?? lines.has(lineOf(frame))
  const before = new Map<string, number>()
  const sizes = new Map<string, number[]>()
  const told = new Set<string>()
  const tell = (suspicion: Suspicion): readonly Suspicion[] => {
    const key = `${suspicion.kind} ${suspicion.where}`
    if (told.has(key)) return []
    told.add(key)
    return [suspicion]
  }
  return {
    learn(cpu) {
      for (const { op, stack } of cpu.charges) if (op !== null && writes(op) && stack[0]) lines.add(lineOf(stack[0]))
    },
    look({ goroutines, heap }) {
      const here = writersAt(goroutines, isBare)
      const races = [...here].flatMap(([where, n]) => {
        const earlier = before.get(where) ?? 0
        if (n < 2 || earlier < 2) return []
        return tell({
          kind: 'race',
          where,
          why: `${earlier} and then ${n} goroutines were writing to a map there at once`,
        })
      })
      before.clear()
      for (const [where, n] of here) before.set(where, n)
      return [...races, ...growing(heap, isWrite, sizes).flatMap(tell)]
    },
  }
}

const LOOKS = 3
const LARGE = 1 << 20
const GROWN = 1.2

function writersAt(goroutines: readonly Goroutine[], isBare: (frame: Frame) => boolean): ReadonlyMap<string, number> {
  const here = new Map<string, number>()
  for (const { state, stack } of goroutines) {
    const [top] = ownFrames(stack)
    if (top === undefined || (state !== 'running' && state !== 'runnable')) continue
    if (!isBare(top)) continue
    const where = lineOf(top)
    here.set(where, (here.get(where) ?? 0) + 1)
  }
  return here
}

function growing(
  heap: ChargedProfile,
  isWrite: (frame: Frame) => boolean,
  sizes: Map<string, number[]>,
): readonly Suspicion[] {
  const inUse = heap.types.findIndex((type) => type.startsWith('inuse_space/'))
  const now = new Map<string, number>()
  for (const { stack, values } of heap.charges) {
    const [top] = stack
    if (top === undefined || !isWrite(top)) continue
    const where = lineOf(top)
    now.set(where, (now.get(where) ?? 0) + (values[inUse] ?? 0))
  }
  return [...now].flatMap(([where, bytes]) => {
    const known = sizes.get(where) ?? []
    const rising = bytes > (known.at(-1) ?? 0) ? [...known, bytes].slice(-MOST_LOOKS) : [bytes]
    sizes.set(where, rising)
    const [first = 0] = rising
    if (rising.length < LOOKS || bytes - first < LARGE || bytes < first * GROWN) return []
    return [
      {
        kind: 'growth' as const,
        where,
        why: `the map took ${megabytes(first)}, and ${rising.length - 1} looks later ${megabytes(bytes)}`,
      },
    ]
  })
}

const MOST_LOOKS = 100

function lineOf({ func, file, line }: Frame): string {
  return `${plainFunction(func)} ${file.slice(file.lastIndexOf('/') + 1)}:${line}`
}
