/** Files of evidence: found, and read piece by piece. */
import { once } from 'node:events'
import { createReadStream, createWriteStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { constants, createGunzip, gunzipSync } from 'node:zlib'
import { ToolError, UserError } from '../errors.js'
import { diskReason } from './files.js'

/** The files that paths mean: themselves, or all regular files below a folder, sorted. Refused: a path that is not there, or holds too many. */
export async function evidenceFiles(paths: readonly string[]): Promise<string[]> {
  const files: string[] = []
  for (const path of paths) {
    const entry = await stat(path).catch((error: unknown) => {
      throw new UserError(`--evidence: cannot read ${path}: ${diskReason(error)}`)
    })
    if (!entry.isDirectory()) files.push(path)
    else files.push(...(await below(path, 0)))
    if (files.length > MOST)
      throw new UserError(`--evidence: ${path} holds more than ${MOST} files: name those that count`)
  }
  return files
}

const MOST = 10_000
const DEEPEST = 4

async function below(folder: string, depth: number): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const found = await Promise.all(
    entries.map(async (entry) => {
      const path = join(folder, entry.name)
      // Links may lead anywhere.
      if (entry.isFile()) return [path]
      return entry.isDirectory() && depth < DEEPEST && !entry.name.startsWith('.') ? below(path, depth + 1) : []
    }),
  )
  return found.flat().sort()
}

/** A file that grows. */
export interface Appender {
  /** Returns when there is room for more. */
  add(piece: Uint8Array | string): Promise<void>
  close(): Promise<void>
}

/** Makes a new file to be written piece by piece. Throws a ToolError where it cannot be. */
export function appendTo(path: string): Appender {
  const stream = createWriteStream(path, { flags: 'wx' })
  let failed: unknown
  stream.on('error', (error) => {
    failed = error
  })
  const check = (): void => {
    if (failed !== undefined) throw new ToolError(`cannot write ${path}: ${diskReason(failed)}`)
  }
  return {
    async add(piece) {
      check()
      if (!stream.write(piece))
        await Promise.race([once(stream, 'drain'), once(stream, 'close')]).catch(() => undefined)
      check()
    },
    async close() {
      stream.end()
      if (!stream.closed) await once(stream, 'close').catch(() => undefined)
      check()
    },
  }
}

/** The first bytes of a file. */
export async function startOf(path: string): Promise<Buffer> {
  for await (const chunk of chunksOf(path)) return chunk
  return Buffer.alloc(0)
}

/** All of a file. Refused: one that is larger than any profile. */
export async function wholeFile(path: string): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of chunksOf(path)) {
    size += chunk.length
    if (size > LARGEST)
      throw new UserError(`--evidence: ${path} is larger than ${LARGEST >> 20} MB, which no profile is`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

const LARGEST = 1 << 28

/** A file's bytes, in pieces. Throws a UserError where it cannot be read. */
export async function* chunksOf(path: string): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 18 }))
      if (Buffer.isBuffer(chunk)) yield chunk
  } catch (error) {
    throw new UserError(`--evidence: cannot read ${path}: ${diskReason(error)}`)
  }
}

/** What a gzipped file begins with, of the file's first bytes; nothing where they are damaged. */
export function unpackedStart(start: Uint8Array): Buffer {
  try {
    return gunzipSync(start.subarray(0, 4096), { finishFlush: constants.Z_SYNC_FLUSH })
  } catch {
    return Buffer.alloc(0)
  }
}

/** What a gzipped file holds, in pieces. Throws a UserError where it cannot be read or unpacked. */
export async function* unpackedChunks(path: string): AsyncGenerator<Buffer> {
  const unpacked = createGunzip()
  const fed = pipeline(chunksOf(path), unpacked).catch((error: unknown) => {
    unpacked.destroy(error instanceof Error ? error : new Error(String(error)))
  })
  try {
    for await (const chunk of unpacked) if (Buffer.isBuffer(chunk)) yield chunk
  } catch (error) {
    if (error instanceof UserError) throw error
    throw new UserError(
      `--evidence: ${path} cannot be unpacked: ${error instanceof Error ? error.message : String(error)}`,
    )
  } finally {
    await fed
  }
}
