/** `go build` and `go vet`: what they object to, comparable between a tree before and after a patch. */
import { dirname, resolve } from 'node:path'
import { type RunOptions, runGo } from '../go/run.js'

export interface Complaints {
  readonly code: number
  readonly messages: readonly Complaint[]
}

interface Complaint {
  /** Absolute folder of the file complained of, "" when there is none. (Header lines name packages, but not always.) */
  readonly folder: string
  /** With the file but without line and column, which move. */
  readonly message: string
  /** As printed. */
  readonly line: string
}

/** Builds the packages, keeping nothing. */
export async function goBuild(
  packages: readonly string[],
  flags: readonly string[],
  options: RunOptions,
): Promise<Complaints> {
  return complaints(await runGo(['build', '-o', devNull, ...flags, ...packages], options), options.cwd)
}

/** Vets the packages with their tests. */
export async function goVet(
  packages: readonly string[],
  flags: readonly string[],
  options: RunOptions,
): Promise<Complaints> {
  return complaints(await runGo(['vet', ...flags, ...packages], options), options.cwd)
}

/** What `after` objects to and `before` did not, counted: the second of two equal messages is new where there was one. */
export function newComplaints(before: Complaints, after: Complaints): Complaint[] {
  const known = new Map<string, number>()
  for (const c of before.messages) known.set(c.message, (known.get(c.message) ?? 0) + 1)
  return after.messages.filter((c) => {
    const left = known.get(c.message) ?? 0
    known.set(c.message, left - 1)
    return left <= 0
  })
}

const devNull = '/dev/null'

function complaints(
  { code, stdout, stderr }: { code: number; stdout: string; stderr: string },
  cwd: string,
): Complaints {
  const lines =
    code === 0 ? [] : (stdout + stderr).split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'))
  const messages = lines.map((line): Complaint => {
    const [, vet = '', file, text = ''] = /^(vet: )?(\S.*?):\d+(?::\d+)?:(.*)$/.exec(line) ?? []
    return file === undefined
      ? { folder: '', message: line, line }
      : { folder: dirname(resolve(cwd, file)), message: `${vet}${file}:${text}`, line }
  })
  return { code, messages }
}
