/** Text edits of one file as data: which of them clash, in what order they apply. */
import type { Range, TextEdit } from '../types.js'

/**
 * Whether two edits cannot both be applied: they are in one file, and what they replace overlaps, or one inserts
 * strictly inside what the other replaces. Insertions at one position and edits that touch do not clash.
 */
export function conflicts(a: Range, b: Range): boolean {
  if (a.file !== b.file) return false
  if (isInsertion(a) && isInsertion(b)) return false
  if (isInsertion(a)) return b.start < a.start && a.start < b.end
  if (isInsertion(b)) return a.start < b.start && b.start < a.end
  return a.start < b.end && b.start < a.end
}

/**
 * Edits in the order of the text: by file and start, insertions before a replacement that starts there, and
 * otherwise (insertions at one position) as given.
 */
export function sortEdits(edits: readonly TextEdit[]): TextEdit[] {
  return [...edits].sort(
    (a, b) => compareText(a.file, b.file) || a.start - b.start || Number(!isInsertion(a)) - Number(!isInsertion(b)),
  )
}

/** The first pair of edits that clash, in the order of the text; null if all of them can be applied. */
export function firstConflict(edits: readonly TextEdit[]): readonly [TextEdit, TextEdit] | null {
  let widest: TextEdit | undefined
  for (const edit of sortEdits(edits)) {
    if (widest !== undefined && conflicts(widest, edit)) return [widest, edit]
    if (widest === undefined || widest.file !== edit.file || edit.end >= widest.end) widest = edit
  }
  return null
}

function isInsertion(range: Range): boolean {
  return range.start === range.end
}

/** The text of import specs, alone or as declarations, with their comments. */
export function isImport(edit: TextEdit): boolean {
  return /^[\s;]*(?:import\b)?[\s(]*(?:(?:[\w.]+\s+)?"[^"\n]+"[\s;]*(?:\/\/[^\n]*\s*)?)+\)?\s*$/.test(edit.newText)
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
