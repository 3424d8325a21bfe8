/** What a run that did not end was waiting for: read from its goroutine dump and the sources that it was built from. */
import { isRuntime } from '../evidence/frames.js'
import { type Frame, type Goroutine, goroutinesIn } from '../evidence/index.js'
import type { Syntax } from '../syntax/index.js'
import {
  effectsOf,
  isSameLock,
  type Leak,
  type LockEffects,
  leaksOf,
  locksHeldAt,
  lockTakenAt,
  NO_EFFECTS,
  type TakenLock,
} from './heldlocks.js'

/** The sources of a run. */
export interface Sources {
  /** Of a file by its path in the dump; null for one that is not the user's. */
  text(file: string): string | null
  /** How the file is to be named. */
  name(file: string): string
  /** Files in which a lock may have been left held. */
  readonly changed: readonly string[]
  /** Files whose functions may take and release locks for others. */
  readonly files: readonly string[]
}

/**
 * Who waits for which lock and who holds it, a line each; "" where nobody waits for a lock. Who holds a lock is not in
 * a dump: it is seen from where each goroutine stands in functions that take it.
 */
export function describeDeadlock(output: string, sources: Sources, syntax: Syntax): string {
  const read = <T>(file: string, use: (tree: Parameters<typeof locksHeldAt>[0]) => T, otherwise: T): T => {
    const text = sources.text(file)
    return text === null ? otherwise : syntax.read(text, use)
  }
  const effects = new Map(sources.files.flatMap((file) => [...read(file, effectsOf, NO_EFFECTS)]))
  const goroutines = goroutinesIn(output)
  const waits = goroutines.map((goroutine) => waitOf(goroutine, read)).filter((wait) => wait !== null)
  const holds = goroutines.flatMap((goroutine) => holdsOf(goroutine, read, effects))
  const at = ({ file }: Frame, line: number): string => `${sources.name(file)}:${line}`
  const lines = new Set<string>()
  for (const wait of waits) {
    lines.add(`${plain(wait.frame)} waits for ${wait.lock.text} at ${at(wait.frame, wait.lock.line)}`)
    const holders = holds.filter(({ lock, goroutine }) => isSameLock(lock.key, wait.lock.key) && !isIt(goroutine, wait))
    const own = holds.filter(({ lock, goroutine }) => isSameLock(lock.key, wait.lock.key) && isIt(goroutine, wait))
    for (const hold of [...own, ...holders].slice(0, 2)) {
      const who = isIt(hold.goroutine, wait) ? 'the same goroutine holds it' : 'another goroutine holds it'
      const since = `${who}: ${plain(hold.frame)} locked ${hold.lock.text} at ${at(hold.frame, hold.lock.line)}`
      lines.add(
        `  ${since}${hold.frame.line === hold.lock.line ? '' : ` and is at ${at(hold.frame, hold.frame.line)}`}`,
      )
    }
    if (own.length + holders.length > 0) continue
    const leaks = sources.changed.flatMap((file) =>
      read<Leak[]>(file, (tree) => leaksOf(tree, wait.lock.key, effects), []).map((leak) => ({ file, ...leak })),
    )
    for (const { file, line, lock, function: name } of leaks.slice(0, 2))
      lines.add(
        `  nobody that is left holds it: ${name} locks ${lock.text} at ${sources.name(file)}:${lock.line} and returns at line ${line} without unlocking it`,
      )
    if (leaks.length === 0) lines.add('  no goroutine that is left is seen to hold it')
  }
  return [...lines].join('\n')
}

interface Wait {
  readonly goroutine: Goroutine
  readonly frame: Frame
  readonly lock: TakenLock
}

type Read = <T>(file: string, use: (tree: Parameters<typeof locksHeldAt>[0]) => T, otherwise: T) => T

function isIt(goroutine: Goroutine, wait: Wait): boolean {
  return goroutine === wait.goroutine
}

/** The lock that a goroutine waits for, and the function that is about to take it. */
function waitOf(goroutine: Goroutine, read: Read): Wait | null {
  const { state, stack } = goroutine
  const locks = stack.some(({ func }) => /^sync\.\(\*(RW)?Mutex\)\.R?(Lock|lockSlow)$/.test(func))
  if (!/^sync\.(RW)?Mutex\.R?Lock$/.test(state) && !(state === 'semacquire' && locks)) return null
  const frame = stack.find((f) => !isRuntime(f))
  if (frame === undefined) return null
  const lock = read(frame.file, (tree) => lockTakenAt(tree, frame.line), null)
  return lock && { goroutine, frame, lock }
}

/** The locks that the functions on a goroutine's stack have taken. */
function holdsOf(goroutine: Goroutine, read: Read, effects: LockEffects): Wait[] {
  return goroutine.stack
    .filter((frame) => !isRuntime(frame))
    .flatMap((frame) =>
      read<TakenLock[]>(frame.file, (tree) => locksHeldAt(tree, frame.line, effects), [])
        .filter(({ line }) => line < frame.line)
        .map((lock) => ({ goroutine, frame, lock })),
    )
}

/** "(*Store).Put" of "example.com/m/store.(*Store).Put". */
function plain({ func }: Frame): string {
  return func.replace(/^.*\//, '').replace(/^[^.]*\./, '')
}
