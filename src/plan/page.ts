/** Text edits that put whole lines before and after statements of one file. */
import type { Span } from '../facts.js'
import type { TextEdit } from '../types.js'

export interface Page {
  readonly path: string
  readonly text: string
  slice(span: Span): string
  /** `text` in place of the range. */
  replace(span: Span, text: string): TextEdit
  insert(at: number, text: string): TextEdit
  /** Lines of their own before the statement, above the comment that belongs to it. */
  linesBefore(statement: Span, lines: readonly string[]): TextEdit
  /** Lines of their own after the statement and the comment at the end of its line. */
  linesAfter(statement: Span, lines: readonly string[]): TextEdit
  /** The statement gone, with its line if nothing else is on it. */
  removeLine(statement: Span): TextEdit
  /** The white space that the line of the position starts with. */
  indentAt(at: number): string
  /** The end of line that the file uses. */
  readonly eol: string
}

export function openPage(path: string, text: string): Page {
  const eol = text.includes('\r\n') ? '\r\n' : '\n'
  const lineStart = (at: number): number => text.lastIndexOf('\n', at - 1) + 1
  const lineEnd = (at: number): number => {
    const end = text.indexOf('\n', at)
    return end < 0 ? text.length : text[end - 1] === '\r' ? end - 1 : end
  }
  const indentAt = (at: number): string => /^[ \t]*/.exec(text.slice(lineStart(at), at))?.[0] ?? ''
  const insert = (at: number, newText: string): TextEdit => ({ file: path, start: at, end: at, newText })
  return {
    path,
    text,
    eol,
    slice: (span) => text.slice(span[0], span[1]),
    replace: (span, newText) => ({ file: path, start: span[0], end: span[1], newText }),
    insert,
    indentAt,
    removeLine(statement) {
      const [start, end] = [lineStart(statement[0]), lineEnd(statement[1])]
      const alone = text.slice(start, statement[0]).trim() === '' && text.slice(statement[1], end).trim() === ''
      const next = text.indexOf('\n', end)
      const whole = alone && next >= 0
      return { file: path, start: whole ? start : statement[0], end: whole ? next + 1 : statement[1], newText: '' }
    },
    linesBefore(statement, lines) {
      const start = lineStart(statement[0])
      const indent = text.slice(start, statement[0])
      if (indent.trim() !== '') return insert(statement[0], eol + lines.map((line) => line + eol).join(''))
      return insert(aboveComment(text, start, lineStart), lines.map((line) => indent + line + eol).join(''))
    },
    linesAfter(statement, lines) {
      const end = lineEnd(statement[1])
      const rest = text.slice(statement[1], end)
      if (/^\s*(\/\/.*)?$/.test(rest))
        return insert(end, lines.map((line) => eol + indentAt(statement[0]) + line).join(''))
      const semicolon = /^\s*;/.exec(rest)?.[0].length ?? 0
      return insert(statement[1] + semicolon, eol + lines.map((line) => line + eol).join(''))
    },
  }
}

/** The start of the comment lines that stand directly above the line, or the line's own start. */
function aboveComment(text: string, start: number, lineStart: (at: number) => number): number {
  let at = start
  while (at > 0) {
    const before = lineStart(at - 1)
    if (!/^[ \t]*\/\/(?!go:|line )/.test(text.slice(before, at))) return at
    at = before
  }
  return at
}
