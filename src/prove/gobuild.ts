/** `go build` and `go vet`: what they object to, comparable between a tree before and after a patch. */
import { type RunOptions, runGo } from '../go/run.js'

export interface Complaints {
  readonly code: number
  readonly messages: readonly Complaint[]
  readonly output: string
}

interface Complaint {
  /** The import path of the package, as its header line says it; "" when there is none. */
  readonly package: string
  /** Without position: lines move. */
  readonly message: string
  /** As printed. */
  readonly line: string
}

/** Builds the packages, keeping nothing. */
export async function goBuild(packages: readonly string[], flags: readonly string[], options: RunOptions): Promise<Complaints> {
  return complaints(await runGo(['build', '-o', devNull, ...flags, ...packages], options))
}

/** Vets the packages with their tests. */
export async function goVet(packages: readonly string[], flags: readonly string[], options: RunOptions): Promise<Complaints> {
  return complaints(await runGo(['vet', ...flags, ...packages], options))
}

/** What `after` objects to and `before` did not, counted: the second of two equal messages is new where there was one. */
export function newComplaints(before: Complaints, after: Complaints): Complaint[] {
  const known = new Map<string, number>()
  const key = (c: Complaint): string => `${c.package}\n${c.message}`
  for (const c of before.messages) known.set(key(c), (known.get(key(c)) ?? 0) + 1)
  return after.messages.filter((c) => {
    const left = known.get(key(c)) ?? 0
    known.set(key(c), left - 1)
    return left <= 0
  })
}

const devNull = '/dev/null'

function complaints({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }): Complaints {
  const output = stdout + stderr
  const messages: Complaint[] = []
  let current = ''
  for (const line of code === 0 ? [] : output.split('\n')) {
    const header = /^# ([^ ]+)/.exec(line)
    if (header) current = header[1] ?? ''
    else if (line.trim() !== '') messages.push({ package: current, message: line.replace(/^(vet: )?(.*?):\d+(:\d+)?:/, '$1$2:'), line })
  }
  return { code, messages, output }
}
