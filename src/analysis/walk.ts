import type { Ev, Flag, Known, Stmt } from '../facts.js'
import { type Fn, stmtParts } from './program.js'

/** A place in the control flow of a function. */
export interface Place {
  readonly fn: Fn
  /** Position in the order of evaluation, from 0; between two events, a fraction. */
  readonly n: number
  /** The conditional blocks around it, outermost first: branches, cases, loop bodies, right operands of && and ||. */
  readonly blocks: readonly number[]
  /** The loops around it (a subset of blocks). */
  readonly loops: readonly number[]
}

/** One event of a function, and where in its control flow it stands. */
export interface Site extends Place {
  readonly ev: Ev
  readonly stmt: Stmt
  /** The statements that it is one of end in a return: loops around it are over then. */
  readonly leaves: boolean
  /** Variables of type bool whose value follows from the ifs on the way to it. */
  readonly known: readonly Known[]
  /** Fields of type bool, likewise, that are a condition by themselves. */
  readonly flags: readonly Flag[]
}

/** A function's events in the order of evaluation. */
export interface Flow {
  readonly sites: readonly Site[]
  readonly at: ReadonlyMap<Ev, Site>
  /** The ends of the range statements that nothing breaks off. */
  readonly ends: readonly { readonly stmt: Range; readonly place: Place }[]
  /** Of each branch (by its number in blocks) the statement that it is one of the branches of. */
  readonly branchOf: ReadonlyMap<number, Stmt>
  /** The branches at whose end the function returns. */
  readonly leaving: ReadonlySet<number>
}

type Range = Extract<Stmt, { k: 'range' }>

const flows = new WeakMap<Fn, Flow>()

/** The events of a function in the order of evaluation. Literals in it have flows of their own. */
export function flowOf(fn: Fn): Flow {
  const done = flows.get(fn)
  if (done) return done
  const sites: Site[] = []
  const ends: { stmt: Range; place: Place }[] = []
  const branchOf = new Map<number, Stmt>()
  const leaving = new Set<number>()
  let block = 0
  let leaves = false
  let known: readonly Known[] = []
  let flags: readonly Flag[] = []
  const events = (evs: readonly Ev[], stmt: Stmt, blocks: readonly number[], loops: readonly number[]): void => {
    for (const ev of evs) {
      if (ev.k === 'and' || ev.k === 'or') events(ev.e, stmt, [...blocks, block++], loops)
      else sites.push({ fn, ev, stmt, n: sites.length, blocks, loops, known, flags, leaves })
    }
  }
  const walk = (stmts: readonly Stmt[], blocks: readonly number[], loops: readonly number[]): void => {
    const outside = known
    const around = flags
    const stays = leaves
    leaves ||= stmts.at(-1)?.k === 'return'
    for (const stmt of stmts) {
      const before = known
      const above = flags
      const flag = stmt.k === 'if' ? stmt.flag : undefined
      let body = -1
      for (const part of stmtParts(stmt)) {
        if ('events' in part) {
          // A for statement's condition runs again after each turn.
          if (stmt.k === 'for') {
            if (body < 0) body = block++
            events(part.events, stmt, blocks, [...loops, body])
          } else events(part.events, stmt, blocks, loops)
        } else if (part.loop) {
          if (body < 0) body = block++
          const left = leaves
          leaves = false
          walk(part.stmts, [...blocks, body], [...loops, body])
          leaves = left
        } else if (part.branch) {
          if (stmt.k === 'if') known = [...before, ...((part.stmts === stmt.then.body ? stmt.yes : stmt.no) ?? [])]
          if (stmt.k === 'if' && flag) flags = [...above, part.stmts === stmt.then.body ? flag : negated(flag)]
          branchOf.set(block, stmt)
          if (part.stmts.at(-1)?.k === 'return') leaving.add(block)
          walk(part.stmts, [...blocks, block++], loops)
          known = before
          flags = above
        } else walk(part.stmts, blocks, loops)
      }
      if (stmt.k === 'range' && !breaksOff(stmt.block.body, true))
        ends.push({ stmt, place: { fn, n: sites.length - 0.5, blocks, loops } })
      if (stmt.k === 'if' && endsFlow(stmt.then.body)) known = [...known, ...(stmt.no ?? [])]
      if (stmt.k === 'if' && flag && endsFlow(stmt.then.body)) flags = [...flags, negated(flag)]
    }
    known = outside
    flags = around
    leaves = stays
  }
  walk(fn.facts.stmts, [], [])
  const flow = { sites, at: new Map(sites.map((site) => [site.ev, site])), ends, branchOf, leaving }
  flows.set(fn, flow)
  return flow
}

