/**
 * What the functions of the standard library do to their callers: block, do I/O, call back. Read from tables
 * (stdtext.ts, stdsystem.ts), which were checked against Go's sources.
 */
import { stdSystem } from './stdsystem.js'
import { stdText } from './stdtext.js'

/** What a call of a function or method does; argument indices leave the receiver out. */
export interface StdEffect {
  /** May wait for another goroutine, for time to pass, or for the outside. */
  readonly blocks: boolean
  /** Talks to the outside: files, network, terminals, processes; or through a reader or writer that may. */
  readonly io: boolean
  /** Function arguments (iterators too) that it calls before it returns, on the caller's goroutine. */
  readonly callsNow: readonly number[]
  /** Function arguments called on another goroutine. */
  readonly spawns: readonly number[]
  /** Function arguments kept, and called later, by whoever uses what it returns. */
  readonly stores: readonly number[]
  /** Calls methods of values that it is given through interfaces: String, Error, MarshalJSON, Less, Write … */
  readonly callbacks: boolean
  /** What it does with map arguments. */
  readonly maps: Readonly<Record<number, 'read' | 'write'>>
  /** What it does with maps in arguments that `maps` does not name. */
  readonly rest?: 'read' | 'write'
  /** Returns an iterator (or a value) that reads its map argument later. */
  readonly lazy?: boolean
  /** May panic for some arguments. */
  readonly panics?: boolean
}

/**
 * What "path.Func", "path.Type.Method" does; undefined if it is not known. Keys are those of facts: for methods of
 * interfaces "net/http.ResponseWriter.Write", "error.Error".
 */
export function stdEffect(key: string): StdEffect | undefined {
  const pkg = packageOf(key)
  const table = tables().get(pkg)
  if (table === undefined) return undefined
  const name = key.slice(pkg.length + 1)
  const type = name.split('.')[0] ?? name
  return table.get(name) ?? (name.includes('.') ? table.get(`${type}.*`) : undefined) ?? table.get('*')
}

/** The names that the tables spell out, by package: "Type.Method", "Func", "Type.*". What is in the tables but not in Go is a mistake. */
export function stdNames(): ReadonlyMap<string, readonly string[]> {
  return new Map([...tables()].map(([pkg, names]) => [pkg, [...names.keys()].filter((name) => name !== '*')]))
}

/** Whether a package is in the tables; functions of others are unknown. */
export function isKnownPackage(path: string): boolean {
  return tables().has(path)
}

type Table = ReadonlyMap<string, StdEffect>

let parsed: ReadonlyMap<string, Table> | undefined

function tables(): ReadonlyMap<string, Table> {
  parsed ??= parse(`${stdText}\n${stdSystem}`)
  return parsed
}

/** "error.Error" stands in package "error" here: predeclared, without a path. */
function packageOf(key: string): string {
  const slash = key.lastIndexOf('/')
  const dot = key.indexOf('.', slash + 1)
  return dot < 0 ? key : key.slice(0, dot)
}

/**
 * Lines "package: effects" (of all its functions, unless they are "unknown"), each followed by indented lines
 * "effects: Name Type.Method Type.* …". Effects are words: pure, blocks, io, calls, lazy, panics, now=I, spawn=I, keep=I,
 * read=I, write=I, and read, write for all arguments. `#` starts a comment.
 */
function parse(text: string): ReadonlyMap<string, Table> {
  const packages = new Map<string, Map<string, StdEffect>>()
  let table = new Map<string, StdEffect>()
  for (const raw of text.split('\n')) {
    const line = raw.replace(/#.*/, '')
    if (line.trim() === '') continue
    const colon = line.indexOf(':')
    const [head, tail] = [line.slice(0, colon).trim(), words(line.slice(colon + 1))]
    if (colon < 0) throw new Error(`no colon in the table of the standard library: ${raw}`)
    if (/^\s/.test(line)) {
      const effect = effectOf(words(head))
      for (const name of tail) table.set(name, effect)
    } else {
      table = new Map()
      packages.set(head, table)
      if (tail[0] !== 'unknown') table.set('*', effectOf(tail))
    }
  }
  return packages
}

function effectOf(flags: readonly string[]): StdEffect {
  const numbers = (name: string): number[] =>
    flags.flatMap((flag) => (flag.startsWith(`${name}=`) ? [Number(flag.slice(name.length + 1))] : []))
  const wrong = flags.find(
    (flag) => !/^(pure|blocks|io|calls|lazy|panics|read|write|(now|spawn|keep|read|write)=\d)$/.test(flag),
  )
  if (wrong !== undefined) throw new Error(`unknown effect in the table of the standard library: ${wrong}`)
  const maps: Record<number, 'read' | 'write'> = {}
  for (const index of numbers('read')) maps[index] = 'read'
  for (const index of numbers('write')) maps[index] = 'write'
  return {
    blocks: flags.includes('blocks'),
    io: flags.includes('io'),
    callsNow: numbers('now'),
    spawns: numbers('spawn'),
    stores: numbers('keep'),
    callbacks: flags.includes('calls'),
    maps,
    ...(flags.includes('read') ? { rest: 'read' as const } : {}),
    ...(flags.includes('write') ? { rest: 'write' as const } : {}),
    ...(flags.includes('lazy') ? { lazy: true } : {}),
    ...(flags.includes('panics') ? { panics: true } : {}),
  }
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '')
}
