/** The processes of this machine: which belong together, what memory they take, and their end. */
import { readdir, readFile } from 'node:fs/promises'
import process from 'node:process'
import { run } from './run.js'

export interface Proc {
  readonly pid: number
  readonly parent: number
  /** Resident memory, bytes. */
  readonly memory: number
  /** Tells it from a later process of the same id; "" where the system does not say. */
  readonly born: string
}

/** All processes: from /proc, or where that is missing as ps lists them. */
export async function processes(): Promise<ReadonlyMap<number, Proc>> {
  const listed = process.platform === 'linux' ? await fromProc() : await fromPs()
  return new Map(listed.map((one) => [one.pid, one]))
}

/** A process and all that descend from it, itself first. */
export function treeOf(root: number, all: ReadonlyMap<number, Proc>): Proc[] {
  const children = new Map<number, Proc[]>()
  for (const one of all.values()) children.set(one.parent, [...(children.get(one.parent) ?? []), one])
  const first = all.get(root)
  const tree = first ? [first] : []
  for (let i = 0; i < tree.length; i++) tree.push(...(children.get(tree[i]?.pid ?? -1) ?? []))
  return tree
}

/** Asks a process to end. */
export function terminate(pid: number): void {
  send(pid, 'SIGTERM')
}

/** Ends a process and all that descend from it, and those of `known` (its descendants of earlier) that are still there. */
export async function killTree(root: number, known: readonly Proc[] = []): Promise<void> {
  const all = await processes()
  const orphans = known.filter(({ pid, born }) => all.get(pid)?.born === born)
  const doomed = [...treeOf(root, all), ...orphans.flatMap(({ pid }) => treeOf(pid, all))]
  // Parents first: they would start others.
  for (const { pid } of doomed) send(pid, 'SIGKILL')
}

function send(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It has ended.
  }
}

const PAGE = 4096

async function fromProc(): Promise<Proc[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const found = await Promise.all(
    pids.map(async (pid) => {
      const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '')
      // The name, in parentheses, may hold anything.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      return fields.length < 22
        ? []
        : [{ pid: Number(pid), parent: Number(fields[1]), memory: Number(fields[21]) * PAGE, born: fields[19] ?? '' }]
    }),
  )
  return found.flat()
}

async function fromPs(): Promise<Proc[]> {
  const { stdout } = await run('ps', ['-A', '-o', 'pid=,ppid=,rss='], { cwd: '/' })
  return stdout.split('\n').flatMap((line) => {
    const [pid, parent, kib] = line.trim().split(/\s+/).map(Number)
    return pid === undefined || parent === undefined || kib === undefined
      ? []
      : [{ pid, parent, memory: kib * 1024, born: '' }]
  })
}
