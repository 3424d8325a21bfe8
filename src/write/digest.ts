/** Contents of files as digests. */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'

/** SHA-256, in hex. */
export function digestOf(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** Of a file's contents; null where there is none that can be read. */
export async function digestFile(path: string): Promise<string | null> {
  try {
    return digestOf(await readFile(path))
  } catch {
    return null
  }
}

/** A file's text; null where there is none that can be read. */
export async function readText(path: string): Promise<string | null> {
  return readFile(path, 'utf8').catch(() => null)
}

/** Whether the go command builds from the file, or is told by it what to build. */
export function isSource(path: string): boolean {
  return /\.go$|^go\.(mod|sum|work|work\.sum)$/.test(basename(path))
}

/** The sources in a folder, not below it, by absolute path. */
export async function sourcesIn(folder: string): Promise<string[]> {
  const children = await readdir(folder, { withFileTypes: true }).catch(() => [])
  return children.filter((child) => child.isFile() && isSource(child.name)).map((child) => join(folder, child.name))
}
