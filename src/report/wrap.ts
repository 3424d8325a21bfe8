/** Texts in columns. */
import { stripVTControlCharacters } from 'node:util'

/** Breaks a text at blanks; a word that is longer than a line stays whole. */
export function wrap(text: string, width: number, first: number, rest: number): string[] {
  const out: string[] = []
  let line = ' '.repeat(first)
  let empty = true
  for (const word of text.split(' ')) {
    if (!empty && widthOf(line) + 1 + widthOf(word) > width) {
      out.push(line)
      line = ' '.repeat(rest)
      empty = true
    }
    line += empty ? word : ` ${word}`
    empty = false
  }
  return [...out, line]
}

/** Every line of a text in at most `width` columns; what goes on is indented by two more than it was. */
export function wrapLines(text: string, width: number): string {
  return text
    .split('\n')
    .flatMap((line) => {
      const indent = /^ */.exec(line)?.[0].length ?? 0
      return widthOf(line) <= width ? line : wrap(line.slice(indent), width, indent, indent + 2)
    })
    .join('\n')
}

/** Columns; colours take none. */
function widthOf(text: string): number {
  return stripVTControlCharacters(text).length
}
