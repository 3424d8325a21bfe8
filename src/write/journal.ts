/** The undo journal: what a run is about to put where, so that it, or the next one, can take it back. */
import { dirname, join } from 'node:path'
import { ToolError, UserError } from '../errors.js'
import { errorCode } from '../go/run.js'
import { diskReason, type Files, isMissing, sha256 } from './files.js'

export interface JournalEntry {
  readonly path: string
  /** The new content, until it is renamed to `path`. */
  readonly temp: string
  /** A copy of the old content; null where `path` is new. */
  readonly backup: string | null
  /** Hash of the new content: anything else in `path` is somebody's later work. */
  readonly after: string
}

export interface Journal {
  readonly version: 1
  readonly pid: number
  readonly entries: readonly JournalEntry[]
  /** Folders made for new files, outermost first. */
  readonly folders: readonly string[]
}

/** Where a journal of a tree stands: in git's own folder, where no status shows it, else beside the go.mod around `cwd`. */
export async function journalPath(
  cwd: string,
  gitDir: string | null,
  files: Files,
  kind: 'undo' | 'review' = 'undo',
): Promise<string> {
  const name = `mapfix-${kind}.json`
  if (gitDir !== null) return join(gitDir, name)
  for (let dir = cwd; dir !== dirname(dir); dir = dirname(dir)) {
    if (await files.exists(join(dir, 'go.mod'))) return join(dir, `.${name}`)
  }
  return join(cwd, `.${name}`)
}

/** Writes the journal. Refused: another run is writing here. */
export async function writeJournal(path: string, journal: Journal, files: Files): Promise<void> {
  try {
    await files.create(path, Buffer.from(JSON.stringify(journal)), 0o600)
  } catch (error) {
    if (errorCode(error) === 'EEXIST')
      throw new UserError(`another mapfix is writing here (${path}): nothing was written; try again`)
    await removeIfThere(path, files).catch(() => undefined)
    throw new ToolError(`cannot write ${path}: ${diskReason(error)}; every file is as it was`)
  }
}

export async function removeJournal(path: string, files: Files): Promise<void> {
  await files.unlink(path)
}

/**
 * Takes back what the journal names, as far as it happened, and removes it. A file that holds neither the old nor the
 * new content has been edited since: it stays, and so does the copy of its old content.
 */
export async function undoJournal(journal: Journal, path: string, files: Files): Promise<void> {
  for (const entry of journal.entries) await undoEntry(entry, files)
  for (const folder of [...journal.folders].reverse()) {
    // One that is not empty holds somebody else's file.
    await files.rmdir(folder).catch(() => undefined)
  }
  await removeJournal(path, files)
}

/**
 * Undoes what a run that died here left behind. Returns the files it put back, [] when there was nothing. Refused: the
 * run is still alive; a journal that nobody can read.
 */
export async function recover(path: string, files: Files, isAlive: (pid: number) => boolean): Promise<string[]> {
  let text: string
  try {
    text = (await files.readFile(path)).toString('utf8')
  } catch (error) {
    if (isMissing(error)) return []
    throw new ToolError(`cannot read ${path}: ${diskReason(error)}`)
  }
  const journal = parse(text)
  if (journal === null) {
    // Cut short while it was written, which comes before everything else.
    await removeIfThere(path, files)
    return []
  }
  if (isAlive(journal.pid))
    throw new UserError(
      `another mapfix (process ${journal.pid}) is writing here: try again when it is done\n  if no mapfix has that number, remove ${path}`,
    )
  await undoJournal(journal, path, files)
  return journal.entries.map((entry) => entry.path)
}

async function undoEntry(entry: JournalEntry, files: Files): Promise<void> {
  const renamed = !(await files.exists(entry.temp))
  if (!renamed) await files.unlink(entry.temp)
  const isOurs = renamed && (await hasHash(entry.path, entry.after, files))
  if (entry.backup === null) {
    if (isOurs) await files.unlink(entry.path)
  } else if (isOurs) {
    if (await files.exists(entry.backup)) await files.rename(entry.backup, entry.path)
  } else if (!renamed || (await sameContent(entry.path, entry.backup, files))) {
    await removeIfThere(entry.backup, files)
  }
}

async function hasHash(path: string, hash: string, files: Files): Promise<boolean> {
  return (await files.exists(path)) && sha256(await files.readFile(path)) === hash
}

async function sameContent(a: string, b: string, files: Files): Promise<boolean> {
  if (!(await files.exists(a)) || !(await files.exists(b))) return false
  return (await files.readFile(a)).equals(await files.readFile(b))
}

async function removeIfThere(path: string, files: Files): Promise<void> {
  if (await files.exists(path)) await files.unlink(path)
}

function parse(text: string): Journal | null {
  try {
    const value: unknown = JSON.parse(text)
    return isJournal(value) ? value : null
  } catch {
    return null
  }
}

function isJournal(value: unknown): value is Journal {
  return (
    typeof value === 'object' &&
    value !== null &&
    'version' in value &&
    value.version === 1 &&
    'pid' in value &&
    typeof value.pid === 'number' &&
    'entries' in value &&
    Array.isArray(value.entries) &&
    'folders' in value &&
    Array.isArray(value.folders)
  )
}
