import type { Span, Stmt } from '../facts.js'
import type { Confidence } from '../types.js'
import type { Caller } from './callers.js'
import type { Engine } from './engine.js'
import { staticCallees } from './funcvalues.js'
import type { KnownObject } from './paths.js'
import { type CallEv, contains, type Fn, objectAt, stmtParts } from './program.js'
import { endsFlow, flowOf, type Place, type Site } from './walk.js'

type Loop = Extract<Stmt, { k: 'for' | 'range' }>

/** A variable that all turns of a loop share, in a function literal that still runs when the next turn assigns it. */
export interface LateCapture {
  readonly variable: KnownObject
  readonly fn: Fn // that holds the loop
  readonly loop: Loop
  readonly literal: Fn
  /** The variable's first use in the literal: a position in the file of fn. */
  readonly use: Span
  /** What runs the literal: "goroutine", "net/http handler", "parallel subtest". */
  readonly runner: string
  readonly confidence: Confidence
}

/** The loop variables of the program, one variable a loop (before Go 1.22), that something captures and uses late. */
export function lateCaptures(engine: Engine): readonly LateCapture[] {
  return engine.program.packages.flatMap((pkg) =>
    engine.program
      .fns(pkg)
      .filter((fn) => sharesLoopVariables(pkg.files[fn.facts.file]?.go ?? pkg.go))
      .flatMap((fn) => loopsIn(fn.facts.stmts).flatMap((loop) => capturesIn(engine, fn, loop))),
  )
}

/** Whether a language version ("go1.21") has one variable for all turns of a loop. */
function sharesLoopVariables(version: string): boolean {
  const minor = /^go1\.(\d+)/.exec(version)?.[1]
  return minor !== undefined && Number(minor) < 22
}

function loopsIn(stmts: readonly Stmt[]): Loop[] {
  return stmts.flatMap((stmt) => [
    ...(stmt.k === 'for' || stmt.k === 'range' ? [stmt] : []),
    ...stmtParts(stmt).flatMap((part) => ('stmts' in part ? loopsIn(part.stmts) : [])),
  ])
}

function capturesIn(engine: Engine, fn: Fn, loop: Loop): LateCapture[] {
  const literals = flowOf(fn).sites.filter(({ ev }) => ev.k === 'lit' && contains(loop.block.span, ev.span))
  if (literals.length === 0) return []
  return variablesOf(engine, fn, loop).flatMap((variable): LateCapture[] => {
    for (const site of literals) {
      if (site.ev.k !== 'lit') continue
      const literal = engine.program.fn(fn.pkg, site.ev.fn)
      const start = usesIn(variable, literal.facts.span)[0]
      if (start === undefined) continue
      const late = lateness(engine, literal, variable)
      const wait = late && waitAfter(engine, site, loop)
      if (!late || wait === 'always' || !goesOn(loop.block.body, site.ev.span, true)) continue
      const use: Span = [start, start + variable.facts.name.length]
      const confidence = wait === 'sometimes' ? 'possible' : late.confidence
      return [{ variable, fn, loop, literal, use, runner: late.runner, confidence }]
    }
    return []
  })
}

/** What the loop declares and assigns in each turn. */
function variablesOf({ paths }: Engine, fn: Fn, loop: Loop): KnownObject[] {
  const refs =
    loop.k === 'range' ? (loop.define ? loop.def : []) : loop.init?.k === 'assign' ? (loop.init.def ?? []) : []
  return refs
    .filter((ref) => ref >= 0)
    .map((ref) => paths.object(objectAt(fn.pkg, ref).key))
    .filter((object) => object !== undefined)
    .filter(({ facts }) => loop.k === 'range' || paths.defs(facts.key).length > 1)
}

function usesIn({ facts }: KnownObject, span: Span): readonly number[] {
  return (facts.uses ?? []).filter((use) => use >= span[0] && use < span[1])
}

interface Lateness {
  readonly runner: string
  readonly confidence: Confidence
}

/** Who runs the literal after the statement that makes it is over; null where nobody is seen to. */
function lateness(engine: Engine, literal: Fn, variable: KnownObject): Lateness | null {
  const callers = engine.callers.of(literal)
  const runners = callers.map((caller) => runnerOf(engine, caller, literal, variable))
  const runner = runners.find((r) => r !== null)
  if (!runner) return null
  return { runner, confidence: runners.every((r) => r !== null) ? 'likely' : 'possible' }
}

