/** The command line: arguments, command, exit status. The only user of `process`, with the runner of child processes. */
import process from 'node:process'
import { check } from './commands/check.js'
import { explain } from './commands/explain.js'
import { fix } from './commands/fix.js'
import { readFlags, type Settings } from './commands/flags.js'
import { HELP } from './commands/help.js'
import { init } from './commands/init.js'
import type { Io, Tools } from './commands/io.js'
import { print, progressOn } from './commands/output.js'
import { STANDALONE } from './commands/standalone.js'
import { contextOf } from './commands/start.js'
import { Interrupted, ToolError, UserError } from './errors.js'
import { ownVersion } from './go/self.js'
import { tempFolders } from './write/temp.js'

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
  if (flags.command === 'help' || flags.command === 'version') {
    await print(io.stdout, flags.command === 'help' ? HELP : `mapfix ${await ownVersion()}\n`)
    return 0
  }
  const commands = { check, explain, fix, init }
  return commands[flags.command](await contextOf(argv, flags, io, tools))
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
