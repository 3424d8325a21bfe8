/** The command line: arguments, command, exit status. The only user of `process`, with the runner of child processes. */
import { rmSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, realpath } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { check } from './commands/check.js'
import { configure, knownFindings } from './commands/configure.js'
import type { Context } from './commands/context.js'
import { explain } from './commands/explain.js'
import { fix } from './commands/fix.js'
import { readFlags, type Settings } from './commands/flags.js'
import { HELP } from './commands/help.js'
import { init } from './commands/init.js'
import type { Io, Tools } from './commands/io.js'
import { print, progressOn } from './commands/output.js'
import { STANDALONE } from './commands/standalone.js'
import { Interrupted, ToolError, UserError } from './errors.js'
import type { Env } from './go/env.js'
import { removeTree } from './write/copy.js'
import { diskReason, nodeFiles } from './write/files.js'

export type { Io }

/** Starts the run of this process. */
export async function main(): Promise<void> {
  const stop = new AbortController()
  // Whoever asks twice does not want to wait for the first to take effect.
  const onSignal = (): void => (stop.signal.aborted ? process.exit(130) : stop.abort())
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, onSignal)
  const { stdin, stdout, stderr, env } = process
  process.exitCode = await run(process.argv.slice(2), {
    stdin,
    stdout,
    stderr,
    cwd: process.cwd(),
    env,
    signal: stop.signal,
  })
}

/** Runs one command and returns its exit status. Throws never; leaves no file and no process behind. */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  const started = performance.now()
  const temp = tempFolders(io.env)
  let verbose = false
  let clear = (): void => undefined
  const elapsed = (): number => performance.now() - started
  try {
    const [first = '', ...rest] = argv
    const standalone = await STANDALONE.get(first)?.()
    if (standalone !== undefined) {
      const progress = progressOn(io.stderr, rest.includes('--quiet'))
      verbose = rest.includes('--verbose')
      clear = progress.clear
      const version = await ownVersion()
      return await standalone(rest, { io, version, say: progress.say, clear, temp: temp.make, elapsed })
    }
    const settings = readFlags(argv)
    verbose = settings.verbose
    const progress = progressOn(io.stderr, settings.quiet)
    clear = progress.clear
    return await dispatch(settings, argv, io, {
      say: progress.say,
      clear,
      temp: temp.make,
      elapsed,
    })
  } catch (error) {
    clear()
    const { status, text } = explainError(error, io.signal?.aborted === true, verbose)
    await print(io.stderr, text).catch(() => undefined)
    return status
  } finally {
    await temp.remove()
  }
}

async function dispatch(flags: Settings, argv: readonly string[], io: Io, tools: Tools): Promise<number> {
  const version = await ownVersion()
  if (flags.command === 'help' || flags.command === 'version') {
    await print(io.stdout, flags.command === 'help' ? HELP : `mapfix ${version}\n`)
    return 0
  }
  const cwd = await folder(resolve(io.cwd, flags.dir))
  const files = io.files ?? nodeFiles
  const settings = await configure(argv, flags, cwd, files)
  const context: Context = {
    settings,
    request: {
      cwd,
      env: io.env,
      patterns: settings.operands.length > 0 ? settings.operands : ['./...'],
      tags: settings.tags,
      spawners: settings.spawners,
      jobs: settings.jobs,
      selection: settings.selection,
      known: await knownFindings(settings, cwd, files),
      newFrom: settings.newFrom,
      signal: io.signal ?? new AbortController().signal,
      progress: tools.say,
      tempFolder: tools.temp,
    },
    stdout: io.stdout,
    stderr: io.stderr,
    files,
    pid: process.pid,
    version,
    elapsed: tools.elapsed,
    clearProgress: tools.clear,
  }
  const commands = { check, explain, fix, init }
  return commands[flags.command](context)
}

/** Links are resolved, as the go command and git resolve them. */
async function folder(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch (error) {
    throw new UserError(`cannot work in ${path}: ${diskReason(error)}`)
  }
}

function explainError(error: unknown, aborted: boolean, verbose: boolean): { status: number; text: string } {
  if (aborted || error instanceof Interrupted)
    return { status: 130, text: 'mapfix: interrupted; every file is as it was\n' }
  if (error instanceof UserError || error instanceof ToolError) return { status: 2, text: `mapfix: ${error.message}\n` }
  const what = error instanceof Error ? (verbose ? (error.stack ?? error.message) : error.message) : String(error)
  return {
    status: 2,
    text: `mapfix: internal error: ${what}\n  please report it, with the command${verbose ? '' : ' and what it prints with --verbose'}\n`,
  }
}

/** Folders in one temporary folder of the run, made when first asked for. */
function tempFolders(env: Env): { make: (name: string) => Promise<string>; remove: () => Promise<void> } {
  let root: Promise<string> | undefined
  // Who sets GOTMPDIR often does so because nothing may be executed in the other.
  const base = env.GOTMPDIR || env.TMPDIR || tmpdir()
  let atExit = (): void => undefined
  const create = async (): Promise<string> => {
    try {
      const made = await mkdtemp(join(await realpath(base), 'mapfix-'))
      atExit = () => rmSync(made, { recursive: true, force: true })
      process.once('exit', atExit)
      return made
    } catch (error) {
      throw new ToolError(`cannot make a folder in ${base}: ${diskReason(error)}\n  TMPDIR names another place for it`)
    }
  }
  return {
    async make(name) {
      root ??= create()
      const path = join(await root, name)
      await mkdir(path, { recursive: true })
      return path
    },
    async remove() {
      const made = await root?.catch(() => undefined)
      if (made !== undefined) await removeTree(made).catch(() => undefined)
      process.removeListener('exit', atExit)
    },
  }
}

/** The package.json above this file: two folders up in the sources, three in dist. */
async function ownVersion(): Promise<string> {
  for (const up of ['../package.json', '../../package.json']) {
    try {
      const value: unknown = JSON.parse(await readFile(new URL(up, import.meta.url), 'utf8'))
      if (typeof value === 'object' && value !== null && 'version' in value) return String(value.version)
    } catch {
      // Not there: look one folder up.
    }
  }
  throw new Error('package.json is missing')
}