function runnerOf(engine: Engine, caller: Caller, literal: Fn, variable: KnownObject): string | null {
  if (caller.how === 'root') return null
  const outlives = ({ site }: Extract<Caller, { how: 'spawn' }>): boolean =>
    site.fn === variable.fn || !isWaitedFor(engine, site)
  if (caller.how === 'spawn') return outlives(caller) ? (caller.kind === 'go' ? 'goroutine' : caller.what) : null
  if (isCall(caller.call, 'testing.T.Run')) return pausesBefore(literal, variable) ? 'parallel subtest' : null
  // A worker takes it from where it was kept.
  const worker = caller.value === undefined || caller.site.fn === caller.value.at ? null : caller.site.fn
  const started = worker && worker.facts.params.length === 0 ? engine.callers.of(worker) : []
  return started.length > 0 && started.every((c) => c.how === 'spawn' && outlives(c)) ? 'worker goroutine' : null
}

/** Whether the function that starts the goroutine waits for something after: it may be for the goroutine. */
function isWaitedFor({ orders }: Engine, start: Site): boolean {
  return orders.acquirers(start.fn).some(({ at }) => at.n > start.n)
}

/** Whether the subtest pauses, until the loop is over, before it uses the variable. */
function pausesBefore(literal: Fn, variable: KnownObject): boolean {
  const pause = flowOf(literal).sites.find(
    ({ ev, blocks }) => blocks.length === 0 && ev.k === 'call' && isCall(ev, 'testing.T.Parallel'),
  )
  return pause !== undefined && usesIn(variable, literal.facts.span).some((use) => use > pause.ev.span[1])
}

function isCall({ callee }: CallEv, key: string): boolean {
  return callee.k === 'func' && callee.key === key
}

/** Whether the rest of the turn waits: on every way, on some (or it may), or never. */
function waitAfter(engine: Engine, made: Site, loop: Loop): 'always' | 'sometimes' | 'never' {
  const waits = waitsOf(engine, made.fn)
    .filter(({ at, span }) => at.n > made.n && contains(loop.block.span, span))
    .map(({ at }) => at)
  if (waits.some((wait) => outsideOwnLoop(wait, made).every((block, i) => made.blocks[i] === block))) return 'always'
  const waitsHidden = selectsAfter(loop.block.body, made.ev.span[1]) || mayHear(engine, made, loop)
  return waits.length > 0 || waitsHidden ? 'sometimes' : 'never'
}

/** Where a function waits for another goroutine: atomics and sync.Once wait for nobody. */
function waitsOf({ orders }: Engine, fn: Fn): ReturnType<Engine['orders']['acquirers']> {
  const noWait = /^sync(\/atomic\.|\.Once)/
  return orders
    .acquirers(fn)
    .filter(({ ev }) => !(ev?.k === 'call' && ev.callee.k === 'func' && noWait.test(ev.callee.key)))
}

/** Whether the turn has a pipe of its own, or calls what waits for somebody: it may hear from the goroutine that way. */
function mayHear(engine: Engine, made: Site, loop: Loop): boolean {
  return flowOf(made.fn).sites.some(({ ev, n }) => {
    if (ev.k !== 'call' || ev.mode !== 'call' || !contains(loop.block.span, ev.span)) return false
    if (ev.callee.k === 'func' && /^(io|net|os)\.Pipe$/.test(ev.callee.key)) return true
    return n > made.n && staticCallees(engine.program, ev).some((callee) => waitsOf(engine, callee).length > 0)
  })
}

/** The blocks around a wait, without the loop that repeats it: `for range n { <-done }`. */
function outsideOwnLoop(wait: Place, made: Site): readonly number[] {
  const own = wait.loops.at(-1)
  return own !== undefined && own === wait.blocks.at(-1) && !made.blocks.includes(own)
    ? wait.blocks.slice(0, -1)
    : wait.blocks
}

/** A select, or a range over a channel, that begins after the offset. */
function selectsAfter(stmts: readonly Stmt[], offset: number): boolean {
  return stmts.some(
    (stmt) =>
      (stmt.span[0] >= offset && (stmt.k === 'select' || (stmt.k === 'range' && stmt.xt === 'chan'))) ||
      stmtParts(stmt).some((part) => 'stmts' in part && selectsAfter(part.stmts, offset)),
  )
}

/** Whether another turn may follow the place: what comes after it leaves the loop on no account. */
function goesOn(stmts: readonly Stmt[], place: Span, breaksLeave: boolean): boolean {
  const at = stmts.findIndex(({ span }) => contains(span, place))
  const stmt = stmts[at]
  if (!stmt) return true
  const inner = breaksLeave && !['for', 'range', 'switch', 'typeswitch', 'select'].includes(stmt.k)
  for (const part of stmtParts(stmt)) {
    if ('stmts' in part && !goesOn(part.stmts, place, inner)) return false
  }
  const end = stmts.slice(at + 1).find((later) => endsFlow([later]))
  if (!end) return true
  if (end.k !== 'branch') return false
  return end.tok === 'continue' || (end.tok === 'break' && !breaksLeave && end.label === undefined)
}
