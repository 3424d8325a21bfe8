/** Reports of the race detector, wherever they stand in a log. */
import { calledFunction, DEEPEST, type Frame, fileLine } from './frames.js'
import type { Reader } from './reader.js'
import type { Printed } from './unwrap.js'

export interface RaceAccess {
  readonly kind: 'read' | 'write'
  readonly atomic: boolean
  /** Number of the goroutine, as this report counts; "main" for the main goroutine. */
  readonly goroutine: string
  /** Innermost first; empty where the detector could not restore it. */
  readonly stack: readonly Frame[]
  /** Where the goroutine was started, innermost first; empty where the report does not say. */
  readonly created: readonly Frame[]
}

export interface RaceReport {
  readonly kind: 'race'
  /** Two of them, fewer where the report was cut off. */
  readonly accesses: readonly RaceAccess[]
  /** The package variable that the memory belongs to, as the linker names it; "" elsewhere. */
  readonly global: string
  /** Where the memory was allocated, innermost first. */
  readonly allocated: readonly Frame[]
  /** Its end is missing. */
  readonly truncated: boolean
  /** The report as it was printed, the first 16 K of it. */
  readonly text: string
  /** Byte of the file at which it begins. */
  readonly at: number
  readonly time: string
  readonly test: string
}

/** Reads what one source printed. */
export function raceReader(): Reader<RaceReport> {
  let open: Draft | null = null
  const close = (truncated: boolean): readonly RaceReport[] => {
    const done = open
    open = null
    return done === null || done.accesses.length === 0 ? [] : [finish(done, truncated)]
  }
  return {
    line(line) {
      const { text } = line
      if (text.includes('WARNING: DATA RACE')) {
        const before = close(true)
        open = draft(line)
        return before
      }
      if (open === null) return []
      if (text.trim() === '==================') return close(false)
      if (/^(?:fatal error: |goroutine \d+ .*\[)/.test(text) || ++open.lines > MOST_LINES) return close(true)
      add(open, text)
      return []
    },
    end: () => close(true),
  }
}

/** Lines of a report, those of others among them. */
const MOST_LINES = 4000
const MOST_TEXT = 1 << 14

interface Draft {
  readonly first: Printed
  readonly accesses: { kind: 'read' | 'write'; atomic: boolean; goroutine: string; stack: Frame[] }[]
  readonly created: Map<string, Frame[]>
  readonly allocated: Frame[]
  global: string
  into: Frame[]
  func: string
  lines: number
  text: string
}

function draft(first: Printed): Draft {
  return {
    first,
    accesses: [],
    created: new Map(),
    allocated: [],
    global: '',
    into: [],
    func: '',
    lines: 0,
    text: 'WARNING: DATA RACE',
  }
}

/** Go 1.4 did not say where in memory. */
const ACCESS =
  /^\s*(?:Previous )?(atomic )?(read|write)(?: at 0x[0-9a-f]+)? by (?:(main) goroutine|goroutine (\d+)):\s*$/i
const CREATED = /^\s*Goroutine (\d+) \(\w+\) created at:\s*$/
const HEAP = /^\s*Heap block of size \d+ at 0x[0-9a-f]+ allocated by /
const GLOBAL = /^\s*Global var (\S+) of size \d+ at /

function add(open: Draft, text: string): void {
  if (open.text.length < MOST_TEXT) open.text += `\n${text}`
  const access = ACCESS.exec(text)
  if (access !== null) {
    const [, atomic, kind = '', main, number = ''] = access
    const stack: Frame[] = []
    start(open, stack)
    open.accesses.push({
      kind: kind.toLowerCase() === 'write' ? 'write' : 'read',
      atomic: atomic !== undefined,
      goroutine: main ? 'main' : number,
      stack,
    })
    return
  }
  const created = CREATED.exec(text)?.[1]
  if (created !== undefined) {
    const stack: Frame[] = []
    start(open, stack)
    open.created.set(created, stack)
  } else if (HEAP.test(text)) start(open, open.allocated)
  else if (GLOBAL.test(text)) open.global = GLOBAL.exec(text)?.[1] ?? ''
  else addFrame(open, text)
}

function start(open: Draft, stack: Frame[]): void {
  open.into = stack
  open.func = ''
}

function addFrame(open: Draft, text: string): void {
  const place = open.func === '' ? null : fileLine(text)
  if (place === null) {
    open.func = calledFunction(text) ?? open.func
    return
  }
  if (open.into.length < DEEPEST) open.into.push({ func: open.func, ...place })
  open.func = ''
}

function finish({ first, accesses, created, allocated, global, text }: Draft, truncated: boolean): RaceReport {
  return {
    kind: 'race',
    accesses: accesses.slice(0, 2).map((access) => ({ ...access, created: created.get(access.goroutine) ?? [] })),
    global,
    allocated,
    truncated,
    text: text.trimEnd(),
    at: first.at,
    time: first.time,
    test: first.test,
  }
}
