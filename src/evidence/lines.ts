/** Lines of what may be enormous, and hostile: each with the byte where it begins, none longer than fits. */

export interface Line {
  /** Without its end; what is longer than LONGEST is cut off. */
  readonly text: string
  /** Byte of the file at which the line begins, from 0. */
  readonly at: number
}

/** Characters kept of a line: container engines cut theirs at 16 K, and JSON makes them longer. */
export const LONGEST = 1 << 16

/** The lines of a file that comes in pieces. Memory is bounded by one piece and one line. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<Line> {
  let kept: Buffer[] = []
  let size = 0
  let at = 0
  let position = 0
  const keep = (part: Buffer): void => {
    // Four bytes a character at most.
    if (size < 4 * LONGEST) kept.push(part)
    size += part.length
  }
  for await (const piece of chunks) {
    const chunk = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength)
    let from = 0
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      keep(chunk.subarray(from, end))
      yield { text: textOf(kept), at }
      kept = []
      size = 0
      from = end + 1
      at = position + from
    }
    // The piece may be used again by whoever reads.
    if (from < chunk.length) keep(Buffer.from(chunk.subarray(from)))
    position += chunk.length
  }
  if (size > 0) yield { text: textOf(kept), at }
}

/** The lines of a text. */
export function* linesIn(text: string): Generator<Line> {
  let at = 0
  for (let from = 0; from < text.length; ) {
    const found = text.indexOf('\n', from)
    const end = found < 0 ? text.length : found
    const line = text.slice(from, end)
    yield { text: line.slice(0, LONGEST).replace(/\r$/, ''), at }
    at += Buffer.byteLength(line) + 1
    from = end + 1
  }
}

/** Text of others as it may be printed: no escape sequence, no control character, nothing that turns the direction of writing. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (c) => `\\x${(c.codePointAt(0) ?? 0).toString(16).padStart(2, '0')}`)
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
const UNPRINTABLE = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g

function textOf(parts: readonly Buffer[]): string {
  const [only] = parts
  const bytes = parts.length === 1 && only !== undefined ? only : Buffer.concat(parts)
  return bytes.toString('utf8').slice(0, LONGEST).replace(/\r$/, '')
}
