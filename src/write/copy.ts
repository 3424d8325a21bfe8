/**
 * Throwaway copies of the user's modules, for proof: tests write beside themselves, and must not do so in the user's tree.
 */
import { constants } from 'node:fs'
import {
  chmod,
  copyFile,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { dirname, isAbsolute, join, relative, resolve } from 'node:path'
import pLimit from 'p-limit'
import { Interrupted, ToolError } from '../errors.js'
import type { Overlay } from '../types.js'
import { digestFile } from './digest.js'
import { diskReason, isMissing } from './files.js'

export interface TreeCopy {
  /** Where an absolute path of the user's stands in the copy; paths outside the copied trees stay. */
  to(path: string): string
  /** The user's path of one in the copy. */
  from(path: string): string
  /** A text with the user's paths in place of the copy's. */
  restore(text: string): string
  /** In a copied go.mod or go.work, absolute paths of copied folders come to name the copies. */
  relocate(path: string): Promise<void>
  /** Puts new contents (by the user's paths) over the copy. */
  put(overlay: Overlay): Promise<void>
  /** What a file of the copy (by its path there) holds now; null where it is none. */
  text(path: string): Promise<string | null>
  /** Digests of the files that are wanted, by the user's path, as they are now; what tests left behind is not among them. */
  digests(wanted: (path: string) => boolean): Promise<Map<string, string>>
  /** The user's paths of files that tests made or changed since the copy was last reset, sorted. */
  strays(): Promise<string[]>
  /** Makes the copy again what was copied: overlays undone, files that tests made or changed too. */
  reset(): Promise<void>
}

interface Entry {
  size: number
  mtimeMs: number
}

/** Folders of no use to the go command: version control, and other people's package managers. */
const SKIPPED = new Set(['.git', 'node_modules'])
const PARALLEL = 16

/**
 * Copies folders (and single files; what is missing is left out) into `temp`, laid out among each other as they are. Symbolic links stay links: those within the
 * copied trees lead within the copy, others to where they led. Sockets and pipes are left out.
 */
export async function copyTrees(paths: readonly string[], temp: string, signal?: AbortSignal): Promise<TreeCopy> {
  const trees = outermost(await existing(paths))
  const base = commonFolder(trees)
  const inside = (path: string): boolean => trees.some((tree) => contains(tree, path))
  const to = (path: string): string => (inside(path) ? join(temp, relative(base, path)) : path)
  const from = (path: string): string => (contains(temp, path) ? join(base, relative(temp, path)) : path)
  const entries = new Map<string, Entry>()
  const limit = pLimit(PARALLEL)

  const copyOne = async (source: string): Promise<void> => {
    const target = to(source)
    const entry = await lstat(source)
    if (entry.isSymbolicLink()) {
      const link = await readlink(source)
      const absolute = resolve(dirname(source), link)
      const kept = isAbsolute(link) || !inside(absolute)
      await symlink(kept ? to(absolute) : link, target)
    } else if (entry.isFile()) {
      await copyFile(source, target, constants.COPYFILE_FICLONE)
      await utimes(target, entry.atime, entry.mtime)
    } else return
    const { size, mtimeMs } = await lstat(target)
    entries.set(target, { size, mtimeMs })
  }
  const copyFolder = async (source: string): Promise<void> => {
    if (signal?.aborted) throw new Interrupted()
    await mkdir(to(source), { recursive: true })
    const children = await readdir(source, { withFileTypes: true })
    await Promise.all(children.filter((c) => !c.isDirectory()).map((c) => limit(() => copyOne(join(source, c.name)))))
    for (const c of children) if (c.isDirectory() && !SKIPPED.has(c.name)) await copyFolder(join(source, c.name))
  }
  try {
    for (const tree of trees) {
      if ((await stat(tree)).isDirectory()) {
        await copyFolder(tree)
        continue
      }
      await mkdir(dirname(to(tree)), { recursive: true })
      await copyOne(tree)
    }
  } catch (error) {
    if (error instanceof Interrupted) throw error
    throw new ToolError(
      `cannot copy ${base} to ${temp}, to prove the patch there: ${diskReason(error)}\n  TMPDIR names another place for it`,
    )
  }

  const changed = new Set<string>()
  return {
    to,
    from,
    restore: (text) => text.replaceAll(temp, base),
    text: async (path) => (contains(temp, path) ? readFile(path, 'utf8').catch(() => null) : null),
    async relocate(path) {
      const target = to(path)
      const text = await readFile(target, 'utf8')
      const moved = trees.reduce((t, tree) => t.replaceAll(tree, to(tree)), text)
      if (moved === text) return
      await writeFile(target, moved)
      const { size, mtimeMs } = await lstat(target)
      entries.set(target, { size, mtimeMs })
    },
    async put(overlay) {
      for (const [path, text] of overlay) {
        const target = to(path)
        changed.add(target)
        if (text === null) await rm(target, { force: true })
        else {
          await mkdir(dirname(target), { recursive: true })
          // Not through a link: it may lead out of the copy.
          await rm(target, { force: true })
          await writeFile(target, text)
        }
      }
    },
    async digests(wanted) {
      const found = new Map<string, string>()
      for (const target of new Set([...entries.keys(), ...changed])) {
        const digest = wanted(target) ? await digestFile(target) : null
        if (digest !== null) found.set(from(target), digest)
      }
      return found
    },
    async strays() {
      const own = (target: string): boolean => changed.has(target)
      const found: string[] = []
      for (const tree of trees)
        if (!entries.has(to(tree))) found.push(...(await strangers(to(tree), entries)).filter((path) => !own(path)))
      for (const [target, entry] of entries) if (!own(target) && !(await same(target, entry))) found.push(target)
      return found.map(from).sort()
    },
    async reset() {
      for (const tree of trees)
        if (!entries.has(to(tree)))
          for (const path of await strangers(to(tree), entries)) await rm(path, { force: true })
      for (const [target, entry] of entries) {
        if (!changed.has(target) && (await same(target, entry))) continue
        await rm(target, { force: true, recursive: true })
        await mkdir(dirname(target), { recursive: true })
        await copyOne(from(target))
      }
      changed.clear()
    },
  }
}

/** Removes a folder, read-only parts (which tests of file modes leave) included. */
export async function removeTree(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true, maxRetries: 3 })
  } catch {
    await makeWritable(path)
    await rm(path, { recursive: true, force: true })
  }
}

