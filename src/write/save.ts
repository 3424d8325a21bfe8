/** A file of mapfix's own making, such as a patch: whole or not at all. */
import { dirname, join } from 'node:path'
import { ToolError } from '../errors.js'
import { diskReason, type Files } from './files.js'

/** Writes a file, in place of the one that may be there. */
export async function saveFile(path: string, text: string, files: Files, pid: number, mode = 0o644): Promise<void> {
  const temp = join(dirname(path), `.mapfix-${pid}.save`)
  try {
    await files.create(temp, Buffer.from(text), mode)
    await files.rename(temp, path)
  } catch (error) {
    if (await files.exists(temp).catch(() => false)) await files.unlink(temp)
    throw new ToolError(`cannot write ${path}: ${diskReason(error)}`)
  }
}
