/** Goroutine dumps: of crashes, of SIGQUIT, of net/http/pprof (debug=2), of tests that took too long. */
import { calledFunction, DEEPEST, type Frame, fileLine } from './frames.js'
import type { Reader } from './reader.js'
import type { Printed } from './unwrap.js'

export interface Goroutine {
  readonly kind: 'goroutine'
  readonly id: number
  /** "running", "chan receive", "sync.Mutex.Lock" … */
  readonly state: string
  /** It has been so for so many minutes, as far as the dump says. */
  readonly minutes: number
  /** Innermost first. Without the runtime's own frames, mostly: the runtime hides them. */
  readonly stack: readonly Frame[]
  /** The go statement that started it; null for the main goroutine, and where it is not said. */
  readonly created: Frame | null
  /** Id of the goroutine that started it (Go 1.21 and later), 0 where it is not said. */
  readonly creator: number
  /** Frames are missing: too many of them, or it ran on another thread. */
  readonly incomplete: boolean
  /** Which dump of this source it belongs to, from 1 on. */
  readonly dump: number
  /** What the runtime said before the dump: "fatal error: concurrent map writes", "panic: …"; "" for nothing. */
  readonly cause: string
  /** It stands first in its dump: where there is a cause, it brought it about. */
  readonly first: boolean
  readonly source: string
  /** Byte of the file at which it begins. */
  readonly at: number
  readonly time: string
}

/** Reads what one source printed. */
export function goroutineReader(): Reader<Goroutine> {
  let open: Draft | null = null
  let dump = 0
  let cause = ''
  let ids = new Set<number>()
  const close = (): readonly Goroutine[] => {
    const done = open
    open = null
    return done === null ? [] : [finish(done)]
  }
  const next = (why: string): void => {
    cause = why
    ids = new Set()
  }
  return {
    line(line) {
      const { text } = line
      const header = HEADER.exec(text)
      if (header !== null) {
        const before = close()
        const [, number = '', state = '', rest = ''] = header
        const id = Number(number)
        if (ids.has(id)) next('')
        if (ids.size === 0) dump++
        const first = ids.size === 0
        ids.add(id)
        open = draft(line, { id, state, minutes: Number(/(\d+) minutes/.exec(rest)?.[1] ?? 0), dump, cause, first })
        return before
      }
      const why = CAUSE.exec(text)?.[1]
      if (why !== undefined) {
        const before = close()
        // Two goroutines may find the same at once, and a panic be the reason of another.
        if (ids.size > 0 || cause === '' || why.startsWith('fatal error: concurrent map')) next(why)
        return before
      }
      if (open === null) return []
      if (text.trim() === '') return close()
      add(open, text)
      return []
    },
    end: close,
  }
}

const HEADER = /^\s*goroutine (\d+) (?:gp=[^[]*)?\[([^\],]*)([^\]]*)\].*:\s*$/
const CAUSE = /(?:^|\b)(fatal error: .*|panic: .*|SIG[A-Z]+: .*)$/

type Known = Pick<Goroutine, 'id' | 'state' | 'minutes' | 'dump' | 'cause' | 'first'>

interface Draft extends Known {
  readonly line: Printed
  readonly stack: Frame[]
  func: string
  /** "created by" came: the next place is that of the go statement. */
  creating: boolean
  created: Frame | null
  creator: number
  incomplete: boolean
  over: boolean
}

function draft(line: Printed, known: Known): Draft {
  return {
    ...known,
    line,
    stack: [],
    func: '',
    creating: false,
    created: null,
    creator: 0,
    incomplete: false,
    over: false,
  }
}

function add(open: Draft, text: string): void {
  if (open.over) return
  const [, creator, by] = /^\s*created by (.+?)(?: in goroutine (\d+))?\s*$/.exec(text) ?? []
  if (creator !== undefined) {
    open.func = creator
    open.creating = true
    open.creator = Number(by ?? 0)
    return
  }
  if (/frames elided|stack unavailable/.test(text)) open.incomplete = true
  // With tracebackancestors, the stacks of those that started it follow.
  else if (/^\[originating from goroutine /.test(text)) open.over = true
  else {
    const place = open.func === '' ? null : fileLine(text)
    if (place === null) {
      open.func = calledFunction(text) ?? open.func
      return
    }
    const frame = { func: open.func, ...place }
    if (open.creating) open.created = frame
    else if (open.stack.length < DEEPEST) open.stack.push(frame)
    open.over ||= open.creating
    open.func = ''
  }
}

function finish({
  line,
  stack,
  id,
  state,
  minutes,
  created,
  creator,
  incomplete,
  dump,
  cause,
  first,
}: Draft): Goroutine {
  const { source, at, time } = line
  const known = { id, state, minutes, dump, cause, first }
  return { kind: 'goroutine', ...known, stack, created, creator, incomplete, source, at, time }
}
