/** Files that people write, YAML or JSON, against a schema: what is wrong is named with its place. */
import { isMap, LineCounter, parseDocument } from 'yaml'
import type { z } from 'zod'
import { UserError } from '../errors.js'
import { didYouMean } from '../nearest.js'

/** Something wrong in a file: in words that begin with its place, and at which key. */
export interface Fault {
  readonly message: string
  readonly at: readonly PropertyKey[]
}

/** What a text comes to: as the schema wants it, or all that is wrong with it and the value as it stands. */
export type Read<T> =
  | { readonly kind: 'value'; readonly value: T }
  | { readonly kind: 'faults'; readonly raw: unknown; readonly faults: readonly Fault[] }

/** Reads a text, an empty one as {}. Refused, with line and column: what is not YAML, unknown keys and values. */
export function readYaml<T>(path: string, text: string, schema: z.ZodType<T>): T {
  const read = tryYaml(path, text, schema)
  if (read.kind === 'value') return read.value
  throw new UserError(read.faults[0]?.message ?? `${path}: it has another shape`)
}

/** The same, with every fault at a key as a value. Refused still: what is not YAML. */
export function tryYaml<T>(path: string, text: string, schema: z.ZodType<T>): Read<T> {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const placed = (offset: number, why: string): string => {
    const { line, col } = lines.linePos(offset)
    return `${path}:${line}:${col}: ${why}`
  }
  const [broken] = document.errors
  if (broken) throw new UserError(placed(broken.pos[0], broken.message))
  const value: unknown = document.toJS() ?? {}
  const read = schema.safeParse(value)
  if (read.success) return { kind: 'value', value: read.data }
  const faults = read.error.issues.map((issue): Fault => {
    const at: unknown = issue.path.length > 0 ? document.getIn(issue.path, true) : document.contents
    if (issue.code !== 'unrecognized_keys')
      return { message: placed(offsetOf(at), wrong(issue, plain(at))), at: issue.path }
    const [key = ''] = issue.keys
    const why = `there is no key ${key}${didYouMean(key, keysAt(schema, issue.path))}`
    return { message: placed(keyOffset(at, key), why), at: issue.path }
  })
  return { kind: 'faults', raw: value, faults }
}

/** A value that comes from no text: what is wrong is named by its key. */
export function checkedValue<T>(path: string, value: unknown, schema: z.ZodType<T>): T {
  const read = schema.safeParse(value)
  if (read.success) return read.data
  const [issue] = read.error.issues
  if (issue?.code !== 'unrecognized_keys')
    throw new UserError(`${path}: ${wrong(issue, issue?.path.length === 1 ? fieldOf(value, issue.path[0]) : value)}`)
  const [key = ''] = issue.keys
  throw new UserError(`${path}: there is no key ${key}${didYouMean(key, keysAt(schema, issue.path))}`)
}

function fieldOf(value: unknown, key: PropertyKey | undefined): unknown {
  return typeof value === 'object' && value !== null ? Object.entries(value).find(([name]) => name === key)?.[1] : value
}

/** The keys that an object of the schema may have. */
function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let at: unknown = schema
  for (const step of path) at = inner(at, step)
  return Object.keys(shapeOf(at) ?? {})
}

function inner(schema: unknown, step: PropertyKey): unknown {
  const unwrapped = unwrap(schema)
  const shape = shapeOf(unwrapped)
  if (shape !== null && typeof step === 'string') return Object.entries(shape).find(([key]) => key === step)?.[1]
  return typeof unwrapped === 'object' && unwrapped !== null && 'element' in unwrapped ? unwrapped.element : undefined
}

function unwrap(schema: unknown): unknown {
  const isOptional = typeof schema === 'object' && schema !== null && 'unwrap' in schema && !('element' in schema)
  return isOptional && typeof schema.unwrap === 'function' ? schema.unwrap() : schema
}

function shapeOf(schema: unknown): object | null {
  const of = unwrap(schema)
  if (typeof of !== 'object' || of === null || !('shape' in of)) return null
  return typeof of.shape === 'object' ? of.shape : null
}

function wrong(issue: z.core.$ZodIssue | undefined, value: unknown): string {
  const where = issue?.path.map(String).join('.') ?? ''
  if (issue?.code !== 'invalid_value') return `${where || 'the file'}: ${issue?.message ?? 'it has another shape'}`
  const known = issue.values.map(String)
  return `${where} cannot be ${String(value)}${didYouMean(String(value), known)}\n  it is one of ${known.join(', ')}`
}

function plain(node: unknown): unknown {
  return typeof node === 'object' && node !== null && 'value' in node ? node.value : node
}

function offsetOf(node: unknown): number {
  const range = typeof node === 'object' && node !== null && 'range' in node ? node.range : undefined
  return Array.isArray(range) && typeof range[0] === 'number' ? range[0] : 0
}

function keyOffset(contents: unknown, key: string): number {
  if (!isMap(contents)) return 0
  const pair = contents.items.find((item) => String(plain(item.key)) === key)
  return offsetOf(pair?.key)
}
