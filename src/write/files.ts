/** The file system as mapfix uses it: a seam, so that tests can make any step fail. */
import { createHash } from 'node:crypto'
import { chmod, lstat, mkdir, open, readFile, realpath, rename, rmdir, stat, unlink } from 'node:fs/promises'
import { errorCode } from '../go/run.js'

export interface Files {
  readFile(path: string): Promise<Buffer>
  /** Makes a new file, with its content on the disk when it returns; fails where one exists. */
  create(path: string, content: Buffer, mode: number): Promise<void>
  rename(from: string, to: string): Promise<void>
  unlink(path: string): Promise<void>
  mkdir(path: string): Promise<void>
  rmdir(path: string): Promise<void>
  /** Follows symbolic links. */
  stat(path: string): Promise<{ mode: number; isFile: boolean }>
  exists(path: string): Promise<boolean>
  realpath(path: string): Promise<string>
}

export const nodeFiles: Files = {
  readFile: (path) => readFile(path),
  async create(path, content, mode) {
    const file = await open(path, 'wx', mode)
    try {
      await file.writeFile(content)
      await file.sync()
    } finally {
      await file.close()
    }
    // The umask has had its say in open.
    await chmod(path, mode)
  },
  rename,
  unlink,
  async mkdir(path) {
    await mkdir(path)
  },
  rmdir,
  async stat(path) {
    const entry = await stat(path)
    return { mode: entry.mode & 0o7777, isFile: entry.isFile() }
  },
  async exists(path) {
    try {
      await lstat(path)
      return true
    } catch (error) {
      if (isMissing(error)) return false
      throw error
    }
  },
  realpath: (path) => realpath(path),
}

/** Whether an error says that there is nothing at the path. */
export function isMissing(error: unknown): boolean {
  return errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR'
}

/** Hex SHA-256 of a file's content. */
export function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}

/** What a file system error means, in words. */
export function diskReason(error: unknown): string {
  switch (errorCode(error)) {
    case 'ENOSPC':
      return 'no space left on the disk'
    case 'EDQUOT':
      return 'the disk quota is used up'
    case 'EACCES':
    case 'EPERM':
      return 'permission denied'
    case 'EROFS':
      return 'the file system is read-only'
    case 'ENOENT':
      return 'no such file or folder'
    case '':
      return String(error)
    default:
      return errorCode(error)
  }
}
