/** The folder that evidence is collected in. */
import { join } from 'node:path'
import { UserError } from '../errors.js'
import { type Appender, appendTo } from '../write/evidencefiles.js'
import { diskReason, type Files } from '../write/files.js'

export interface Folder {
  readonly path: string
  /** Saves what comes piece by piece; returns the number of bytes. */
  save(name: string, pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<number>
  open(name: string): Appender
}

/** Makes it. Refused: a place where something is already, or that can't be written. */
export async function makeFolder(path: string, files: Files): Promise<Folder> {
  if (await files.exists(path)) throw new UserError(`${path} is there already: --out names another folder`)
  try {
    await files.mkdir(path)
  } catch (error) {
    throw new UserError(`cannot make ${path}: ${diskReason(error)}`)
  }
  const open = (name: string): Appender => appendTo(join(path, name))
  return {
    path,
    open,
    async save(name, pieces) {
      const file = open(name)
      let size = 0
      try {
        for await (const piece of pieces) {
          size += piece.length
          await file.add(piece)
        }
      } finally {
        await file.close()
      }
      return size
    },
  }
}

/** A name that is free: "mapfix-evidence", "mapfix-evidence-2" … */
export async function freeName(base: string, files: Files): Promise<string> {
  for (let n = 1; ; n++) {
    const path = n === 1 ? base : `${base}-${n}`
    if (!(await files.exists(path))) return path
  }
}
