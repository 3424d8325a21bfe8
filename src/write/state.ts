/** The folder for what mapfix has to remember between runs, and which may not be deleted at any time, as a cache may. */
import { readdir, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import type { Env } from '../go/env.js'

/** The user's folder for state: XDG_STATE_HOME, else ~/.local/state. It may not exist. */
export function stateFolder(env: Env): string {
  const base = env.XDG_STATE_HOME
  return join(base && isAbsolute(base) ? base : join(env.HOME || homedir(), '.local', 'state'), 'mapfix')
}

/** The file of a folder that was changed last, of those with this ending; "" where there is none. */
export async function newestIn(folder: string, ending: string): Promise<string> {
  let newest = { path: '', at: 0 }
  for (const name of await readdir(folder).catch(() => [])) {
    if (!name.endsWith(ending)) continue
    const { mtimeMs } = await stat(join(folder, name))
    if (mtimeMs > newest.at) newest = { path: join(folder, name), at: mtimeMs }
  }
  return newest.path
}
