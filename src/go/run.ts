/**
 * The one place that starts processes. Each child leads a process group of its own, and the whole group is killed when
 * the run is aborted, takes too long, or its leader is gone: tests leave grandchildren behind.
 */
import process from 'node:process'
import { execa } from 'execa'
import { Interrupted, ToolError } from '../errors.js'

export interface RunOptions {
  cwd: string
  /** The complete environment; this process's own when left out. */
  env?: Readonly<Record<string, string | undefined>> | undefined
  signal?: AbortSignal | undefined
  stdin?: string | undefined
  /** After so many milliseconds the child is killed. */
  timeoutMs?: number | undefined
  /** Is told the child's id as soon as there is one. */
  onStart?: ((pid: number) => void) | undefined
}

export interface RunResult {
  /** Exit status; 128 + signal number if a signal ended it, 124 if it took too long. */
  code: number
  stdout: string
  stderr: string
}

/** The command does not exist (or the folder it should run in). */
export class NotFound extends ToolError {}

/** Bytes kept of each of the two streams; what comes after is dropped. Reports and lists fit many times over. */
const KEPT = 64 << 20
const KEPT_OF_STDERR = 1 << 20

/** Leaders of the groups that may still have members. */
const groups = new Set<number>()
const atExit = new Set<() => void>()
process.on('exit', () => {
  for (const pid of groups) killGroup(pid)
  for (const action of atExit) action()
})

/** Has something done when this process ends, however it does but by a signal that cannot be caught. Returns what calls it off. */
export function onExit(action: () => void): () => void {
  atExit.add(action)
  return () => atExit.delete(action)
}

/** Runs a command to its end and returns what it printed, each stream bounded. Throws NotFound, Interrupted. */
export async function run(cmd: string, args: readonly string[], opts: RunOptions): Promise<RunResult> {
  const out = bounded(KEPT)
  const { code, stderr } = await start(cmd, args, opts, out.add)
  return { code, stdout: out.text(), stderr }
}

/** Runs the go command of opts.env's PATH. */
export function runGo(args: readonly string[], opts: RunOptions): Promise<RunResult> {
  return run('go', args, opts)
}

/** Writes a text to the child's standard input, and ends it. */
export type Reply = (text: string) => void

/**
 * Runs a command and hands over its standard output line by line (without the newline), each as soon as it is whole.
 * What onLine throws ends the child and is thrown on. With `dialogue`, the child's standard input is open until onLine
 * replies.
 */
export async function streamLines(
  cmd: string,
  args: readonly string[],
  opts: RunOptions & { dialogue?: boolean },
  onLine: (line: string, reply: Reply) => void,
): Promise<{ code: number; stderr: string }> {
  // A line may be many megabytes long: only the new chunk is searched.
  let parts: string[] = []
  let reply: Reply = () => undefined
  const result = await start(cmd, args, opts, (chunk, toChild) => {
    reply = toChild
    let from = 0
    for (let at = chunk.indexOf('\n'); at >= 0; at = chunk.indexOf('\n', from)) {
      parts.push(chunk.slice(from, at))
      const line = parts.join('')
      parts = []
      from = at + 1
      onLine(line, reply)
    }
    if (from < chunk.length) parts.push(chunk.slice(from))
  })
  if (parts.length > 0) onLine(parts.join(''), reply)
  return result
}

/** Runs a command and hands over what it prints as it comes, from both streams; returns its exit status, as RunResult has it. */
export async function relay(
  cmd: string,
  args: readonly string[],
  opts: RunOptions,
  onChunk: (stream: 'stdout' | 'stderr', chunk: string) => void,
): Promise<number> {
  const onErr = (chunk: string): void => onChunk('stderr', chunk)
  const { code } = await start(cmd, args, opts, (chunk) => onChunk('stdout', chunk), onErr)
  return code
}

/** Whether a process of this id exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return errorCode(error) === 'EPERM'
  }
}

async function start(
  cmd: string,
  args: readonly string[],
  opts: RunOptions & { dialogue?: boolean },
  onChunk: (chunk: string, reply: Reply) => void,
  onErr: (chunk: string) => void = () => undefined,
): Promise<{ code: number; stderr: string }> {
  const { signal } = opts
  if (signal?.aborted) throw new Interrupted()
  const child = execa(cmd, args, {
    cwd: opts.cwd,
    // The go command believes a PWD that leads here, and would print paths through whatever links are in it.
    env: { ...(opts.env ?? process.env), PWD: opts.cwd },
    extendEnv: false,
    ...(opts.stdin !== undefined ? { input: opts.stdin } : { stdin: opts.dialogue ? ('pipe' as const) : 'ignore' }),
    buffer: false,
    reject: false,
    detached: true,
    cleanup: false,
    stripFinalNewline: false,
  })
  // A child that has ended does not hear.
  child.stdin?.on('error', () => undefined)
  const reply: Reply = (text) => child.stdin?.end(text)
  const killAll = (): void => killGroup(child.pid)
  let thrown: { error: unknown } | undefined
  let late = false
  const err = bounded(KEPT_OF_STDERR)
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    if (thrown) return
    try {
      onChunk(chunk, reply)
    } catch (error) {
      thrown = { error }
      killAll()
    }
  })
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    err.add(chunk)
    onErr(chunk)
  })
  child.on('exit', killAll)
  if (child.pid !== undefined) {
    groups.add(child.pid)
    opts.onStart?.(child.pid)
  }
  signal?.addEventListener('abort', killAll)
  const timer = opts.timeoutMs
    ? setTimeout(() => {
        late = true
        killAll()
      }, opts.timeoutMs)
    : undefined
  try {
    const result = await child
    if (thrown) throw thrown.error
    if (signal?.aborted) throw new Interrupted()
    if (child.pid === undefined) throw notStarted(cmd, opts.cwd, result.cause)
    return { code: late ? 124 : (result.exitCode ?? 128 + signalNumber(result.signal)), stderr: err.text() }
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', killAll)
    if (child.pid !== undefined) groups.delete(child.pid)
  }
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // Nobody is left in it.
  }
}

function notStarted(cmd: string, cwd: string, cause: unknown): ToolError {
  const code = errorCode(cause)
  const why = code || String(cause)
  return code === 'ENOENT'
    ? new NotFound(`cannot run ${cmd} in ${cwd}: no such command, or no such folder`)
    : new ToolError(`cannot run ${cmd} in ${cwd}: ${why}`)
}

function bounded(limit: number): { add: (chunk: string) => void; text: () => string } {
  const parts: string[] = []
  let left = limit
  return {
    add(chunk) {
      if (left <= 0) return
      parts.push(chunk.length > left ? chunk.slice(0, left) : chunk)
      left -= chunk.length
    },
    text: () => parts.join(''),
  }
}

function signalNumber(signal: string | undefined): number {
  return signal === 'SIGKILL' ? 9 : signal === 'SIGTERM' ? 15 : signal === 'SIGINT' ? 2 : 1
}

/** "ENOENT" and the like; errors may come from another realm, so no instanceof. */
export function errorCode(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''
}