function negated({ p, is }: Flag): Flag {
  return { p, is: !is }
}

/** Whether some statement leaves the loop: break (its own, unless a nested statement takes that), a label, or goto. */
function breaksOff(stmts: readonly Stmt[], own: boolean): boolean {
  return stmts.some((stmt) => {
    if (stmt.k === 'branch') return stmt.tok === 'goto' || (stmt.tok === 'break' && (own || stmt.label !== undefined))
    const takes = ['for', 'range', 'switch', 'typeswitch', 'select'].includes(stmt.k)
    return stmtParts(stmt).some((part) => 'stmts' in part && breaksOff(part.stmts, own && !takes))
  })
}

/** Whether control never leaves the statements at their end. */
export function endsFlow(stmts: readonly Stmt[]): boolean {
  const last = stmts.at(-1)
  if (last?.k === 'block') return endsFlow(last.block.body)
  return (
    last?.k === 'return' ||
    (last?.k === 'branch' && last.tok !== 'fallthrough') ||
    (last?.e.some(neverReturns) ?? false)
  )
}

/** A statement that ends the goroutine or the process: what follows does not see its locks. */
export function neverReturns(ev: Ev): boolean {
  if (ev.k !== 'call' || ev.mode !== 'call') return false
  if (ev.callee.k === 'builtin') return ev.callee.name === 'panic'
  return ev.callee.k === 'func' && FINAL.test(ev.callee.key)
}

const FINAL =
  /^(os\.Exit|runtime\.Goexit|log\.(Logger\.)?(Fatal|Panic)(f|ln)?|testing\.[A-Za-z]+\.(Fatal|Fatalf|FailNow|Skip|Skipf|SkipNow))$/

/** Whether a always runs before b does: it stands earlier, and in no block that b is not in. Both of one function. */
export function dominates(a: Place, b: Place): boolean {
  return a.n < b.n && a.blocks.every((block, i) => b.blocks[i] === block)
}

/** Whether only one of the two can run in one go: they stand in different branches of one statement. */
export function excludes(a: Site, b: Site): boolean {
  if (a.fn !== b.fn || shareLoop(a, b)) return false
  const i = a.blocks.findIndex((block, at) => b.blocks[at] !== block)
  const [x, y] = [a.blocks[i], b.blocks[i]]
  if (x === undefined || y === undefined) return false
  const { branchOf } = flowOf(a.fn)
  return branchOf.has(x) && branchOf.get(x) === branchOf.get(y)
}

/** Whether nothing leads from a back to b: it comes later, or its branch returns. */
export function isPast(a: Site, b: Site): boolean {
  if (a.n > b.n) return !shareLoop(a, b)
  const { leaving } = flowOf(a.fn)
  return a.blocks.some((block) => leaving.has(block) && !b.blocks.includes(block))
}

/** Whether some loop holds both, so that either can follow the other. */
export function shareLoop(a: Place, b: Place): boolean {
  return a.loops.some((loop) => b.loops.includes(loop))
}

/** Whether the event is a part of a defer statement that runs when the function returns, not at the statement. */
export function runsAtExit(site: Site): boolean {
  return site.stmt.k === 'defer' && runsLate(site.ev)
}

/** Whether an event of a defer statement runs when the function returns. */
export function runsLate(ev: Ev): boolean {
  if (ev.k === 'call') return ev.mode === 'defer'
  return ev.k === 'acc' && (ev.op === 'delete' || ev.op === 'clear')
}
