/** Values kept in the cache folder under a name that says all they depend on. */
import { createHash, randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { deserialize, serialize } from 'node:v8'
import { markUsed } from './cache.js'

const FOLDER = 'judgements'
const DIGEST = 32

/** What was kept under a key; undefined if there is nothing, or it is not whole. Objects that were one are one again. */
export function readKept(cacheDir: string, key: string): unknown {
  if (cacheDir === '') return undefined
  const path = join(cacheDir, FOLDER, key)
  let bytes: Buffer
  try {
    bytes = readFileSync(path)
  } catch {
    return undefined
  }
  const body = bytes.subarray(DIGEST)
  if (!digest(body).equals(bytes.subarray(0, DIGEST))) return undefined
  void markUsed(path)
  return deserialize(body)
}

/** Keeps plain data, maps and sets under a key; whoever reads meanwhile sees all of it or nothing. Fails only silently. */
export async function keep(cacheDir: string, key: string, value: unknown): Promise<void> {
  if (cacheDir === '') return
  const dir = join(cacheDir, FOLDER)
  const temp = join(dir, `tmp-${process.pid}-${randomBytes(6).toString('hex')}`)
  const body = serialize(value)
  try {
    await mkdir(dir, { recursive: true })
    await writeFile(temp, [digest(body), body])
    await rename(temp, join(dir, key))
  } catch {
    await rm(temp, { force: true }).catch(() => undefined)
  }
}

/** A key for what this mapfix, run by this Node, makes of some input. */
export function keyFor(input: string): string {
  own ??= ownHash()
  return createHash('sha256').update(`${own}\0${input}`).digest('hex')
}

let own: string | undefined

/** Of Node's version and mapfix's own files, which do not change while it runs. */
function ownHash(): string {
  const hash = createHash('sha256').update(process.version)
  const root = dirname(dirname(fileURLToPath(import.meta.url)))
  for (const name of readdirSync(root, { recursive: true, encoding: 'utf8' }).sort()) {
    if (/\.[jt]s$/.test(name)) hash.update(`\0${name}\0`).update(readFileSync(join(root, name)))
  }
  return hash.digest('hex')
}

function digest(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest()
}
