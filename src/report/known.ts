/** The file of known findings: what --suppressions reads and --update-suppressions writes. Pure. */
import { z } from 'zod'
import { UserError } from '../errors.js'
import type { Finding } from '../types.js'

const entry = z.strictObject({
  /** As in the report: it stays when lines move. */
  id: z.string().regex(/^[0-9a-f]{16}$/, 'an id has 16 hexadecimal digits'),
  rule: z.string(),
  /** Of the map, lock or variable. */
  name: z.string(),
  /** For people; mapfix leaves it as it is. */
  reason: z.string(),
})

export const knownSchema = z.strictObject({ version: z.literal(1), findings: z.array(entry) })

export type KnownEntry = z.infer<typeof entry>

/** A file of known findings, as it was read. */
export interface Known {
  readonly path: string
  readonly entries: readonly KnownEntry[]
}

/** Reads the text of such a file. Refused: anything that is not one, with the place in it. */
export function readKnown(path: string, text: string): Known {
  const refused = (why: string): UserError =>
    new UserError(`${path} is no file of known findings: ${why}\n  --update-suppressions writes one, where none is`)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw refused(error instanceof Error ? error.message : String(error))
  }
  const read = knownSchema.safeParse(value)
  if (!read.success) {
    const [issue] = read.error.issues
    throw refused(`${issue?.path.map(String).join('.') || 'the whole'}: ${issue?.message ?? 'it has another shape'}`)
  }
  return { path, entries: read.data.findings }
}

/**
 * The text of the file with the findings in it: reasons of old entries are kept, and entries that `isGone` goes for are not. Sorted by
 * name, rule and id, one finding a line or so, so that a change of one finding changes its lines alone.
 */
export function writeKnown(
  old: readonly KnownEntry[],
  findings: readonly Finding[],
  ids: ReadonlyMap<Finding, string>,
  isGone: (entry: KnownEntry) => boolean,
): string {
  const entries = new Map(old.filter((one) => !isGone(one)).map((one) => [one.id, one]))
  for (const finding of findings) {
    const id = ids.get(finding) ?? ''
    const name = (finding.map ?? finding.subject)?.name ?? ''
    entries.set(id, { id, rule: finding.rule, name, reason: entries.get(id)?.reason ?? '' })
  }
  const key = ({ name, rule, id }: KnownEntry): string => `${name}\0${rule}\0${id}`
  const sorted = [...entries.values()].sort((a, b) => (key(a) < key(b) ? -1 : 1))
  return `${JSON.stringify({ version: 1, findings: sorted }, null, 2)}\n`
}
