/** Runs gofacts over the user's packages, and hands over what it says. */
import { mkdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { ToolError, UserError } from '../errors.js'
import type { FactsFrame, FactsHeader, FuncFacts, PackageFacts } from '../facts.js'
import { openCaches, prune } from './cache.js'
import type { Env, GoTool } from './env.js'
import { buildGofacts } from './gofacts.js'
import { streamLines } from './run.js'

export interface LoadOptions {
  go: GoTool
  cwd: string
  /** go-command patterns; none means ".". */
  patterns: readonly string[]
  /** Whether test files are read too; they are, if nothing is said. */
  tests?: boolean
  /** Comma-separated build tags. */
  tags?: string | undefined
  env: Env
  /** Where binaries and facts are kept; "" or a folder that cannot be written: nowhere. */
  cacheDir: string
  /** Whether the header says enough, so that no package needs to be read. */
  enough?: ((header: FactsHeader) => boolean) | undefined
  signal?: AbortSignal | undefined
  onProgress?: ((what: string) => void) | undefined
}

export interface Loaded {
  header: FactsHeader
  /** Empty when the header was enough. */
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
    const facts = join(caches.dir, 'facts')
    if (caches.kept) await mkdir(facts, { recursive: true })
    // The binary is named by the hash of what it is made of.
    const cache = caches.kept ? ['-cache', facts, '-id', basename(binary)] : []
    const flags = [
      ...(options.tests === false ? ['-test=false'] : []),
      ...(options.tags ? ['-tags', options.tags] : []),
    ]
    const args = ['-ask', ...cache, ...flags, '--', ...options.patterns]
    const reader = new Reader()
    let enough = false
    const run = { cwd, env: caches.env, signal, dialogue: true }
    const { code, stderr } = await streamLines(binary, args, run, (line, reply) => {
      const value = parse(line)
      if (reader.header !== undefined) {
        reader.take(value)
        return
      }
      if (!isHeader(value)) throw new ToolError('gofacts speaks another version of the schema than mapfix')
      reader.header = value
      enough = options.enough?.(value) ?? false
      reply(enough ? '' : 'go on\n')
    })
    if (code === 2) throw new UserError(stderr.trim())
    if (code !== 0 || reader.header === undefined) {
      throw new ToolError(`mapfix's package reader failed with status ${code}:\n${stderr.trim().slice(-2000)}`)
    }
    if (caches.kept && !enough) await prune(caches.dir)
    return { header: reader.header, packages: enough ? [] : reader.packages() }
  } finally {
    await caches.dispose()
  }
}

/** Puts packages together from frames. */
class Reader {
  header: FactsHeader | undefined
  private readonly funcs = new Map<number, FuncFacts[]>()
  private readonly done = new Map<number, PackageFacts>()
  private frame: FactsFrame = { at: -1, funcs: 0, last: false }

  /** The next line after the header. */
  take(value: unknown): void {
    const { at } = this.frame
    const funcs = this.funcs.get(at) ?? []
    if (this.frame.funcs > 0) {
      if (!isFunc(value)) throw new ToolError('gofacts printed a line that is not about a function')
      funcs.push(value)
      this.frame.funcs--
    } else if (this.frame.last) {
      if (!isPackage(value)) throw new ToolError('gofacts printed a line that is not about a package')
      this.done.set(at, { ...value, funcs })
      this.funcs.delete(at)
      this.frame.last = false
    } else {
      if (!isFrame(value)) throw new ToolError('gofacts printed a line that is not a frame')
      this.frame = value
      if (value.void || !this.funcs.has(value.at)) this.funcs.set(value.at, [])
    }
  }

  packages(): PackageFacts[] {
    const all = [...this.done].sort(([a], [b]) => a - b).map(([, pkg]) => pkg)
    if (all.length !== this.header?.packages) throw new ToolError("mapfix's package reader left out packages")
    return all
  }
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
  return (
    isObject(value) && value.schema === 2 && ['go', 'goos', 'goarch', 'key'].every((k) => typeof value[k] === 'string')
  )
}

function isFrame(value: unknown): value is FactsFrame {
  return isObject(value) && [value.at, value.funcs].every(Number.isInteger) && typeof value.last === 'boolean'
}

function isFunc(value: unknown): value is FuncFacts {
  return isObject(value) && typeof value.key === 'string' && Array.isArray(value.stmts)
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
