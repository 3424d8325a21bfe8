/** Runs gofacts over the user's packages, and hands over what it says. */
import { mkdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { ToolError, UserError } from '../errors.js'
import type { FactsFrame, FactsHeader, FuncFacts, PackageFacts } from '../facts.js'
import { openCaches, prune } from './cache.js'
import type { Env, GoTool } from './env.js'
import { buildGofacts } from './gofacts.js'
import { streamLines } from './run.js'

export interface ReaderOptions {
  readonly go: GoTool
  readonly cwd: string
  readonly env: Env
  /** Where binaries and facts are kept; "" or a folder that cannot be written: nowhere. */
  readonly cacheDir: string
  /** Comma-separated build tags. */
  readonly tags?: string | undefined
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((what: string) => void) | undefined
}

/** What one reading is asked. */
export interface Wanted {
  /** go-command patterns; none means ".". */
  readonly patterns: readonly string[]
  /** Whether test files are read too; they are, if nothing is said. */
  readonly tests?: boolean
  /** Whether the header says enough, so that no package needs to be read. */
  readonly enough?: ((header: FactsHeader) => boolean) | undefined
}

export interface Loaded {
  header: FactsHeader
  /** Empty when the header was enough. */
  packages: PackageFacts[]
}

/** Reads packages, as often as a run needs; to be closed at its end. */
export interface Reader {
  /**
   * Reads the packages that the patterns name, tests included, in the go command's order. Packages that do not
   * type-check are among them, with `errors`. Refused (UserError): patterns that the go command can make nothing of,
   * files that change meanwhile. Throws Interrupted.
   */
  read(wanted: Wanted): Promise<Loaded>
  /** Removes what was made for this run alone, and what the caches have too much. */
  close(): Promise<void>
}

/** Gets gofacts ready for this toolchain, and the caches. */
export async function openReader(options: ReaderOptions): Promise<Reader> {
  const { go, cwd, env, signal, onProgress } = options
  const caches = await openCaches(options.cacheDir, { cwd, env, signal })
  try {
    const binary = await buildGofacts({ go, caches, signal, onProgress })
    const facts = join(caches.dir, 'facts')
    if (caches.kept) await mkdir(facts, { recursive: true })
    // The binary is named by the hash of what it is made of.
    const fixed = [
      '-ask',
      ...(caches.kept ? ['-cache', facts, '-id', basename(binary)] : []),
      ...(options.tags ? ['-tags', options.tags] : []),
    ]
    let grown = false
    return {
      async read(wanted) {
        const args = [...fixed, ...(wanted.tests === false ? ['-test=false'] : []), '--', ...wanted.patterns]
        const loaded = await readFrames(binary, args, { cwd, env: caches.env, signal, dialogue: true }, wanted.enough)
        grown ||= loaded.packages.length > 0
        return loaded
      },
      async close() {
        if (caches.kept && grown) await prune(caches.dir)
        await caches.dispose()
      },
    }
  } catch (error) {
    await caches.dispose()
    throw error
  }
}

/** One reading with a reader of its own. */
export async function loadFacts(options: ReaderOptions & Wanted): Promise<Loaded> {
  const reader = await openReader(options)
  try {
    return await reader.read(options)
  } finally {
    await reader.close()
  }
}

async function readFrames(
  binary: string,
  args: readonly string[],
  run: Parameters<typeof streamLines>[2],
  enough: Wanted['enough'],
): Promise<Loaded> {
  const frames = new Frames()
  let satisfied = false
  const { code, stderr } = await streamLines(binary, args, run, (line, reply) => {
    const value = parse(line)
    if (frames.header !== undefined) {
      frames.take(value)
      return
    }
    if (!isHeader(value)) throw new ToolError('gofacts speaks another version of the schema than mapfix')
    frames.header = value
    satisfied = enough?.(value) ?? false
    reply(satisfied ? '' : 'go on\n')
  })
  if (code === 2) throw new UserError(stderr.trim())
  if (code !== 0 || frames.header === undefined) {
    throw new ToolError(`mapfix's package reader failed with status ${code}:\n${stderr.trim().slice(-2000)}`)
  }
  return { header: frames.header, packages: satisfied ? [] : frames.packages() }
}

/** Puts packages together from frames. */
class Frames {
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
