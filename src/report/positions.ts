/** Positions for people: "file:line:col", as the go command prints them. */
import { isAbsolute, relative, sep } from 'node:path'
import type { Range } from '../types.js'

export interface Positions {
  /** The start of a range. */
  at(range: Range): string
  /** 1-based lines of a range's first and last character. */
  lines(range: Range): { first: number; last: number }
  /** A path relative to where the user stands, where that is shorter, with slashes. */
  file(path: string): string
}

/** Positions in files whose text `source` knows; columns count bytes. */
export function positions(cwd: string, source: (path: string) => string): Positions {
  const starts = new Map<string, readonly number[]>()
  const linesOf = (path: string): readonly number[] => {
    const known = starts.get(path)
    if (known) return known
    const found = [0]
    const text = source(path)
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) found.push(at + 1)
    starts.set(path, found)
    return found
  }
  const line = (path: string, offset: number): number => {
    const all = linesOf(path)
    let low = 0
    let high = all.length
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if ((all[middle] ?? 0) <= offset) low = middle
      else high = middle
    }
    return low
  }
  const file = (path: string): string => {
    const way = relative(cwd, path)
    const shorter = isAbsolute(way) || (way.startsWith('..') && way.length > path.length) ? path : way
    return sep === '/' ? shorter : shorter.split(sep).join('/')
  }
  return {
    file,
    lines: (range) => ({
      first: line(range.file, range.start) + 1,
      last: line(range.file, Math.max(range.start, range.end - 1)) + 1,
    }),
    at(range) {
      const row = line(range.file, range.start)
      const column = Buffer.byteLength(source(range.file).slice(linesOf(range.file)[row] ?? 0, range.start)) + 1
      return `${file(range.file)}:${row + 1}:${column}`
    },
  }
}
