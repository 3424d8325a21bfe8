/** gofmt's opinion of the lines that were edited, and of no others. */
import { diffArrays } from 'diff'

/**
 * The text after an edit, with gofmt's changes taken over where they touch an edited line: for files that gofmt would change
 * elsewhere too, whose other lines are the user's business. `formatted` is what gofmt makes of `after`. Line ends are those of `before`.
 */
export function formatTouched(before: string, after: string, formatted: string): string {
  const newline = before.includes('\r\n') ? '\r\n' : '\n'
  const lines = splitLines(after)
  const edited = changedLines(splitLines(before), lines)
  const out: string[] = []
  let at = 0
  let removed: string[] = []
  const flush = (added: readonly string[]): void => {
    const start = at - removed.length
    // Lines between two edited ones were wrapped by the edit: their indentation is its doing.
    const wrapped = edited.has(start - 1) && edited.has(at)
    const touches = wrapped || (removed.length === 0 ? edited.has(at) : removed.some((_, i) => edited.has(start + i)))
    out.push(...(touches ? added : removed))
    removed = []
  }
  for (const part of diffArrays(lines, splitLines(formatted.replaceAll(/\r?\n/g, newline)))) {
    if (part.added) flush(part.value)
    else {
      if (removed.length > 0) flush([])
      at += part.value.length
      if (part.removed) removed = [...part.value]
      else out.push(...part.value)
    }
  }
  if (removed.length > 0) flush([])
  return out.join('')
}

/** Indices of the lines of `after` that are not in `before`. */
function changedLines(before: readonly string[], after: readonly string[]): ReadonlySet<number> {
  const changed = new Set<number>()
  let at = 0
  for (const part of diffArrays([...before], [...after])) {
    if (part.removed) continue
    if (part.added) for (let i = 0; i < part.value.length; i++) changed.add(at + i)
    at += part.value.length
  }
  return changed
}

/** Lines with their ends. */
function splitLines(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? []
}
