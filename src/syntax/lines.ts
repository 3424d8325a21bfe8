/** Lines of a Go file: indentation, and the comments that belong to a statement. */
import type { Span } from '../facts.js'
import { nodeCovering } from './nodes.js'
import type { Node, Tree } from './syntax.js'

/** The spaces and tabs that the line of an offset starts with. */
export function indentation(text: string, offset: number): string {
  return /^[ \t]*/.exec(text.slice(lineStart(text, offset)))?.[0] ?? ''
}

/** Where the line of an offset starts. */
export function lineStart(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1
}

/** Where the line of an offset ends, before its "\n" or "\r\n". */
export function lineEnd(text: string, offset: number): number {
  const newline = text.indexOf('\n', offset)
  const end = newline < 0 ? text.length : newline
  return end > offset && text[end - 1] === '\r' ? end - 1 : end
}

/** How the file ends its lines: "\r\n" if any line does. */
export function newlineOf(text: string): '\n' | '\r\n' {
  return text.includes('\r\n') ? '\r\n' : '\n'
}

/**
 * A statement (or declaration, field …) with what is said of it: comments alone on the lines directly above, and those that
 * follow on its last line. Starts at the first comment or the statement itself, without indentation; ends without the line end.
 */
export function withComments(tree: Tree, text: string, range: Span): Span {
  return [leadingStart(tree, text, range[0]), trailingEnd(tree, text, range[1])]
}

function leadingStart(tree: Tree, text: string, start: number): number {
  let first = start
  for (;;) {
    const line = lineStart(text, first)
    if (line === 0 || text.slice(line, first).trim() !== '') return first
    const before = text
      .slice(0, line)
      .replace(/\r?\n$/, '')
      .trimEnd()
    const comment = before === '' ? null : commentAt(tree, before.length - 1)
    if (comment === null || lineStart(text, before.length - 1) !== lineStart(text, line - 1)) return first
    if (text.slice(lineStart(text, comment.startIndex), comment.startIndex).trim() !== '') return first
    first = comment.startIndex
  }
}

function trailingEnd(tree: Tree, text: string, end: number): number {
  let last = end
  for (;;) {
    const gap = /^[ \t;]*/.exec(text.slice(last))?.[0] ?? ''
    const comment = commentAt(tree, last + gap.length)
    if (comment === null || comment.startIndex !== last + gap.length) return last
    // The grammar counts the "\r" of a line end to the comment.
    last = comment.endIndex - (text[comment.endIndex - 1] === '\r' ? 1 : 0)
  }
}

function commentAt(tree: Tree, offset: number): Node | null {
  const node = nodeCovering(tree, [offset, offset + 1])
  return node.type === 'comment' ? node : null
}
