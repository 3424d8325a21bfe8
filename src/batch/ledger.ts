/** The ledger: what became of every unit, in a file that only grows. One process at a time writes it. */
import { join } from 'node:path'
import { UserError } from '../errors.js'
import { isAlive } from '../go/run.js'
import { openLog, readLines } from '../write/log.js'
import { type LedgerRecord, type MadeRecord, type RunRecord, recordSchema, type UnitRecord } from './records.js'

export interface History {
  readonly runs: readonly RunRecord[]
  /** Runs that came to their end. */
  readonly ended: ReadonlySet<number>
  /** All that was said of units, in the order in which it was. */
  readonly units: readonly UnitRecord[]
  /** The last of each branch or patch, by repository and name. */
  readonly made: ReadonlyMap<string, MadeRecord>
}

export interface Ledger {
  readonly history: History
  /** Where the answers of units are kept. */
  readonly folder: string
  add(record: LedgerRecord): Promise<void>
  close(): Promise<void>
}

/** Reads a ledger; one that is not there has no history. Refused: a file that is none. */
export async function readLedger(path: string): Promise<History> {
  const runs: RunRecord[] = []
  const ended = new Set<number>()
  const units: UnitRecord[] = []
  const made = new Map<string, MadeRecord>()
  for (const [i, line] of (await readLines(path)).entries()) {
    const record = recordIn(line)
    if (record === null) throw new UserError(`${path}:${i + 1}: this is no line of a ledger of mapfix`)
    if (record.kind === 'run') runs.push(record)
    else if (record.kind === 'end') ended.add(record.run)
    else if (record.kind === 'unit') units.push(record)
    else made.set(madeKey(record), record)
  }
  return { runs, ended, units, made }
}

/** Opens a ledger for writing. Refused: another batch that is alive writes it. */
export async function openLedger(path: string): Promise<Ledger> {
  const history = await readLedger(path)
  const last = history.runs.at(-1)
  if (last !== undefined && !history.ended.has(last.run) && isAlive(last.pid))
    throw new UserError(
      `another batch (process ${last.pid}) writes ${path}: wait for it, or name another with --ledger`,
    )
  const log = await openLog(path)
  return {
    history,
    folder: join(`${path}.units`),
    add: (record) => log.add(JSON.stringify(record)),
    close: () => log.close(),
  }
}

/** The last that was said of each unit. */
export function lastOf(units: readonly UnitRecord[]): ReadonlyMap<string, UnitRecord> {
  return new Map(units.map((record) => [unitKey(record), record]))
}

export function unitKey({ repository, unit }: Pick<UnitRecord, 'repository' | 'unit'>): string {
  return `${repository} ${unit}`
}

export function madeKey({ repository, name }: Pick<MadeRecord, 'repository' | 'name'>): string {
  return `${repository} ${name}`
}

function recordIn(line: string): LedgerRecord | null {
  try {
    const read = recordSchema.safeParse(JSON.parse(line))
    return read.success ? read.data : null
  } catch {
    return null
  }
}
