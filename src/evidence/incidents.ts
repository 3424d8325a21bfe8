/** What a pile of evidence comes to: each race and crash once, however often it was reported, and what ran meanwhile. */
import { type Frame, isRuntime, plainFunction } from './frames.js'
import type { Goroutine } from './goroutines.js'
import { type MapOp, mapUse } from './mapops.js'
import type { RaceAccess } from './races.js'
import type { Seen } from './recognise.js'

/** One side of a race. */
export interface Party {
  readonly kind: 'read' | 'write'
  /** What the runtime was asked to do with the map; null where the stack does not show it. */
  readonly op: MapOp | null
  /** It is about what is in a map, not the variable: the runtime itself said so. */
  readonly contents: boolean
  /** Innermost first, as reported. */
  readonly stack: readonly Frame[]
  /** The go statement that started the goroutine; null where it is not said. */
  readonly created: Frame | null
}

/** Goroutines of one dump with one stack. */
export interface Cluster {
  readonly state: string
  readonly stack: readonly Frame[]
  readonly created: Frame | null
  count: number
}

export interface Dump {
  readonly file: string
  readonly at: number
  readonly time: string
  readonly cause: string
  readonly clusters: readonly Cluster[]
}

export interface Incident {
  readonly kind: 'race' | 'crash'
  /** Two of a race, as far as it was whole; the one that the runtime stopped, of a crash. */
  readonly parties: readonly Party[]
  /** What the runtime said of a crash; "" for a race. */
  readonly cause: string
  readonly file: string
  /** Byte of the file where the first one begins. */
  readonly at: number
  /** A test that reported it, "" where that is not known. */
  readonly test: string
  /** The package variable that the race detector names. */
  readonly global: string
  /** The dump that a crash belongs to. */
  readonly dump: Dump | null
  readonly count: number
  /** As the log has them, "" without times. */
  readonly first: string
  readonly last: string
}

export interface Gathered {
  /** In the order of their first appearance. */
  readonly incidents: readonly Incident[]
  readonly dumps: readonly Dump[]
  /** Commits that the evidence names as those of the program. */
  readonly revisions: readonly string[]
  readonly races: number
  readonly crashes: number
  readonly goroutines: number
}

export interface Gatherer {
  see(seen: Seen, file: string): void
  done(): Gathered
}

/**
 * Gathers. What is the same, by what raced: both sides do the same, in the same functions, at the same lines (the innermost frames outside the
 * runtime count); addresses, numbers of goroutines, offsets, type arguments and folders differ between runs, and do not count.
 */
export function gatherer(): Gatherer {
  const incidents = new Map<string, { -readonly [K in keyof Incident]: Incident[K] }>()
  const dumps = new Map<string, OpenDump>()
  const revisions = new Set<string>()
  const counts = { races: 0, crashes: 0, goroutines: 0 }
  let clusters = 0
  const add = (incident: Omit<Incident, 'count' | 'first' | 'last'>, time: string): void => {
    const key = keyOf(incident)
    const known = incidents.get(key)
    if (known === undefined) {
      if (incidents.size < MOST) incidents.set(key, { ...incident, count: 1, first: time, last: time })
      return
    }
    known.count++
    known.first ||= time
    known.last = time || known.last
  }
  const dumpOf = (goroutine: Goroutine, file: string): OpenDump => {
    const key = `${file}\0${goroutine.source}\0${goroutine.dump}`
    const { at, time, cause } = goroutine
    const known = dumps.get(key) ?? { file, at, time, cause, clusters: [], byStack: new Map() }
    if (dumps.size < MOST) dumps.set(key, known)
    return known
  }
  return {
    see(seen, file) {
      if (seen.kind === 'revision') revisions.add(seen.commit)
      else if (seen.kind === 'race') {
        counts.races++
        const { at, test, global, time } = seen
        const parties = seen.accesses.map(partyOf)
        add({ kind: 'race', parties, cause: '', file, at, test, global, dump: null }, time)
      } else {
        counts.goroutines++
        const dump = dumpOf(seen, file)
        if (seen.first && CRASH.test(seen.cause)) {
          counts.crashes++
          const { at, cause, time } = seen
          add({ kind: 'crash', parties: [crashed(seen)], cause, file, at, test: '', global: '', dump }, time)
        } else if (clusters < MOST_CLUSTERS && addTo(dump, seen)) clusters++
      }
    },
    done: () => ({
      incidents: [...incidents.values()],
      dumps: [...dumps.values()],
      revisions: [...revisions],
      ...counts,
    }),
  }
}

const MOST = 10_000
const MOST_CLUSTERS = 100_000
const CRASH = /^fatal error: .*concurrent map /

interface OpenDump extends Dump {
  readonly clusters: Cluster[]
  readonly byStack: Map<string, Cluster>
}

/** Whether it is a stack that the dump did not have. */
function addTo(dump: OpenDump, { state, stack, created }: Goroutine): boolean {
  const key = `${state}\0${stack.map(placeOf).join('\0')}\0${created?.func}`
  const known = dump.byStack.get(key)
  if (known !== undefined) {
    known.count++
    return false
  }
  const cluster = { state, stack, created, count: 1 }
  dump.byStack.set(key, cluster)
  dump.clusters.push(cluster)
  return true
}

function partyOf({ kind, stack, created }: RaceAccess): Party {
  const { op } = mapUse(stack)
  return { kind, op, contents: op !== null, stack, created: created[0] ?? null }
}

/** The runtime hides its own frames mostly, and says in its message what was done. */
function crashed({ cause, stack, created }: Goroutine): Party {
  const said = cause.includes('iteration')
    ? 'range'
    : cause.includes('clone')
      ? 'clone'
      : cause.includes('read')
        ? 'read'
        : null
  const op = mapUse(stack).op ?? said
  return { kind: said === null ? 'write' : 'read', op, contents: true, stack, created }
}

/** The frames by which stacks are told apart: without the runtime's. */
export function ownFrames(stack: readonly Frame[]): readonly Frame[] {
  const own = mapUse(stack).from.filter((frame) => !isRuntime(frame))
  return own.length > 0 ? own : stack
}

function keyOf({ kind, cause, parties }: Pick<Incident, 'kind' | 'cause' | 'parties'>): string {
  const sides = parties.map(({ kind, op, stack }) => {
    const [frame] = ownFrames(stack)
    return `${kind} ${op} ${frame ? placeOf(frame) : ''}`
  })
  return [kind, cause, ...sides.sort()].join('\0')
}

function placeOf({ func, file, line }: Frame): string {
  return `${plainFunction(func)} ${file.slice(file.lastIndexOf('/') + 1)}:${line}`
}
