/** The texts of the program's files, as gofacts saw them. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { ToolError, UserError } from '../errors.js'
import type { PackageFacts } from '../facts.js'
import { diskReason } from './files.js'

export interface Sources {
  /** The text of a file, a byte order mark included. Refused: a file that changed since gofacts read it. */
  text(path: string): string
  /** Its bytes. */
  bytes(path: string): Buffer
}

/** Reads files when asked, each once. */
export function readSources(packages: readonly PackageFacts[]): Sources {
  const hashes = new Map(packages.flatMap((pkg) => pkg.files.map((file) => [file.path, file.sha256] as const)))
  const read = new Map<string, { bytes: Buffer; text: string }>()
  const get = (path: string): { bytes: Buffer; text: string } => {
    const known = read.get(path)
    if (known) return known
    const bytes = readBytes(path)
    const hash = hashes.get(path)
    if (hash !== undefined && createHash('sha256').update(bytes).digest('hex') !== hash) {
      throw new UserError(`${path} changed during the run: nothing was written; run mapfix again`)
    }
    const source = { bytes, text: bytes.toString('utf8') }
    read.set(path, source)
    return source
  }
  return { text: (path) => get(path).text, bytes: (path) => get(path).bytes }
}

function readBytes(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    throw new ToolError(`cannot read ${path}: ${diskReason(error)}`)
  }
}
