import { dirname, join } from 'node:path'
import { UserError } from '../errors.js'
import { diskReason, type Files } from './files.js'

/**
 * The first of some files that stands in a folder or one above it: up to the root of the repository, or, outside of one, of the
 * outermost module or workspace. Null where there is none; refused: two of them in one folder.
 */
export async function lookUp(names: readonly string[], from: string, files: Files): Promise<string | null> {
  const folders = await searched(from, files)
  for (const folder of folders) {
    const there: string[] = []
    for (const name of names) if (await files.exists(join(folder, name))) there.push(name)
    if (there.length > 1) throw new UserError(`${folder} has ${there.join(' and ')}: keep one of them`)
    if (there[0] !== undefined) return join(folder, there[0])
  }
  return null
}

/** From the folder up. */
async function searched(from: string, files: Files): Promise<string[]> {
  const folders: string[] = []
  let modules = 1
  for (let folder = from; ; folder = dirname(folder)) {
    folders.push(folder)
    if (await files.exists(join(folder, '.git'))) return folders
    const isModule = (await files.exists(join(folder, 'go.mod'))) || (await files.exists(join(folder, 'go.work')))
    if (isModule) modules = folders.length
    if (folder === dirname(folder)) return folders.slice(0, modules)
  }
}

/** The folder with its links resolved, as the go command and git resolve them. An error of the user's where there is none. */
export async function realFolder(path: string, files: Files): Promise<string> {
  try {
    return await files.realpath(path)
  } catch (error) {
    throw new UserError(`cannot work in ${path}: ${diskReason(error)}`)
  }
}
