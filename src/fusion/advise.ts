/** What measurements say for a transform, where the source alone leaves it open. */
import type { Measured } from './measure.js'

export interface Advice {
  readonly transform: 'sharded' | 'mutex'
  /** One line for the report, with the numbers that decided. */
  readonly because: string
}

/**
 * sharded where goroutines wait for the map's lock, and it is written often enough that readers alone are not the matter; mutex where most
 * samples write, since a lock for readers then only costs. Null where too little was measured, or nothing speaks against the usual choice.
 */
export function advise({ reads, writes, waited, waitedInAll }: Measured): Advice | null {
  const all = reads + writes
  const share = all === 0 ? 0 : writes / all
  if (all < ENOUGH) return null
  const written = `${percent(share)} of ${all} samples in it write`
  if (waited >= LONG && waited >= waitedInAll * MUCH && share >= OFTEN)
    return {
      transform: 'sharded',
      because: `goroutines waited ${(waited / 1e9).toFixed(1)} s for its lock, ${percent(waited / waitedInAll)} of all waiting for locks; ${written}`,
    }
  return share > MOSTLY ? { transform: 'mutex', because: written } : null
}

/** Samples below which a share means nothing. */
const ENOUGH = 20
/** Nanoseconds. */
const LONG = 1e8
const MUCH = 0.1
const OFTEN = 0.05
const MOSTLY = 0.5

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}
