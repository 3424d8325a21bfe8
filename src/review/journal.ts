/** What a review writes down after each decision, so that it can go on later. */
import { z } from 'zod'
import { UserError } from '../errors.js'
import { type Files, isMissing, sha256 } from '../write/files.js'
import { saveFile } from '../write/save.js'
import { PLANNED } from './decisions.js'

const decision = z.object({
  /** Ids of the findings that the fix is for. */
  findings: z.array(z.string()),
  verdict: z.enum(['accepted', 'declined']),
  variant: z
    .object({
      alternative: z.string(),
      without: z.array(z.string()),
      edited: z.record(z.string(), z.string()).nullable(),
    })
    .default({ ...PLANNED, without: [] }),
})

const journal = z.object({
  version: z.literal(1),
  /** The arguments that the review began with: others find other fixes. */
  argv: z.array(z.string()),
  /** SHA-256 of every file of the program, by absolute path. */
  files: z.record(z.string(), z.string()),
  decided: z.array(decision),
})

export type ReviewJournal = z.infer<typeof journal>

/**
 * Reads the journal of a review that was begun with the same arguments. Refused: there is none, or none that can be read; files have
 * changed since then.
 */
export async function readReview(path: string, argv: readonly string[], files: Files): Promise<ReviewJournal> {
  const read = journal.safeParse(parse(await textOf(path, files)))
  if (!read.success)
    throw new UserError(`${path} is no review's journal: nothing was done\n  remove it, and begin anew with -i`)
  const begun = read.data
  if (begun.argv.join('\0') !== argv.join('\0'))
    throw new UserError(
      `that review was begun with other arguments: nothing was done\n  continue it with: mapfix ${['--resume', ...begun.argv].join(' ')}`,
    )
  const changed: string[] = []
  for (const [file, hash] of Object.entries(begun.files))
    if (!(await files.exists(file)) || sha256(await files.readFile(file)) !== hash) changed.push(file)
  if (changed.length > 0) throw hasChanged(changed)
  return begun
}

/** Files have changed since the review began. */
export function hasChanged(changed: readonly string[]): UserError {
  const shown = changed.slice(0, 5).map((file) => `    ${file}\n`)
  const more = changed.length > 5 ? `    and ${changed.length - 5} more\n` : ''
  return new UserError(
    `files have changed since that review, so its decisions may be about other code: nothing was done\n${shown.join('')}${more}  begin anew with -i`,
  )
}

export async function saveReview(path: string, review: ReviewJournal, files: Files, pid: number): Promise<void> {
  await saveFile(path, JSON.stringify(review), files, pid)
}

export async function endReview(path: string, files: Files): Promise<void> {
  if (await files.exists(path)) await files.unlink(path)
}

async function textOf(path: string, files: Files): Promise<string> {
  try {
    return (await files.readFile(path)).toString('utf8')
  } catch (error) {
    if (isMissing(error)) throw new UserError('there is no review to continue here\n  -i begins one')
    throw error
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