/** Files below a folder that were not copied there. */
async function strangers(folder: string, entries: ReadonlyMap<string, Entry>): Promise<string[]> {
  const found: string[] = []
  for (const child of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, child.name)
    if (child.isDirectory()) found.push(...(await strangers(path, entries)))
    else if (!entries.has(path)) found.push(path)
  }
  return found
}

async function same(target: string, entry: Entry): Promise<boolean> {
  try {
    const { size, mtimeMs } = await lstat(target)
    return size === entry.size && mtimeMs === entry.mtimeMs
  } catch {
    return false
  }
}

async function makeWritable(folder: string): Promise<void> {
  await chmod(folder, 0o700)
  for (const child of await readdir(folder, { withFileTypes: true })) {
    if (child.isDirectory()) await makeWritable(join(folder, child.name))
  }
}

async function existing(paths: readonly string[]): Promise<string[]> {
  const found: string[] = []
  for (const path of paths) {
    try {
      await stat(path)
      found.push(path)
    } catch (error) {
      if (!isMissing(error)) throw new ToolError(`cannot read ${path}: ${diskReason(error)}`)
    }
  }
  return found
}

function contains(folder: string, path: string): boolean {
  const way = relative(folder, path)
  return way === '' || (!way.startsWith('..') && !isAbsolute(way))
}

function outermost(folders: readonly string[]): string[] {
  const unique = [...new Set(folders.map((folder) => resolve(folder)))].sort()
  return unique.filter((folder) => !unique.some((other) => other !== folder && contains(other, folder)))
}

function commonFolder(folders: readonly string[]): string {
  const [first, ...rest] = folders
  if (first === undefined) throw new Error('bug: no folder to copy')
  return rest.reduce((common, folder) => {
    let at = common
    while (!contains(at, folder)) at = dirname(at)
    return at
  }, first)
}
