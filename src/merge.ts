/** Several fixes on one tree: which of them go together, and the texts they make. */

import { isImport } from './edit/edits.js'
import { applyEdits, conflicts } from './edit/index.js'
import { formatTouched } from './edit/touched.js'
import type { Gofmt } from './prove/gofmt.js'
import type { Rendered } from './prove/prove.js'
import type { StageResult } from './prove/stages.js'
import type { SuggestedFix, TextEdit } from './types.js'

/** The earlier fix that a fix cannot go together with: overlapping edits, or one new file with two contents; null if none. */
export function clashing<F extends SuggestedFix>(fix: F, earlier: readonly F[]): F | null {
  return earlier.find((other) => clash(fix, other)) ?? null
}

/**
 * The files as the fixes leave them. A file that gofmt had nothing to say about is run through gofmt again, so that
 * what the edits moved is aligned; of any other only the lines that were edited are.
 */
export async function render(
  fixes: readonly SuggestedFix[],
  source: (path: string) => string,
  gofmt: Gofmt,
): Promise<Rendered> {
  const overlay = new Map<string, string>()
  const results = new Map<string, StageResult>()
  const errors: string[] = []
  const finish = async (path: string, before: string | null, text: string): Promise<void> => {
    if (path.endsWith('.go') && before !== null && !(await gofmt.isClean(before))) {
      const formatted = await gofmt.format(text)
      if ('error' in formatted) errors.push(formatted.error.replaceAll('<standard input>', path))
      results.set(path, 'error' in formatted ? 'failed' : 'baseline failed')
      overlay.set(path, 'error' in formatted ? text : formatTouched(before, text, formatted.text))
      return
    }
    const formatted = path.endsWith('.go') ? await gofmt.format(text) : { text }
    if ('error' in formatted) errors.push(formatted.error.replaceAll('<standard input>', path))
    results.set(path, 'error' in formatted ? 'failed' : 'ok')
    overlay.set(path, 'error' in formatted ? text : formatted.text)
  }
  for (const [path, edits] of editsByFile(fixes)) await finish(path, source(path), applyEdits(source(path), edits))
  for (const fix of fixes) for (const [path, text] of fix.added) if (!overlay.has(path)) await finish(path, null, text)
  return { overlay, gofmt: results, errors }
}

/** Files that a fix changes or adds, sorted. */
export function filesOf(fix: SuggestedFix): string[] {
  return [...new Set([...fix.edits.map((edit) => edit.file), ...fix.added.keys()])].sort()
}

function clash(a: SuggestedFix, b: SuggestedFix): boolean {
  for (const [path, text] of a.added) if (b.added.has(path) && b.added.get(path) !== text) return true
  return a.edits.some((x) => b.edits.some((y) => x.file === y.file && !together(x, y)))
}

/** Two lock statements at one place, even equal ones, need a plan of their own; imports and declarations do not. */
function together(x: TextEdit, y: TextEdit): boolean {
  if (x.start === y.start && x.end === y.end && x.newText === y.newText) return isSharable(x)
  if (conflicts(x, y)) return false
  const samePlace = x.start === x.end && y.start === y.end && x.start === y.start
  return !samePlace || (isSharable(x) && isSharable(y))
}

function isSharable(edit: TextEdit): boolean {
  return isImport(edit) || /^\s*(?:\/\/[^\n]*\n)*(?:func|type|var)\b/.test(edit.newText)
}

function editsByFile(fixes: readonly SuggestedFix[]): Map<string, TextEdit[]> {
  const files = new Map<string, Map<string, TextEdit>>()
  for (const [i, fix] of fixes.entries()) {
    for (const [j, edit] of fix.edits.entries()) {
      const known = files.get(edit.file) ?? new Map<string, TextEdit>()
      // What fixes share is done once; two equal insertions of anything else are meant.
      const key = isSharable(edit) ? `${edit.start} ${edit.end} ${edit.newText}` : `${i} ${j}`
      if (!known.has(key)) known.set(key, edit)
      files.set(edit.file, known)
    }
  }
  return new Map([...files].map(([path, edits]) => [path, [...edits.values()]]))
}
