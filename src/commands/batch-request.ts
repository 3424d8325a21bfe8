/** From the flags of a batch to what it is asked. */
import { createHash } from 'node:crypto'
import { join, resolve } from 'node:path'
import type { BatchRequest } from '../batch/batch.js'
import { fromManifest, fromRoots } from '../batch/sources.js'
import { readManifest } from '../config/manifest.js'
import { UserError } from '../errors.js'
import type { Env } from '../go/env.js'
import { diskReason, nodeFiles } from '../write/files.js'
import { stateFolder } from '../write/state.js'
import type { BatchFlags } from './batch-flags.js'

export interface BatchPlace {
  readonly env: Env
  readonly cwd: string
  readonly version: string
  readonly signal: AbortSignal
  /** Folder for worktrees, removed after the batch. */
  readonly work: string
  readonly approve: BatchRequest['approve']
  readonly onEvent: BatchRequest['onEvent']
  /** What --resume is to repeat. */
  readonly argv: readonly string[]
}

/** Reads the manifest, gets what it names by URL, and settles the ledger's place. Refused: roots and a manifest, a manifest that is none. */
export async function requestOf(flags: BatchFlags, place: BatchPlace): Promise<BatchRequest> {
  const { env, cwd, version, signal } = place
  if (flags.manifest !== '' && flags.roots.length > 0)
    throw new UserError('name roots, or a manifest with --manifest, not both')
  const state = stateFolder(env)
  const manifest = flags.manifest === '' ? '' : resolve(cwd, flags.manifest)
  const roots = flags.roots.length > 0 ? flags.roots : ['.']
  const sources =
    manifest === ''
      ? fromRoots(roots, cwd)
      : await fromManifest(readManifest(flags.manifest, await text(manifest)), manifest, join(state, 'clones'), {
          env,
          signal,
        })
  const key = createHash('sha256').update(JSON.stringify(manifest || roots.map((root) => resolve(cwd, root))))
  return {
    ...flags,
    ...place,
    sources,
    out: resolve(cwd, flags.out),
    ledger:
      flags.ledger === '' ? join(state, `batch-${key.digest('hex').slice(0, 12)}.jsonl`) : resolve(cwd, flags.ledger),
    // Only who asks for a queue waits for its library.
    runner: flags.queue === '' ? undefined : (await import('../batch/queue.js')).queueRunner(flags.queue, version),
  }
}

async function text(path: string): Promise<string> {
  try {
    return (await nodeFiles.readFile(path)).toString('utf8')
  } catch (error) {
    throw new UserError(`cannot read the manifest ${path}: ${diskReason(error)}`)
  }
}
