/** Temporary folders of one run. */
import { rmSync } from 'node:fs'
import { mkdir, mkdtemp, realpath } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ToolError } from '../errors.js'
import type { Env } from '../go/env.js'
import { onExit } from '../go/run.js'
import { removeTree } from './copy.js'
import { diskReason } from './files.js'

export interface TempFolders {
  /** Makes a folder of this name, or returns the one there is. */
  make(name: string): Promise<string>
  /** Removes all of them; never throws. */
  remove(): Promise<void>
}

/** Folders in one temporary folder of the run, made when first asked for. They go with the process, too. */
export function tempFolders(env: Env): TempFolders {
  let root: Promise<string> | undefined
  // Who sets GOTMPDIR often does so because nothing may be executed in the other.
  const base = env.GOTMPDIR || env.TMPDIR || tmpdir()
  let forget = (): void => undefined
  const create = async (): Promise<string> => {
    try {
      const made = await mkdtemp(join(await realpath(base), 'mapfix-'))
      forget = onExit(() => rmSync(made, { recursive: true, force: true }))
      return made
    } catch (error) {
      throw new ToolError(`cannot make a folder in ${base}: ${diskReason(error)}\n  TMPDIR names another place for it`)
    }
  }
  return {
    async make(name) {
      root ??= create()
      const path = join(await root, name)
      await mkdir(path, { recursive: true })
      return path
    },
    async remove() {
      const made = await root?.catch(() => undefined)
      if (made !== undefined) await removeTree(made).catch(() => undefined)
      forget()
    },
  }
}
