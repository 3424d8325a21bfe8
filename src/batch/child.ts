/** One unit in a process of its own, which can neither take this one down nor outlive it. */
import { join } from 'node:path'
import { Interrupted } from '../errors.js'
import type { Env } from '../go/env.js'
import { killTree, type Proc, processes, terminate, treeOf } from '../go/processes.js'
import { streamLines } from '../go/run.js'
import { ownFile, ownNode, ownPid } from '../go/self.js'
import { nodeFiles } from '../write/files.js'
import { saveFile } from '../write/save.js'
import { type Answer, type Job, lineSchema } from './job.js'
import type { Running } from './schedule.js'
import { type Trouble, troubleOf } from './unit.js'

export interface ChildOptions {
  readonly env: Env
  /** A folder of the slot's own. */
  readonly folder: string
  readonly timeoutMs: number
  /** Bytes for the JavaScript of it; what else it starts is watched from outside. */
  readonly heap: number
  readonly signal: AbortSignal
  readonly onProgress: (text: string) => void
  readonly running: (it: Running) => void
}

export type Ended =
  | { readonly kind: 'answer'; readonly answer: Answer; readonly peak: number }
  | { readonly kind: 'trouble'; readonly trouble: Trouble; readonly peak: number }
  /** Stopped by who watches the memory: nothing is known of it. */
  | { readonly kind: 'stopped'; readonly peak: number }

/** Runs the job to its end, which comes at the latest when the time is up. Throws Interrupted when the batch is ended. */
export async function runChild(job: Job, options: ChildOptions): Promise<Ended> {
  const { env, folder, timeoutMs, heap, signal, onProgress, running } = options
  const file = join(folder, 'job.json')
  await saveFile(file, JSON.stringify(job), nodeFiles, ownPid)
  const watched = watch(running)
  let ended: Ended | null = null
  let late = false
  const timer = setTimeout(() => {
    late = true
    watched.end()
  }, timeoutMs)
  signal.addEventListener('abort', watched.end)
  try {
    if (signal.aborted) throw new Interrupted()
    const args = [
      `--max-old-space-size=${Math.max(64, Math.floor(heap / 1e6))}`,
      ownFile('bin/mapfix.js'),
      'batch-unit',
      file,
    ]
    const { code, stderr } = await streamLines(
      ownNode,
      args,
      // Its standard input stays open as long as this process lives; when it closes, the child ends itself.
      { cwd: job.dir, env: { ...env, ...job.env }, dialogue: true, onStart: watched.started },
      (line) => {
        const said = lineSchema.safeParse(parsed(line))
        if (!said.success) return
        if (said.data.kind === 'progress') onProgress(said.data.text)
        else if (said.data.kind === 'answer') ended = { kind: 'answer', answer: said.data.answer, peak: 0 }
        else ended = { kind: 'trouble', trouble: troubleOf(said.data.message), peak: 0 }
      },
    )
    if (signal.aborted) throw new Interrupted()
    const { peak, stopped } = watched
    if (stopped()) return { kind: 'stopped', peak: peak() }
    if (late) return { kind: 'trouble', trouble: tooLate(timeoutMs), peak: peak() }
    const known: Ended = ended ?? { kind: 'trouble', trouble: crashed(code, stderr), peak: 0 }
    return { ...known, peak: peak() }
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', watched.end)
    await watched.close()
  }
}

interface Watched {
  readonly started: (pid: number) => void
  /** Ends it, gently first. */
  readonly end: () => void
  readonly peak: () => number
  readonly stopped: () => boolean
  /** Sees to it that nothing of it is left. */
  readonly close: () => Promise<void>
}

function watch(running: (it: Running) => void): Watched {
  let pid = 0
  let tree: readonly Proc[] = []
  let now = 0
  let peak = 0
  let stopped = false
  let last = Promise.resolve()
  const kill = (): void => {
    if (pid !== 0) void killTree(pid, tree)
  }
  const look = (): void => {
    last = last.then(async () => {
      if (pid === 0) return
      tree = treeOf(pid, await processes())
      now = tree.reduce((sum, { memory }) => sum + memory, 0)
      peak = Math.max(peak, now)
    })
  }
  const timer = setInterval(look, LOOK_MS)
  let hard: NodeJS.Timeout | undefined
  running({
    memory: () => now,
    stop() {
      stopped = true
      kill()
    },
  })
  return {
    started(id) {
      pid = id
    },
    end() {
      if (pid !== 0) terminate(pid)
      hard ??= setTimeout(kill, GRACE_MS)
    },
    peak: () => peak,
    stopped: () => stopped,
    async close() {
      clearInterval(timer)
      clearTimeout(hard)
      await last
      // It led its own processes; had it died of a signal they would be left.
      if (tree.length > 1) await killTree(pid, tree)
    },
  }
}

const LOOK_MS = 1000
const GRACE_MS = 5000

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}

function tooLate(ms: number): Trouble {
  return {
    kind: 'timeout',
    message: `it was not done after ${Math.round(ms / 1000)} s`,
    advice: 'give it longer with --unit-timeout, or name its packages in the manifest, a part at a time',
  }
}

function crashed(code: number, stderr: string): Trouble {
  const isHeap = /heap out of memory/.test(stderr)
  return {
    kind: isHeap ? 'memory' : 'crashed',
    message: isHeap
      ? 'mapfix ran out of memory'
      : `mapfix ended with ${code}: ${stderr.trim().split('\n').slice(-3).join('\n')}`,
    advice: isHeap
      ? 'give it more with --memory'
      : 'run mapfix in the module with --verbose, and please report what it says',
  }
}
