import { parsePatch } from 'diff'

/** Lines of a file's new text, 1-based, both ends included. */
export interface Lines {
  readonly first: number
  readonly last: number
}

/**
 * The lines that a patch made or touched, by path as git writes it behind "b/". Where lines were only taken out, the two that meet
 * now count: a lock may have stood between them. Files that are gone are left out.
 */
export function changedLines(patch: string): ReadonlyMap<string, readonly Lines[]> {
  const files = new Map<string, Lines[]>()
  for (const { newFileName = '', hunks } of parsePatch(patch)) {
    if (!newFileName.startsWith('b/')) continue
    files.set(
      newFileName.slice(2),
      hunks.map(({ newStart, newLines }) =>
        newLines === 0 ? { first: newStart - 1, last: newStart } : { first: newStart, last: newStart + newLines - 1 },
      ),
    )
  }
  return files
}
