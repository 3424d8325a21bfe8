/** Commands with flags of their own. Each is loaded when it is called, since their libraries would slow down all others. */
import type { Io, Tools } from './io.js'

/** Gets the arguments after its name; returns the exit status. */
export type Standalone = (argv: readonly string[], run: Run) => Promise<number>

export interface Run extends Tools {
  readonly io: Io
  readonly version: string
}

export const STANDALONE: ReadonlyMap<string, () => Promise<Standalone>> = new Map([
  ['batch', async () => (await import('./batch.js')).batch],
  ['batch-status', async () => (await import('./batch-status.js')).batchStatus],
  ['worker', async () => (await import('./worker.js')).worker],
  ['batch-unit', async () => (await import('./batch-unit.js')).batchUnit],
  ['verify', async () => (await import('./verify.js')).verify],
  ['lsp', async () => (await import('./lsp.js')).lsp],
  ['collect', async () => (await import('./collect.js')).collect],
])
