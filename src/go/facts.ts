/** Runs gofacts over the user's packages, and hands over what it says with offsets as TypeScript counts them. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { ToolError, UserError } from '../errors.js'
import type { FactsHeader, FileFacts, PackageFacts } from '../facts.js'
import { openCaches } from './cache.js'
import type { Env, GoTool } from './env.js'
import { buildGofacts } from './gofacts.js'
import { type Convert, convertOffsets, utf16Offsets } from './offsets.js'
import { streamLines } from './run.js'

export interface LoadOptions {
  go: GoTool
  cwd: string
  /** go-command patterns; none means ".". */
  patterns: readonly string[]
  /** Comma-separated build tags. */
  tags?: string | undefined
  env: Env
  /** Where binaries are kept; "" or a folder that cannot be written: nowhere. */
  cacheDir: string
  signal?: AbortSignal | undefined
  onProgress?: ((what: string) => void) | undefined
}

export interface Loaded {
  header: FactsHeader
  packages: PackageFacts[]
}

/**
 * Reads the packages that the patterns name, tests included, in the go command's order. Packages that do not
 * type-check are among them, with `errors`. Refused (UserError): patterns that the go command can make nothing of,
 * files that change meanwhile. Throws Interrupted.
 */
export async function loadFacts(options: LoadOptions): Promise<Loaded> {
  const { go, cwd, env, signal, onProgress } = options
  const caches = await openCaches(options.cacheDir, { cwd, env, signal })
  try {
    const binary = await buildGofacts({ go, caches, signal, onProgress })
    onProgress?.('reading packages')
    const args = [...(options.tags ? ['-tags', options.tags] : []), '--', ...options.patterns]
    let header: FactsHeader | undefined
    const packages: PackageFacts[] = []
    const { code, stderr } = await streamLines(binary, args, { cwd, env: caches.env, signal }, (line) => {
      const value = parse(line)
      if (header === undefined) {
        if (!isHeader(value)) throw new ToolError('gofacts speaks another version of the schema than mapfix')
        header = value
        return
      }
      if (!isPackage(value)) throw new ToolError('gofacts printed a line that is not about a package')
      packages.push(value)
    })
    if (code === 2) throw new UserError(stderr.trim())
    if (code !== 0 || header === undefined) {
      throw new ToolError(`mapfix's package reader failed with status ${code}:\n${stderr.trim().slice(-2000)}`)
    }
    const converted: PackageFacts[] = []
    for (const pkg of packages) converted.push(await inUtf16(pkg))
    return { header, packages: converted }
  } finally {
    await caches.dispose()
  }
}

/** Only a file with other than ASCII characters has offsets to convert. */
async function inUtf16(pkg: PackageFacts): Promise<PackageFacts> {
  if (pkg.files.every((file) => file.ascii)) return pkg
  const tables: Convert[] = []
  for (const file of pkg.files) tables.push(file.ascii ? same : await offsetsOf(file))
  return convertOffsets(pkg, tables)
}

const same: Convert = (offset) => offset

async function offsetsOf(file: FileFacts): Promise<Convert> {
  const bytes = await readFile(file.path).catch(() => undefined)
  if (bytes === undefined || createHash('sha256').update(bytes).digest('hex') !== file.sha256) {
    throw new UserError(`${file.path} changed during the run\n  nothing was written; run mapfix again`)
  }
  return utf16Offsets(bytes)
}

/** A reader that was killed stops in the middle of a line; its exit status then says more than this message. */
function parse(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    throw new ToolError("mapfix's package reader was cut off; is there enough memory?")
  }
}

function isHeader(value: unknown): value is FactsHeader {
  return isObject(value) && value.schema === 1 && ['go', 'goos', 'goarch'].every((k) => typeof value[k] === 'string')
}

const LISTS = [
  'errors',
  'files',
  'ignored',
  'imports',
  'types',
  'objects',
  'paths',
  'named',
  'funcs',
  'conversions',
  'copies',
]

function isPackage(value: unknown): value is PackageFacts {
  return (
    isObject(value) &&
    ['id', 'path', 'name', 'dir', 'go'].every((k) => typeof value[k] === 'string') &&
    LISTS.every((k) => Array.isArray(value[k]))
  )
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
