/** mapfix as a function: what the command line does, with typed options in place of arguments, and values in place of text. */
import { PassThrough } from 'node:stream'
import { check } from '../driver.js'
import { Interrupted, UserError } from '../errors.js'
import type { Step } from '../fix.js'
import type { Env } from '../go/env.js'
import { ownEnv } from '../go/self.js'
import type { Stage } from '../prove/stages.js'
import type { Report } from '../report/schema.js'
import type { Files } from '../write/files.js'
import { tempFolders } from '../write/temp.js'
import { reportOn } from './context.js'
import { repaired } from './fix.js'
import { readFlags } from './flags.js'
import { contextOf } from './start.js'
import { kebab } from './values.js'

/** The flags of `mapfix`, by their names; what is left out is as on the command line. */
export interface Flags {
  /** A name, or the path of a module. */
  readonly transform?: string | undefined
  readonly style?: 'wrapper' | 'inline' | undefined
  readonly exported?: 'refuse' | 'rewrite' | undefined
  /** "package", or the path of one package within the module. */
  readonly emit?: string | undefined
  readonly only?: readonly string[] | undefined
  readonly skip?: readonly string[] | undefined
  readonly rules?: readonly string[] | undefined
  readonly noRules?: readonly string[] | undefined
  readonly select?: 'findings' | 'shared' | 'all' | undefined
  readonly minConfidence?: 'likely' | 'possible' | 'proven' | undefined
  readonly unsafeFixes?: boolean | undefined
  /** The stages of the proof; [] for none. */
  readonly validate?: readonly Stage[] | undefined
  readonly validateTests?: 'affected' | 'package' | 'all' | undefined
  readonly witness?: 'temp' | 'keep' | 'off' | undefined
  /** For each test binary, as the go command writes it: "90s". */
  readonly timeout?: string | undefined
  readonly tags?: readonly string[] | undefined
  readonly platforms?: readonly string[] | undefined
  readonly jobs?: number | undefined
  readonly config?: string | undefined
  readonly suppressions?: string | undefined
  readonly newFromRev?: string | undefined
  readonly allowDirty?: boolean | undefined
  readonly allowStaged?: boolean | undefined
  readonly allowNoVcs?: boolean | undefined
}

export interface RunOptions extends Flags {
  /** Folder to work in; the current one when left out. */
  readonly dir?: string | undefined
  /** The go command's patterns; ["./..."] when left out. */
  readonly packages?: readonly string[] | undefined
  /** "check" finds; "patch" (the default) makes and proves fixes, and writes nothing; "write" writes those that passed. */
  readonly mode?: 'check' | 'patch' | 'write' | undefined
  /** The environment of the go command; this process's own when left out. */
  readonly env?: Env | undefined
  /** Ends the run: it throws Interrupted, and every file is as it was. */
  readonly signal?: AbortSignal | undefined
  readonly onEvent?: ((event: RunEvent) => void) | undefined
  /** The file system that fixes are written to; the real one when left out. */
  readonly files?: Files | undefined
}

export interface RunPlace extends Pick<RunOptions, 'signal' | 'onEvent' | 'files'> {
  readonly dir: string
  readonly env: Env
  /** Only findings with these ids; all when left out. */
  readonly wanted?: ReadonlySet<string> | null | undefined
}

export interface RunEvent {
  /** "progress" is what goes on now; "notice" is what the user should know. */
  readonly kind: 'progress' | 'notice'
  readonly text: string
}

export interface RunResult {
  /** What --format=json prints. */
  readonly report: Report
  /** Everything that passed, as one patch for git; "" after a check. */
  readonly diff: string
  /** The same, one fix at a time; `group` is that of the report's fixes. Absolute paths. */
  readonly steps: () => Promise<readonly Step[]>
}

/**
 * Runs mapfix. Throws UserError (the request cannot be met), ToolError (go, git or the disk failed) or Interrupted; nothing is
 * written then. Changes nothing of this process, and leaves no file and no process behind.
 */
export async function run({
  mode = 'patch',
  dir = '.',
  env = ownEnv,
  ...options
}: RunOptions = {}): Promise<RunResult> {
  const { signal, onEvent, files } = options
  const command = mode === 'check' ? ['check'] : mode === 'patch' ? ['--diff'] : []
  return runArguments([...command, ...argumentsOf(options)], { dir, env, signal, onEvent, files })
}

/** The same with arguments as on the command line, for "check" and for fixing. */
export async function runArguments(argv: readonly string[], place: RunPlace): Promise<RunResult> {
  const { dir, env, signal, onEvent, files, wanted } = place
  const temp = tempFolders(env)
  const tell =
    (kind: RunEvent['kind']) =>
    (text: string): void =>
      onEvent?.({ kind, text })
  const started = performance.now()
  try {
    const sink = new PassThrough()
    const io = { stdin: sink, stdout: sink, stderr: sink, cwd: dir, env, signal, files }
    const told = await contextOf(argv, readFlags(argv), io, {
      say: tell('progress'),
      clear: () => undefined,
      temp: temp.make,
      elapsed: () => performance.now() - started,
    })
    const context = { ...told, request: { ...told.request, wanted } }
    if (context.settings.command === 'check') {
      const checked = await check(context.request)
      const findings = checked.findings.map((finding) => ({ finding }))
      return { report: reportOn(context, checked, findings), diff: '', steps: async () => [] }
    }
    const { fixed, report } = await repaired(context, tell('notice'))
    if (signal?.aborted) {
      await fixed.committed?.undo()
      throw new Interrupted()
    }
    await fixed.committed?.keep()
    return { report, diff: fixed.diff, steps: fixed.steps }
  } catch (error) {
    if (signal?.aborted) throw new Interrupted()
    throw error
  } finally {
    await temp.remove()
  }
}

/** The arguments that say the same. Refused: a pattern that would be read as a flag. */
export function argumentsOf({
  packages = [],
  ...options
}: Flags & { packages?: readonly string[] | undefined }): string[] {
  const flag = packages.find((pattern) => pattern.startsWith('-'))
  if (flag !== undefined) throw new UserError(`${flag} is no package pattern`)
  const flags = FLAGS.flatMap((name) => {
    const value = options[name]
    const long = kebab(name)
    if (value === undefined || value === false) return []
    if (value === true) return [`--${long}`]
    if (typeof value !== 'object') return [`--${long}=${value}`]
    if (value.length > 0) return [`--${long}=${value.join(',')}`]
    return name === 'validate' ? ['--validate=none'] : []
  })
  return [...flags, '--', ...packages]
}

const FLAGS = [
  'transform',
  'style',
  'exported',
  'emit',
  'only',
  'skip',
  'rules',
  'noRules',
  'select',
  'minConfidence',
  'unsafeFixes',
  'validate',
  'validateTests',
  'witness',
  'timeout',
  'tags',
  'platforms',
  'jobs',
  'config',
  'suppressions',
  'newFromRev',
  'allowDirty',
  'allowStaged',
  'allowNoVcs',
] as const satisfies readonly (keyof Flags)[]
