/** The ways out of a run of statements, and whether control ever comes to its end. */
import type { Stmt } from '../facts.js'
import { childLists } from './tree.js'

export type Jump = Extract<Stmt, { k: 'return' | 'branch' }>

/** The jumps inside the statements that leave them, in source order. */
export function exitsOf(stmts: readonly Stmt[]): Jump[] {
  const found: Jump[] = []
  const walk = (at: Stmt, loops: number, switches: number, labels: readonly string[]): void => {
    if (at.k === 'return') found.push(at)
    if (at.k === 'branch' && leaves(at, loops, switches, labels)) found.push(at)
    const loop = at.k === 'for' || at.k === 'range' ? 1 : 0
    const selects = at.k === 'switch' || at.k === 'typeswitch' || at.k === 'select' ? 1 : 0
    const named = at.k === 'labeled' ? [...labels, at.label] : labels
    for (const list of childLists(at)) for (const inner of list) walk(inner, loops + loop, switches + selects, named)
  }
  for (const stmt of stmts) walk(stmt, 0, 0, [])
  return found
}

/** Whether control never goes on behind the statement: a terminating statement, as Go's specification has it. */
export function terminates(stmt: Stmt | undefined, label?: string): boolean {
  if (stmt === undefined) return false
  switch (stmt.k) {
    case 'return':
      return true
    case 'branch':
      return stmt.tok === 'goto'
    case 'expr':
      return stmt.e.some((ev) => ev.k === 'call' && ev.callee.k === 'builtin' && ev.callee.name === 'panic')
    case 'block':
      return terminates(stmt.block.body.at(-1))
    case 'if':
      return stmt.else !== undefined && terminates(stmt.then.body.at(-1)) && terminates(stmt.else)
    case 'labeled':
      return terminates(stmt.stmt, stmt.label)
    case 'for':
      return stmt.cond === undefined && !isBroken(stmt.block.body, true, label)
    case 'switch':
    case 'typeswitch':
      return (
        stmt.cases.some(({ isDefault }) => isDefault) &&
        stmt.cases.every(({ body }) => endsCase(body) && !isBroken(body, true, label))
      )
    case 'select':
      return stmt.cases.every(({ body }) => endsCase(body) && !isBroken(body, true, label))
    default:
      return false
  }
}

function endsCase(body: readonly Stmt[]): boolean {
  const last = body.at(-1)
  return terminates(last) || (last?.k === 'branch' && last.tok === 'fallthrough')
}

/** Whether a break of the statement that holds these leads behind it: one without a label, where `own` says that it would be its, or with its label. */
function isBroken(stmts: readonly Stmt[], own: boolean, label: string | undefined): boolean {
  return stmts.some((stmt) => {
    if (stmt.k === 'branch') return stmt.tok === 'break' && (stmt.label === undefined ? own : stmt.label === label)
    const takes = /^(for|range|switch|typeswitch|select)$/.test(stmt.k)
    return childLists(stmt).some((list) => isBroken(list, own && !takes, label))
  })
}

function leaves(
  at: Extract<Stmt, { k: 'branch' }>,
  loops: number,
  switches: number,
  labels: readonly string[],
): boolean {
  if (at.tok === 'goto') return true
  if (at.tok === 'fallthrough') return switches === 0
  if (at.label !== undefined) return !labels.includes(at.label)
  return at.tok === 'continue' ? loops === 0 : loops === 0 && switches === 0
}
