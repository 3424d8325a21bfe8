/** A function's statements as a tree with parents: where an event stands, and what encloses it. */
import { contains, type Fn } from '../analysis/program.js'
import type { Ev, Span, Stmt } from '../facts.js'

export { contains }

/** Statements that run one after the other: a block, the body of a case, the function's own. */
export interface List {
  readonly stmts: readonly Stmt[]
  readonly owner: Place | null
  readonly kind: 'function' | 'block' | 'branch' | 'loop'
  /** Of a block, braces included; of a case, from its colon to its end. */
  readonly span: Span
  readonly depth: number
}

/** Where a statement stands: in a list, or as a part (`init`, `post`, `else`, `comm`, `label`) of its parent. */
export interface Place {
  readonly stmt: Stmt
  readonly list: List | null
  readonly index: number
  readonly parent: Place | null
  readonly role: 'list' | 'init' | 'post' | 'else' | 'comm' | 'label'
}

/** Where an event stands. */
export interface Spot {
  readonly place: Place
  /** Position in the order of evaluation of the whole function, back edges aside. */
  readonly order: number
  /** Evaluated on some ways through its statement only: a right operand of && and ||, a case's expression. */
  readonly conditional: boolean
}

export interface FuncTree {
  readonly fn: Fn
  readonly body: List
  readonly spots: ReadonlyMap<Ev, Spot>
  readonly places: ReadonlyMap<Stmt, Place>
}

/** A place whose statement is in a list. */
export type Anchor = Place & { readonly list: List }

const trees = new WeakMap<Fn, FuncTree>()

export function funcTree(fn: Fn): FuncTree {
  const known = trees.get(fn)
  if (known) return known
  const spots = new Map<Ev, Spot>()
  const places = new Map<Stmt, Place>()
  const body: List = { stmts: fn.facts.stmts, owner: null, kind: 'function', span: fn.facts.body, depth: 0 }

  const events = (evs: readonly Ev[], place: Place, conditional: boolean): void => {
    for (const ev of evs) {
      spots.set(ev, { place, order: spots.size, conditional })
      if (ev.k === 'and' || ev.k === 'or') events(ev.e, place, true)
    }
  }
  const list = (stmts: readonly Stmt[], owner: Place, kind: List['kind'], span: Span): void => {
    visitList({ stmts, owner, kind, span, depth: depthOf(owner) + 1 })
  }
  const part = (stmt: Stmt, parent: Place, role: Place['role']): void => {
    visit({ stmt, list: null, index: 0, parent, role })
  }
  const visitList = (at: List): void => {
    for (const [index, stmt] of at.stmts.entries()) visit({ stmt, list: at, index, parent: at.owner, role: 'list' })
  }
  const visit = (place: Place): void => {
    const { stmt } = place
    places.set(stmt, place)
    if ('init' in stmt && stmt.init) part(stmt.init, place, 'init')
    events(stmt.e, place, false)
    switch (stmt.k) {
      case 'block':
        list(stmt.block.body, place, 'block', stmt.block.span)
        return
      case 'labeled':
        part(stmt.stmt, place, 'label')
        return
      case 'if':
        list(stmt.then.body, place, 'branch', stmt.then.span)
        if (stmt.else) part(stmt.else, place, 'else')
        return
      case 'for':
        list(stmt.block.body, place, 'loop', stmt.block.span)
        if (stmt.post) part(stmt.post, place, 'post')
        return
      case 'range':
        list(stmt.block.body, place, 'loop', stmt.block.span)
        return
      case 'switch':
      case 'typeswitch':
        for (const c of stmt.cases) {
          events(c.e, place, true)
          list(c.body, place, 'branch', [c.colon, c.span[1]])
        }
        return
      case 'select':
        for (const c of stmt.cases) {
          if (c.comm) part(c.comm, place, 'comm')
          list(c.body, place, 'branch', [c.colon, c.span[1]])
        }
        return
      default:
        return
    }
  }
  visitList(body)
  const tree: FuncTree = { fn, body, spots, places }
  trees.set(fn, tree)
  return tree
}

/** The statement in a list that holds the place: the place itself, or the statement it is a part of. */
export function anchorOf(place: Place): Anchor {
  for (let at: Place | null = place; at !== null; at = at.parent) if (isAnchor(at)) return at
  throw new Error('bug: a statement outside every list')
}

/** The anchors that enclose a place, innermost first. */
export function anchors(place: Place): Anchor[] {
  const found: Anchor[] = []
  for (let at: Place | null = place; at !== null; at = at.parent) if (isAnchor(at)) found.push(at)
  return found
}

/** Whether the list, or one around it, is the body of a loop. */
export function inLoop(list: List): boolean {
  for (let at: List = list; ; ) {
    if (at.kind === 'loop') return true
    if (at.owner === null) return false
    at = anchorOf(at.owner).list
  }
}

/** All statements of the list and below, in source order. */
export function eachStmt(stmts: readonly Stmt[], visit: (stmt: Stmt) => void): void {
  for (const stmt of stmts) {
    visit(stmt)
    for (const inner of childLists(stmt)) eachStmt(inner, visit)
  }
}

/** The statement lists directly inside a statement; init, post, else and comm statements as lists of one. */
export function childLists(stmt: Stmt): readonly (readonly Stmt[])[] {
  switch (stmt.k) {
    case 'block':
      return [stmt.block.body]
    case 'labeled':
      return [[stmt.stmt]]
    case 'if':
      return [optional(stmt.init), stmt.then.body, optional(stmt.else)]
    case 'for':
      return [optional(stmt.init), stmt.block.body, optional(stmt.post)]
    case 'range':
      return [stmt.block.body]
    case 'switch':
    case 'typeswitch':
      return [optional(stmt.init), ...stmt.cases.map((c) => c.body)]
    case 'select':
      return stmt.cases.flatMap((c) => [optional(c.comm), c.body])
    default:
      return []
  }
}

/** Every event of the statements and of those below, operands of && and || included, in order. */
export function eventsOf(stmts: readonly Stmt[]): Ev[] {
  const found: Ev[] = []
  const add = (evs: readonly Ev[]): void => {
    for (const ev of evs) {
      found.push(ev)
      if (ev.k === 'and' || ev.k === 'or') add(ev.e)
    }
  }
  eachStmt(stmts, (stmt) => {
    add(stmt.e)
    if (stmt.k === 'switch' || stmt.k === 'typeswitch') for (const c of stmt.cases) add(c.e)
  })
  return found
}

/** The events of the statement's own and inner expressions that lie in the range. */
export function eventsIn(stmt: Stmt, span: Span): Ev[] {
  return eventsOf([stmt]).filter((ev) => contains(span, ev.span))
}

function optional(stmt: Stmt | undefined): readonly Stmt[] {
  return stmt ? [stmt] : []
}

function isAnchor(place: Place): place is Anchor {
  return place.list !== null
}

function depthOf(place: Place): number {
  return anchorOf(place).list.depth
}
