/**
 * Writes all files of a change or none.
 *
 * First a journal that names everything about to appear, then beside each file its new content and a copy of the old,
 * then a last look that nothing changed meanwhile, then the renames. Undoing is renames and removals alone, so that it
 * works on a full disk too; the next start undoes what a crash left (recover.ts).
 */
import { dirname, join } from 'node:path'
import { Interrupted, ToolError, UserError } from '../errors.js'
import { diskReason, type Files, sha256 } from './files.js'
import { type Journal, type JournalEntry, removeJournal, undoJournal, writeJournal } from './journal.js'

/** One file of a change: absolute path, the bytes that were read (null: there was no file), the new text. */
export interface FileWrite {
  readonly path: string
  readonly before: Buffer | null
  readonly after: string
}

/** A change that is in place, and can still be taken back. */
export interface Committed {
  /** Makes it final: removes the copies of the old files. */
  keep(): Promise<void>
  /** Puts the old files back. */
  undo(): Promise<void>
}

export interface CommitOptions {
  readonly files: Files
  /** Where the journal stands: see journalPath. */
  readonly journal: string
  readonly pid: number
  readonly signal?: AbortSignal | undefined
}

/**
 * Puts the files in place. Refused, with nothing written: a file that changed since it was read, one that is
 * read-only, one that is there but should be new. A failure on the way undoes what was done and throws.
 */
export async function commit(writes: readonly FileWrite[], options: CommitOptions): Promise<Committed> {
  const { files, signal } = options
  const targets = await Promise.all(writes.map((write) => target(write, files)))
  const journal: Journal = {
    version: 1,
    pid: options.pid,
    entries: targets.map((t, i) => entry(t, i, options.pid)),
    folders: await missingFolders(targets, files),
  }
  await writeJournal(options.journal, journal, files)
  try {
    await stage(targets, journal, files)
    for (const t of targets) await mustBeAsRead(t, files)
    if (signal?.aborted) throw new Interrupted()
    for (const { temp, path } of journal.entries) await files.rename(temp, path)
  } catch (error) {
    await undoJournal(journal, options.journal, files)
    throw understood(error)
  }
  return {
    async keep() {
      // The journal goes first: from here on nobody takes half of it back.
      await removeJournal(options.journal, files)
      for (const { backup } of journal.entries) if (backup !== null) await files.unlink(backup)
    },
    undo: () => undoJournal(journal, options.journal, files),
  }
}

interface Target extends FileWrite {
  readonly mode: number
}

async function target(write: FileWrite, files: Files): Promise<Target> {
  if (write.before === null) return { ...write, mode: 0o644 }
  try {
    const path = await files.realpath(write.path)
    const { mode } = await files.stat(path)
    if ((mode & 0o222) === 0)
      throw new UserError(
        `${write.path} is read-only: nothing was written; make it writable, or leave its maps out with --skip`,
      )
    return { ...write, path, mode }
  } catch (error) {
    throw understood(error, write.path)
  }
}

function entry(t: Target, index: number, pid: number): JournalEntry {
  const beside = (kind: string): string => join(dirname(t.path), `.mapfix-${pid}-${index}.${kind}`)
  return {
    path: t.path,
    temp: beside('new'),
    backup: t.before === null ? null : beside('old'),
    after: sha256(Buffer.from(t.after)),
  }
}

async function stage(targets: readonly Target[], journal: Journal, files: Files): Promise<void> {
  for (const folder of journal.folders) await files.mkdir(folder)
  for (const [i, t] of targets.entries()) {
    const at = journal.entries[i]
    if (at === undefined) throw new Error(`bug: no journal entry for ${t.path}`)
    await files.create(at.temp, Buffer.from(t.after), t.mode)
    if (at.backup !== null && t.before !== null) await files.create(at.backup, t.before, t.mode)
  }
}

async function mustBeAsRead(t: Target, files: Files): Promise<void> {
  if (t.before === null) {
    if (await files.exists(t.path))
      throw new UserError(`${t.path} appeared during the run: nothing was written; run mapfix again`)
    return
  }
  const now = await files.readFile(t.path)
  if (!now.equals(t.before))
    throw new UserError(`${t.path} changed during the run: nothing was written; run mapfix again`)
}

/** Folders to be made, outermost first. */
async function missingFolders(targets: readonly Target[], files: Files): Promise<string[]> {
  const missing = new Set<string>()
  for (const t of targets) {
    const chain: string[] = []
    for (let dir = dirname(t.path); !(await files.exists(dir)); dir = dirname(dir)) chain.unshift(dir)
    for (const dir of chain) missing.add(dir)
  }
  return [...missing]
}

function understood(error: unknown, path?: string): unknown {
  if (error instanceof UserError || error instanceof ToolError || error instanceof Interrupted) return error
  const where =
    path ?? (typeof error === 'object' && error !== null && 'path' in error ? String(error.path) : 'the changed files')
  return new ToolError(`cannot write ${where}: ${diskReason(error)}; every file is as it was`)
}
