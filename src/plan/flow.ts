/** What a value that was read from a map decides or becomes, through the locals of one function. Flow-insensitive: errs towards "decides". */
import type { CallEv } from '../analysis/program.js'
import type { Span, Stmt } from '../facts.js'
import { localUses } from './locals.js'
import { anchors, childLists, contains, eachStmt, type FuncTree, type List, type Place } from './tree.js'

/** Where the value of one expression is seen. */
export interface Flow {
  /** Whether the value takes part in the text of the range. */
  reaches(span: Span): boolean
  /** Whether it decides that, or whether, the statement at the place runs. */
  decides(place: Place): boolean
}

/** Follows the value of the expression at `source`, but not into the elements that the loops `cut` take from it one by one. */
export function flowFrom(tree: FuncTree, source: Span, cut: readonly Stmt[] = []): Flow {
  const uses = localUses(tree.fn.pkg, tree.fn.facts.file)
  const tainted = new Set<number>()
  const reaches = (span: Span): boolean => {
    if (contains(span, source)) return true
    for (const ref of uses.within(span)) if (tainted.has(ref)) return true
    return false
  }
  for (let before = -1; before !== tainted.size; ) {
    before = tainted.size
    eachStmt(tree.body.stmts, (stmt) => {
      if (cut.includes(stmt)) return
      for (const [from, to] of assignments(tree, stmt)) if (reaches(from)) tainted.add(to)
    })
  }
  const governs = (stmt: Stmt): boolean => !cut.includes(stmt) && conditions(stmt).some(reaches)
  return { reaches, decides: (place) => decidedBy(place, governs) }
}

/** From which ranges to which locals a statement's own expressions carry values. */
function assignments(tree: FuncTree, stmt: Stmt): [from: Span, to: number][] {
  switch (stmt.k) {
    case 'assign': {
      const pairwise = stmt.lhs.length === stmt.rhs.length
      return stmt.lhs.flatMap((lhs, i) => {
        const to = assigned(tree, lhs)
        if (to === undefined) return []
        const from = [
          ...(pairwise ? stmt.rhs.slice(i, i + 1) : stmt.rhs),
          ...(stmt.op.length > 1 && stmt.op !== ':=' ? [lhs] : []),
        ]
        return from.map((span): [Span, number] => [span, to])
      })
    }
    case 'decl':
      return stmt.def.map((to) => [stmt.span, to])
    case 'range': {
      const named = [stmt.key, stmt.value].flatMap((lhs) => (lhs ? [assigned(tree, lhs)] : []))
      return [...stmt.def, ...named].flatMap((to): [Span, number][] => (to === undefined ? [] : [[stmt.x, to]]))
    }
    case 'expr':
      return stmt.e.flatMap((ev): [Span, number][] => {
        const into = ev.k === 'call' ? assigned(tree, ev.fun) : undefined
        return ev.k !== 'call' || into === undefined ? [] : ev.argSpans.map((from) => [from, into])
      })
    default:
      return []
  }
}

/**
 * The local that an assignment to the expression changes: a variable, or the one whose element or field it is. Through
 * receivers and parameters other objects change, which are not followed.
 */
function assigned(tree: FuncTree, lhs: Span): number | undefined {
  const { pkg, facts } = tree.fn
  const uses = localUses(pkg, facts.file)
  const whole = uses.at(lhs)
  if (whole !== undefined) return whole
  const [root] = uses.within(lhs)
  return root !== undefined && pkg.objects[root]?.kind === 'local' ? root : undefined
}

/** The expressions that decide which of the statement's inner statements run. */
function conditions(stmt: Stmt): Span[] {
  switch (stmt.k) {
    case 'if':
      return [stmt.cond]
    case 'for':
      return stmt.cond ? [stmt.cond] : []
    case 'range':
      return [stmt.x]
    case 'switch':
    case 'typeswitch':
      return [
        ...(stmt.tag ? [stmt.tag] : []),
        ...(stmt.k === 'typeswitch' ? [[stmt.span[0], stmt.cases[0]?.span[0] ?? stmt.span[1]] as const] : []),
        ...stmt.cases.flatMap((c) => c.exprs),
      ]
    default:
      return []
  }
}

function decidedBy(place: Place, governs: (stmt: Stmt) => boolean): boolean {
  for (let at = place; at.parent !== null; at = at.parent)
    if (at.role !== 'init' && governs(at.parent.stmt)) return true
  return anchors(place).some((anchor) => anchor.list.stmts.slice(0, anchor.index).some((stmt) => leaves(stmt, governs)))
}

/** Whether the statement has a way out, past what follows it, that a governing condition decides. */
function leaves(stmt: Stmt, governs: (stmt: Stmt) => boolean): boolean {
  const walk = (at: Stmt, governed: boolean, loops: number, switches: number): boolean => {
    if (at.k === 'return') return governed
    if (at.k === 'branch') {
      if (!governed || at.tok === 'fallthrough') return false
      if (at.label !== undefined || at.tok === 'goto') return true
      return at.tok === 'continue' ? loops === 0 : loops === 0 && switches === 0
    }
    if (at.k === 'expr') return governed && at.e.some((ev) => ev.k === 'call' && neverReturns(ev))
    const under = governed || governs(at)
    const loop = at.k === 'for' || at.k === 'range' ? 1 : 0
    const selects = at.k === 'switch' || at.k === 'typeswitch' || at.k === 'select' ? 1 : 0
    return childLists(at).some((list) => list.some((inner) => walk(inner, under, loops + loop, switches + selects)))
  }
  return walk(stmt, false, 0, 0)
}

function neverReturns({ callee }: CallEv): boolean {
  if (callee.k === 'builtin') return callee.name === 'panic'
  return (
    callee.k === 'func' &&
    /(^os\.Exit|\.Fatal(f|ln)?|\.Panic(f|ln)?|^runtime\.Goexit|\.FailNow|\.Skip(f|Now)?)$/.test(callee.key)
  )
}

/** The innermost list that holds all of the places, and the run of its statements that covers them. */
export function coveringRun(places: readonly Place[]): { list: List; from: number; to: number } {
  const [first, ...others] = places
  if (first === undefined) throw new Error('bug: a run that covers nothing')
  for (const anchor of anchors(first)) {
    let from = anchor.index
    let to = anchor.index
    const inside = others.every((place) => {
      const there = anchors(place).find((at) => at.list === anchor.list)
      if (there === undefined) return false
      from = Math.min(from, there.index)
      to = Math.max(to, there.index)
      return true
    })
    if (inside) return { list: anchor.list, from, to }
  }
  throw new Error('bug: statements of two functions in one run')
}
