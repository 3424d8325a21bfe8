/** Hunks as a terminal shows them: Go's words coloured, what is removed and added marked by sign as well as by colour. */
import pc from 'picocolors'
import { type Hunk, hunks } from '../edit/index.js'
import { type Syntax, type Word, wordsOf } from '../syntax/index.js'

export interface PaintOptions {
  readonly color: boolean
  /** Lines around what changes. */
  readonly context: number
  /** What stands behind the extent of a hunk that begins its change at this offset of the old text. */
  readonly inFunction: (offset: number) => string
}

type Colors = ReturnType<typeof pc.createColors>

/** The hunks between two texts of one file; null for one that does not exist. Lines end in newlines. */
export function paintHunks(
  before: string | null,
  after: string | null,
  syntax: Syntax,
  { color, context, inFunction }: PaintOptions,
): string[] {
  const c = pc.createColors(color)
  const old = linesOf(before ?? '', syntax, c, color)
  const now = linesOf(after ?? '', syntax, c, color)
  return hunks(before ?? '', after ?? '', context).map((hunk) => {
    let from = hunk.oldStart - 1
    let to = hunk.newStart - 1
    const lines = hunk.lines.map((line) => {
      if (line.startsWith('\\')) return line
      if (line.startsWith('+')) return `${c.green('+')}${now[to++] ?? ''}`
      const text = old[from++] ?? ''
      if (line.startsWith('-')) return c.red(`-${visible(line.slice(1))}`)
      to++
      return ` ${text}`
    })
    const place = inFunction(startOf(before ?? '', hunk))
    return `${c.cyan(`@@ -${extent(hunk.oldStart, hunk.oldLines)} +${extent(hunk.newStart, hunk.newLines)} @@`)}${place ? ` ${place}` : ''}\n${lines.map((line) => `${line}\n`).join('')}`
  })
}

function extent(start: number, lines: number): string {
  return lines === 0 ? `${start - 1},0` : `${start},${lines}`
}

/** Offset of the first old line that a hunk changes, or before which it adds. */
function startOf(text: string, hunk: Hunk): number {
  const same = hunk.lines.findIndex((line) => !line.startsWith(' '))
  const lines = text.split('\n').slice(0, Math.max(0, hunk.oldStart - 1 + same))
  return lines.reduce((sum, line) => sum + line.length + 1, 0)
}

/** Each line of a text, with its words coloured. */
function linesOf(text: string, syntax: Syntax, c: Colors, color: boolean): string[] {
  if (!color) return text.split('\n').map(visible)
  const paints: Readonly<Record<Word['kind'], (text: string) => string>> = {
    keyword: c.magenta,
    string: c.yellow,
    number: c.yellow,
    comment: c.dim,
    type: c.cyan,
  }
  let out = ''
  let at = 0
  for (const { kind, span } of syntax.read(text, wordsOf)) {
    const word = text
      .slice(...span)
      .split('\n')
      .map((line) => paints[kind](visible(line)))
      .join('\n')
    out += visible(text.slice(at, span[0])) + word
    at = span[1]
  }
  return (out + visible(text.slice(at))).split('\n')
}

/** Source may hold what a terminal would obey. */
function visible(text: string): string {
  return text
    .replace(/\r(?=\n|$)/g, '')
    .replace(/[\p{Cc}\p{Bidi_C}]/gu, (sign) => (sign === '\n' || sign === '\t' ? sign : '\ufffd'))
}
