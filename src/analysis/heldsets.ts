import type { LockMode } from '../types.js'
import type { Lock } from './lockops.js'

/** A lock that is held, and how. */
export interface Held {
  readonly lock: Lock
  readonly mode: LockMode
  /** The flag without which it is not held (flags.ts); absent where it is held whatever flags say. */
  readonly when?: string
}

/** Lock id → how it is held. */
export type HeldSet = ReadonlyMap<string, Held>

/** No lock. */
export const NONE: HeldSet = new Map()

/** What is held on both of two ways, in the weaker mode. */
export function intersect(a: HeldSet, b: HeldSet): HeldSet {
  if (a === b) return a
  const both = new Map<string, Held>()
  for (const [id, held] of a) {
    const other = b.get(id)
    const when = held.when ?? other?.when
    // Under two flags it is held under neither alone.
    if (!other || (held.when !== undefined && other.when !== undefined && held.when !== other.when)) continue
    const mode = held.mode === other.mode ? held.mode : 'r'
    both.set(id, mode === held.mode && when === held.when ? held : withFlag({ lock: held.lock, mode }, when))
  }
  return both
}

/** What is held on either of two ways, in the stronger mode. */
export function union(a: HeldSet, b: HeldSet): HeldSet {
  if (a === b) return a
  const either = new Map(b)
  for (const [id, held] of a) if (held.mode === 'w' || !b.has(id)) either.set(id, held)
  return either
}

/** The lock, held under the flag. */
export function withFlag(held: Held, when: string | undefined): Held {
  return when === undefined ? held : { ...held, when }
}

/** What is held after an if that asks a flag: what both branches hold, and what one of them alone holds, under the flag. */
export function underFlag(yes: HeldSet, no: HeldSet, when: string): HeldSet {
  const all = new Map(intersect(yes, no))
  for (const [some, others, is] of [
    [yes, no, when],
    [no, yes, opposite(when)],
  ] as const)
    for (const [id, held] of some) if (!others.has(id) && (held.when ?? is) === is) all.set(id, withFlag(held, is))
  return all
}

/** What is held where the flag is known: locks of the opposite are not, locks under the flag are. */
export function whereFlag(held: HeldSet, when: string): HeldSet {
  if (![...held.values()].some((at) => at.when === when || at.when === opposite(when))) return held
  return new Map(
    [...held]
      .filter(([, at]) => at.when !== opposite(when))
      .map(([id, at]) => [id, at.when === when ? { lock: at.lock, mode: at.mode } : at]),
  )
}

/** The flag, the other way round. */
export function opposite(when: string): string {
  return when.startsWith('!') ? when.slice(1) : `!${when}`
}

/** The set with one lock given up. */
export function without(held: HeldSet, id: string): HeldSet {
  const left = new Map(held)
  left.delete(id)
  return left
}
