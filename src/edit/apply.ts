/** Edits to text. The only user of magic-string. */
import MagicString from 'magic-string'
import type { TextEdit } from '../types.js'
import { firstConflict, sortEdits } from './edits.js'

/**
 * `text` with the edits (of one file, UTF-16 offsets) applied. Insertions at one position keep the given order and
 * stand before a replacement that starts there. Edits that clash or leave the text are a bug of the planner: throws.
 */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  check(text, edits)
  const result = new MagicString(text)
  for (const edit of sortEdits(edits)) {
    if (edit.start === edit.end) result.appendLeft(edit.start, edit.newText)
    else if (edit.newText === '') result.remove(edit.start, edit.end)
    else result.update(edit.start, edit.end, edit.newText)
  }
  return result.toString()
}

function check(text: string, edits: readonly TextEdit[]): void {
  const other = edits.find((edit) => edit.file !== edits[0]?.file)
  if (other !== undefined) throw new Error(`edits of two files applied to one text: ${describe(other)}`)
  const outside = edits.find((edit) => edit.start < 0 || edit.end < edit.start || edit.end > text.length)
  if (outside !== undefined) throw new Error(`edit outside the text of ${text.length} units: ${describe(outside)}`)
  const clash = firstConflict(edits)
  if (clash !== null) throw new Error(`edits overlap: ${describe(clash[0])} and ${describe(clash[1])}`)
}

function describe(edit: TextEdit): string {
  return `${edit.file}[${edit.start},${edit.end}) → ${JSON.stringify(edit.newText)}`
}
