/** Changes of files as a patch that `git apply` takes. */
import { diffLines, structuredPatch } from 'diff'
import type { TextEdit } from '../types.js'

/** A file before and after; null where it does not exist. `path` is relative to where the patch is applied, with slashes. */
export interface FileChange {
  readonly path: string
  readonly before: string | null
  readonly after: string | null
}

/** A run of changed lines with their context, as unified diffs number them. */
export interface Hunk {
  readonly oldStart: number
  readonly oldLines: number
  readonly newStart: number
  readonly newLines: number
  /** Without line ends but with their "\r"; the first character is " ", "-", "+" or "\\". */
  readonly lines: readonly string[]
}

/** One patch in git's format of all changes, in the given order; '' when nothing changes. */
export function unifiedDiff(changes: readonly FileChange[]): string {
  return changes.map(fileDiff).join('')
}

/** What changes between two texts, with so many lines of context. */
export function hunks(before: string, after: string, context = 3): Hunk[] {
  return structuredPatch('', '', before, after, '', '', { context }).hunks
}

/** The edits, of whole lines, that turn one text of a file into another. */
export function lineEdits(file: string, before: string, after: string): TextEdit[] {
  const edits: TextEdit[] = []
  let at = 0
  let from = 0
  let newText = ''
  const flush = (): void => {
    if (at > from || newText !== '') edits.push({ file, start: from, end: at, newText })
    newText = ''
  }
  for (const { added, removed, value } of diffLines(before, after)) {
    if (added) newText += value
    else if (removed) at += value.length
    else {
      flush()
      at += value.length
      from = at
    }
  }
  flush()
  return edits
}

function fileDiff({ path, before, after }: FileChange): string {
  if (before === after) return ''
  const header = [`diff --git ${quote(`a/${path}`)} ${quote(`b/${path}`)}`]
  if (before === null) header.push('new file mode 100644')
  if (after === null) header.push('deleted file mode 100644')
  const body = hunks(before ?? '', after ?? '').flatMap(hunkLines)
  if (body.length > 0) {
    header.push(`--- ${before === null ? '/dev/null' : fileName(`a/${path}`)}`)
    header.push(`+++ ${after === null ? '/dev/null' : fileName(`b/${path}`)}`)
  }
  return [...header, ...body].map((line) => `${line}\n`).join('')
}

function hunkLines(hunk: Hunk): string[] {
  return [`@@ -${extent(hunk.oldStart, hunk.oldLines)} +${extent(hunk.newStart, hunk.newLines)} @@`, ...hunk.lines]
}

/** An empty extent is named by the line before it. */
function extent(start: number, lines: number): string {
  if (lines === 0) return `${start - 1},0`
  return lines === 1 ? `${start}` : `${start},${lines}`
}

/** git ends a name that holds a space with a tab, so that it is not taken for a name and a date. */
function fileName(name: string): string {
  const quoted = quote(name)
  return quoted === name && name.includes(' ') ? `${name}\t` : quoted
}

const ESCAPES: ReadonlyMap<number, string> = new Map([
  [0x07, '\\a'],
  [0x08, '\\b'],
  [0x09, '\\t'],
  [0x0a, '\\n'],
  [0x0b, '\\v'],
  [0x0c, '\\f'],
  [0x0d, '\\r'],
  [0x22, '\\"'],
  [0x5c, '\\\\'],
])

/** As git writes a path with core.quotePath: C escapes in quotes where a byte is special, as it is otherwise. */
function quote(path: string): string {
  let quoted = ''
  for (const byte of new TextEncoder().encode(path)) {
    const plain = byte >= 0x20 && byte < 0x7f
    quoted += ESCAPES.get(byte) ?? (plain ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, '0')}`)
  }
  return quoted === path ? path : `"${quoted}"`
}
