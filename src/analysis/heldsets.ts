import type { LockMode } from '../types.js'
import type { Lock } from './lockops.js'

/** A lock that is held, and how. */
export interface Held {
  readonly lock: Lock
  readonly mode: LockMode
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
    if (other) both.set(id, held.mode === other.mode ? held : { lock: held.lock, mode: 'r' })
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

/** The set with one lock given up. */
export function without(held: HeldSet, id: string): HeldSet {
  const left = new Map(held)
  left.delete(id)
  return left
}
