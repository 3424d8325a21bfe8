/** Where mapfix keeps what it builds between runs, and what stands in for it where nothing can be kept. */
import { access, constants, mkdir, mkdtemp, readdir, rm, stat, utimes } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import process from 'node:process'
import type { Env } from './env.js'
import { runGo } from './run.js'

/** The cache folder that the environment asks for, absolute; "" where it is off, or has no home. It may not exist. */
export function cacheFolder(env: Env): string {
  if (env.MAPFIX_CACHE === 'off') return ''
  if (env.MAPFIX_CACHE) return resolve(env.MAPFIX_CACHE)
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
  /** Whether it outlives this run. */
  readonly kept: boolean
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
    const kept = folder !== '' && (await writable(folder))
    const dir = kept ? folder : await inTemp('cache')
    const build = await runGo(['env', 'GOCACHE'], place)
    const goCache = build.code === 0 ? build.stdout.trim() : ''
    const missing = !isAbsolute(goCache) || !(await writable(goCache))
    return { dir, kept, env: missing ? { ...place.env, GOCACHE: await inTemp('go-build') } : place.env, dispose }
  } catch (error) {
    await dispose()
    throw error
  }
}

/** Bytes that the cache may hold: the facts of some dozen large programs. */
const LIMIT = 1 << 30
/** A file this young may belong to a run that goes on. */
const YOUNG_MS = 60 * 60 * 1000

/** Removes what was not used for longest from a cache folder, until it holds no more than `limit` bytes. Never fails. */
export async function prune(dir: string, limit = LIMIT): Promise<void> {
  const names = await readdir(dir, { recursive: true }).catch((): string[] => [])
  const files: { path: string; size: number; used: number }[] = []
  for (const name of names) {
    const path = join(dir, name)
    const at = await stat(path).catch(() => null)
    if (at?.isFile()) files.push({ path, size: at.size, used: at.mtimeMs })
  }
  let left = files.reduce((sum, file) => sum + file.size, 0)
  const latest = Math.max(0, ...files.map((file) => file.used)) - YOUNG_MS
  for (const { path, size, used } of files.sort((a, b) => a.used - b.used)) {
    if (left <= limit || used > latest) return
    await rm(path, { force: true }).catch(() => undefined)
    left -= size
  }
}

/** Notes that a file of the cache was used, so that it is not removed before others. Never fails. */
export async function markUsed(path: string): Promise<void> {
  const now = new Date()
  const at = await stat(path).catch(() => null)
  if (at && now.getTime() - at.mtimeMs > YOUNG_MS) await utimes(path, now, now).catch(() => undefined)
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
