/** One walk over a function's events, gathering effects; calls are judged in effectcalls.ts. */
import type { Ev, Stmt } from '../facts.js'
import { judgeCall } from './effectcalls.js'
import { type Gathered, type Gathering, gathering, pathText, rangeIn, type World } from './gathering.js'
import { targetKey } from './paths.js'
import { type AccessEv, type Fn, objectAt, pathAt, stmtParts } from './program.js'
import { waits } from './waiting.js'

/** The effects of statements of a function. */
export function gather(world: World, fn: Fn, stmts: readonly Stmt[]): Gathered {
  const [to, result] = gathering(world, fn)
  walkStmts(to, stmts, fn.facts.file)
  return result()
}

/** The effects of events of a function. */
export function gatherEvents(world: World, fn: Fn, evs: readonly Ev[]): Gathered {
  const [to, result] = gathering(world, fn)
  walkEvents(to, evs, fn.facts.file)
  return result()
}

function walkStmts(to: Gathering, stmts: readonly Stmt[], around: number): void {
  for (const stmt of stmts) {
    const file = stmt.file ?? around
    if (stmt.k === 'select') to.reason('select', rangeIn(to.fn, file, stmt.span), 'select')
    if (stmt.k === 'range' && stmt.xt === 'chan') {
      to.reason('channel', rangeIn(to.fn, file, stmt.x), 'range over a channel')
    }
    if (stmt.k === 'for' && waits(to.world.program, to.fn, file, stmt)) {
      to.reason('blocks', rangeIn(to.fn, file, [stmt.span[0], stmt.block.span[0]]), 'a loop that nothing bounds')
    }
    for (const part of stmtParts(stmt)) {
      if ('events' in part) walkEvents(to, part.events, file)
      else walkStmts(to, part.stmts, file)
    }
  }
}

function walkEvents(to: Gathering, evs: readonly Ev[], file: number): void {
  for (const ev of evs) {
    switch (ev.k) {
      case 'and':
      case 'or':
        walkEvents(to, ev.e, file)
        break
      case 'call':
        judgeCall(to, ev, rangeIn(to.fn, file, ev.span))
        break
      case 'recv':
        to.reason('channel', rangeIn(to.fn, file, ev.span), `receive from ${pathText(to.fn, ev.p)}`)
        break
      case 'chansend':
        to.reason('channel', rangeIn(to.fn, file, ev.span), `send on ${pathText(to.fn, ev.p)}`)
        to.panics()
        break
      case 'acc':
        touch(to, ev)
        break
      case 'may':
        if (!isReceiver(to.fn, ev.p)) to.panics()
        break
      case 'set':
      case 'return':
      case 'lit':
      case 'ref':
        break
    }
  }
}

function touch(to: Gathering, ev: AccessEv): void {
  if (ev.op === 'init') return
  const path = to.world.paths.resolve(to.fn, ev.p)
  to.map(targetKey(path) || '?', ev.write ? 'write' : 'read')
  const stores = ev.op === 'assign' || ev.op === 'update'
  if (stores && to.world.nilWrites && !isFresh(to, targetKey(path), path.steps)) to.panics()
}

/** A local that only ever holds maps made in the function. */
function isFresh(to: Gathering, key: string, steps: readonly string[]): boolean {
  const defs = steps.length === 0 ? to.world.paths.defs(key) : []
  return defs.length > 0 && defs.every(({ v }) => v.k === 'fresh')
}

function isReceiver(fn: Fn, ref: number | undefined): boolean {
  if (ref === undefined) return false
  const [root, ...steps] = pathAt(fn.pkg, ref)
  return steps.length === 0 && typeof root === 'number' && objectAt(fn.pkg, root).kind === 'receiver'
}
