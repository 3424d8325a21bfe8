import type { Ev, Stmt } from '../facts.js'
import { type Fn, stmtParts } from './program.js'

/** One event of a function, and where in its control flow it stands. */
export interface Site {
  readonly fn: Fn
  readonly ev: Ev
  readonly stmt: Stmt
  /** Position in the order of evaluation, from 0. */
  readonly n: number
  /** The conditional blocks around it, outermost first: branches, cases, loop bodies, right operands of && and ||. */
  readonly blocks: readonly number[]
  /** The loops around it (a subset of blocks). */
  readonly loops: readonly number[]
}

export interface Flow {
  readonly sites: readonly Site[]
  readonly at: ReadonlyMap<Ev, Site>
}

const flows = new WeakMap<Fn, Flow>()

/** The events of a function in the order of evaluation. Literals in it have flows of their own. */
export function flowOf(fn: Fn): Flow {
  const known = flows.get(fn)
  if (known) return known
  const sites: Site[] = []
  let block = 0
  const events = (evs: readonly Ev[], stmt: Stmt, blocks: readonly number[], loops: readonly number[]): void => {
    for (const ev of evs) {
      if (ev.k === 'and' || ev.k === 'or') events(ev.e, stmt, [...blocks, block++], loops)
      else sites.push({ fn, ev, stmt, n: sites.length, blocks, loops })
    }
  }
  const walk = (stmts: readonly Stmt[], blocks: readonly number[], loops: readonly number[]): void => {
    for (const stmt of stmts) {
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
          walk(part.stmts, [...blocks, body], [...loops, body])
        } else if (part.branch) walk(part.stmts, [...blocks, block++], loops)
        else walk(part.stmts, blocks, loops)
      }
    }
  }
  walk(fn.facts.stmts, [], [])
  const flow = { sites, at: new Map(sites.map((site) => [site.ev, site])) }
  flows.set(fn, flow)
  return flow
}

export function siteOf(fn: Fn, ev: Ev): Site {
  const site = flowOf(fn).at.get(ev)
  if (!site) throw new Error(`bug: the event is not in ${fn.facts.key}`)
  return site
}

/** Whether a always runs before b does: it stands earlier, and in no block that b is not in. Both of one function. */
export function dominates(a: Site, b: Site): boolean {
  return a.n < b.n && a.blocks.every((block, i) => b.blocks[i] === block)
}

/** Whether some loop holds both, so that either can follow the other. */
export function shareLoop(a: Site, b: Site): boolean {
  return a.loops.some((loop) => b.loops.includes(loop))
}

/** Whether the event is a part of a defer statement that runs when the function returns, not at the statement. */
export function runsAtExit(site: Site): boolean {
  if (site.stmt.k !== 'defer') return false
  if (site.ev.k === 'call') return site.ev.mode === 'defer'
  return site.ev.k === 'acc' && (site.ev.op === 'delete' || site.ev.op === 'clear')
}
