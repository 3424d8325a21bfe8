/** `mapfix batch` as a function. */
import { resolve } from 'node:path'
import { type BatchEvent, type BatchResult, runBatch } from '../batch/batch.js'
import type { Preview } from '../batch/publish.js'
import type { Env } from '../go/env.js'
import { ownEnv, ownVersion } from '../go/self.js'
import { tempFolders } from '../write/temp.js'
import { readBatchFlags } from './batch-flags.js'
import { requestOf } from './batch-request.js'
import { signalOf } from './io.js'
import { argumentsOf, type Flags } from './library.js'

/** The flags of `mapfix batch`, by their names; what is left out is as on the command line. */
export interface BatchOptions
  extends Omit<Flags, 'jobs' | 'config' | 'suppressions' | 'newFromRev' | 'allowDirty' | 'allowStaged' | 'allowNoVcs'> {
  /** Folders; ["."] when left out. */
  readonly roots?: readonly string[] | undefined
  /** File that names repositories, instead of roots. */
  readonly manifest?: string | undefined
  readonly owner?: readonly string[] | undefined
  readonly path?: readonly string[] | undefined
  readonly imports?: readonly string[] | undefined
  /** Units at one time. */
  readonly jobs?: number | undefined
  /** For all units that run at one time: "4GB". */
  readonly memory?: string | undefined
  /** "30m". */
  readonly unitTimeout?: string | undefined
  readonly output?: 'branch' | 'patch' | undefined
  /** Folder for patches. */
  readonly out?: string | undefined
  readonly split?: 'unit' | 'owner' | 'package' | undefined
  readonly maxFixes?: number | undefined
  readonly dryRun?: boolean | undefined
  /** Command for each branch or patch that was made. */
  readonly exec?: string | undefined
  readonly ledger?: string | undefined
  readonly resume?: boolean | undefined
  readonly retry?: 'failed' | undefined
  /** "redis://…": units are run by `mapfix worker`. */
  readonly queue?: string | undefined
  /** Folder that paths are relative to; the current one when left out. */
  readonly cwd?: string | undefined
  readonly env?: Env | undefined
  /** One decision for each branch or patch. */
  readonly approve?: ((preview: Preview) => Promise<boolean>) | undefined
  /** Ends the batch: it throws Interrupted, and --resume goes on. */
  readonly signal?: AbortSignal | undefined
  readonly onEvent?: ((event: BatchEvent) => void) | undefined
}

/**
 * Runs a batch. What goes wrong with a unit is its record; UserError, ToolError and Interrupted are thrown for the whole. Each unit runs in a process of
 * its own, which does not outlive this one.
 */
export async function batch(options: BatchOptions = {}): Promise<BatchResult> {
  const { roots, signal, onEvent, approve, cwd = '.', env = ownEnv, ...named } = options
  const { manifest, owner, path, imports, jobs, memory, unitTimeout, output, out, split, maxFixes, ...rest } = named
  const { dryRun, exec, ledger, resume, retry, queue, ...flags } = rest
  const values = { manifest, owner, path, imports, jobs, memory, output, out, split, exec, ledger, retry, queue }
  const own = { ...values, 'unit-timeout': unitTimeout, 'max-fixes': maxFixes }
  const passed = argumentsOf(flags)
  const argv = [
    ...passed.slice(0, passed.indexOf('--')),
    ...Object.entries(own).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}=${String(value)}`])),
    ...(dryRun ? ['--dry-run'] : []),
    ...(resume ? ['--resume'] : []),
    '--',
    ...(roots ?? []),
  ]
  const temp = tempFolders(env)
  try {
    const request = await requestOf(readBatchFlags(argv), {
      env,
      cwd: resolve(cwd),
      version: await ownVersion(),
      signal: signalOf({ signal }),
      work: await temp.make('.'),
      approve: approve ?? null,
      onEvent: onEvent ?? (() => undefined),
      argv: argv.filter((word) => word !== '--resume' && !word.startsWith('--retry')),
    })
    return await runBatch(request)
  } finally {
    await temp.remove()
  }
}
