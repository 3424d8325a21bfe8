/** What a program printed, out of what others wrapped around it: container engines, log collectors, `go test -json`. */
import type { Line } from './lines.js'

/** A line as the program printed it. */
export interface Printed extends Line {
  /** Lines of different sources may stand mixed: a container, a package of `go test -json`; "" without. */
  readonly source: string
  /** As the wrapping says it, "" where it does not. */
  readonly time: string
  /** The test that printed it, as `go test -json` says. */
  readonly test: string
}

export interface Unwrapper {
  line(line: Line): readonly Printed[]
  end(): readonly Printed[]
}

/** Takes lines of a file, in order, and gives what was printed. */
export function unwrapper(): Unwrapper {
  const prefixes = new Map<string, RegExp>()
  const parts = new Map<string, Printed>()
  /** The first line with an unknown prefix: what follows shows whether it is one. */
  let held: { readonly line: Line; readonly prefix: string } | null = null

  const plain = (line: Line): Printed => ({ ...line, source: '', time: '', test: '' })
  const cut = (line: Line): Printed | null => {
    for (const pattern of prefixes.values()) {
      const [whole] = pattern.exec(line.text) ?? []
      if (whole === undefined) continue
      return { ...line, text: line.text.slice(whole.length), ...describe(whole), test: '' }
    }
    return null
  }
  const settle = (next: Line | null): readonly Printed[] => {
    if (held === null) return []
    const { line, prefix } = held
    held = null
    const pattern = patternOf(prefix)
    if (!TIME_OR_END.test(prefix) && (next === null || !pattern.test(next.text)))
      return [plain({ ...line, text: line.text.slice(prefix.length) })]
    if (prefixes.size < PREFIXES) prefixes.set(pattern.source, pattern)
    return [{ ...line, text: line.text.slice(prefix.length), ...describe(prefix), test: '' }]
  }
  const unwrapped = (line: Line): readonly Printed[] => {
    const printed = cut(line)
    if (printed !== null) return [printed]
    const prefix = prefixOf(line.text)
    if (prefix === '') return [plain(line)]
    held = { line, prefix }
    return []
  }
  return {
    line(line) {
      const before = settle(line)
      const json = jsonOf(line)
      if (json === null) return [...before, ...unwrapped(line)]
      return [...before, ...joined(json, parts)]
    },
    end: () => [...settle(null), ...parts.values()],
  }
}

/** Different prefixes that one file may have, and sources whose lines come in parts. */
const PREFIXES = 64
const OPEN = 256

/** Where a report begins, with something before it. */
const ANCHOR = /(?:WARNING: DATA RACE\s*$|fatal error: concurrent map |goroutine \d+ (?:gp=[^[]*)?\[[^\]]+\].*:\s*$)/
const TIME =
  /\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d\d:\d\d:\d\d(?:[.,]\d+)?|\b1\d{9,18}(?:\.\d+)?\b/
const TIMES = new RegExp(TIME, 'g')
const TIME_OR_END = new RegExp(`${TIME.source}|[|\\]>]\\s*$`)

function prefixOf(text: string): string {
  const prefix = text.slice(0, Math.max(0, text.search(ANCHOR)))
  return prefix.trim() === '' || prefix.length > LONGEST_PREFIX ? '' : prefix
}

const LONGEST_PREFIX = 400

/** Times change from line to line; the rest of a prefix stays. Blanks at its end may be missing. */
function patternOf(prefix: string): RegExp {
  const literal = (text: string): string => text.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&')
  const pieces = prefix.trimEnd().split(TIMES).map(literal)
  const blanks = prefix.length - prefix.trimEnd().length
  return new RegExp(`^${pieces.join(`(?:${TIME.source})`)} {0,${blanks}}`)
}

function describe(prefix: string): { source: string; time: string } {
  return { source: prefix.replace(TIMES, '').trim(), time: TIME.exec(prefix)?.[0] ?? '' }
}

interface Wrapped extends Printed {
  /** The text is a piece of a line that ends with the piece that ends in a newline. */
  readonly pieces: boolean
}

/** Fields that hold what was printed. Those of go test and of Docker hold pieces that end where a line does. */
const TEXTS = ['Output', 'log', 'message', 'msg', 'MESSAGE', 'textPayload']
const STAMPS = ['Time', 'time', 'ts', 'timestamp', '@timestamp']
const SOURCES = ['Package', 'container_id', 'container_name', 'container', 'pod', 'pod_name', 'stream']

function jsonOf(line: Line): Wrapped | null {
  if (!line.text.startsWith('{') || !line.text.trimEnd().endsWith('}')) return null
  try {
    const value: unknown = JSON.parse(line.text)
    if (typeof value !== 'object' || value === null) return null
    const fields = new Map<string, unknown>(Object.entries(value))
    const text = (name: string): string => {
      const field = fields.get(name)
      return typeof field === 'string' ? field : typeof field === 'number' ? String(field) : ''
    }
    const name = TEXTS.find((field) => typeof fields.get(field) === 'string')
    if (name === undefined) return null
    return {
      text: text(name),
      at: line.at,
      pieces: name === 'Output' || name === 'log',
      source: SOURCES.map(text).join(' ').trim(),
      time: STAMPS.map(text).find((stamp) => stamp !== '') ?? '',
      test: text('Test'),
    }
  } catch {
    return null
  }
}

function joined({ pieces, ...printed }: Wrapped, parts: Map<string, Printed>): readonly Printed[] {
  const open = parts.get(printed.source)
  parts.delete(printed.source)
  const text = (open?.text ?? '') + printed.text
  const lines = text.split('\n')
  const rest = pieces ? (lines.pop() ?? '') : ''
  if (rest !== '' && parts.size < OPEN) parts.set(printed.source, { ...printed, text: rest.slice(0, 1 << 16) })
  return lines.map((line) => ({ ...printed, text: line.replace(/\r$/, '') }))
}
