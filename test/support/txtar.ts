/** Archives of small text files, as Go's tests use them: a comment, then "-- name --" lines, each before a file. */

export interface Archive {
  comment: string
  files: Map<string, string>
}

const MARKER = /^-- (.+) --$/

/** Reads an archive. Every file ends in a newline, as in Go's txtar. */
export function parseTxtar(text: string): Archive {
  const files = new Map<string, string>()
  let comment = ''
  let name: string | undefined
  for (const line of text.split(/(?<=\n)/)) {
    const marker = MARKER.exec(line.trimEnd())
    if (marker?.[1] !== undefined) {
      name = marker[1]
      files.set(name, '')
    } else if (name === undefined) {
      comment += line
    } else {
      files.set(name, `${files.get(name)}${line}`)
    }
  }
  return { comment, files }
}

export function formatTxtar({ comment, files }: Archive): string {
  return comment + [...files].map(([name, text]) => `-- ${name} --\n${text}`).join('')
}
