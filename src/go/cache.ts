/** Where mapfix keeps what it builds between runs, and what stands in for it where nothing can be kept. */
import { access, constants, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import process from 'node:process'
import type { Env } from './env.js'
import { runGo } from './run.js'

/** The cache folder that the environment asks for, absolute; "" where there is no home to put it in. It may not exist. */
export function cacheFolder(env: Env): string {
  if (env.MAPFIX_CACHE) return env.MAPFIX_CACHE
  if (env.XDG_CACHE_HOME && isAbsolute(env.XDG_CACHE_HOME)) return join(env.XDG_CACHE_HOME, 'mapfix')
  if (process.platform === 'win32') return env.LOCALAPPDATA ? join(env.LOCALAPPDATA, 'mapfix') : ''
  const home = env.HOME ?? (env === process.env ? homedir() : '')
  if (!isAbsolute(home)) return ''
  return process.platform === 'darwin' ? join(home, 'Library', 'Caches', 'mapfix') : join(home, '.cache', 'mapfix')
}

/** Folders that this run can write. */
export interface Caches {
  /** mapfix's own. */
  readonly dir: string
  /** The environment for go commands: the caller's, with a build cache that works. */
  readonly env: Env
  /** Removes what was made for this run alone. */
  dispose(): Promise<void>
}

/** Opens the caches: `folder` and Go's own where they can be written, else private ones in the temporary folder. */
export async function openCaches(
  folder: string,
  place: { cwd: string; env: Env; signal?: AbortSignal | undefined },
): Promise<Caches> {
  let temp = ''
  const inTemp = async (name: string): Promise<string> => {
    temp ||= await mkdtemp(join(tmpdir(), 'mapfix-'))
    const dir = join(temp, name)
    await mkdir(dir)
    return dir
  }
  const dispose = async (): Promise<void> => {
    if (temp) await rm(temp, { recursive: true, force: true, maxRetries: 3 })
  }
  try {
    const dir = folder !== '' && (await writable(folder)) ? folder : await inTemp('cache')
    const build = await runGo(['env', 'GOCACHE'], place)
    const goCache = build.code === 0 ? build.stdout.trim() : ''
    const missing = !isAbsolute(goCache) || !(await writable(goCache))
    return { dir, env: missing ? { ...place.env, GOCACHE: await inTemp('go-build') } : place.env, dispose }
  } catch (error) {
    await dispose()
    throw error
  }
}

async function writable(dir: string): Promise<boolean> {
  try {
    await mkdir(dir, { recursive: true })
    await access(dir, constants.W_OK | constants.X_OK)
    return true
  } catch {
    return false
  }
}
