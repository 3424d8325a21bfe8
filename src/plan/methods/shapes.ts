/** How people write get-or-create: a lookup, an if that asks whether there was a value, and a store. */
import type { Span, Stmt } from '../../facts.js'
import type { TextEdit } from '../../types.js'
import { exitsOf, terminates } from '../exits.js'
import type { Scene } from '../scene.js'
import type { Touch } from '../touches.js'
import { type Anchor, anchorOf } from '../tree.js'

type If = Extract<Stmt, { k: 'if' }>
type Assign = Extract<Stmt, { k: 'assign' }>

/** A get-or-create, as it is written. */
export interface Shape {
  /** What is stored, and the statement that it stands in. */
  readonly value: Span
  readonly stmt: Assign
  readonly edits: readonly TextEdit[]
}

/** The shape of a lookup and a store of its key where there was none; null if they are not one. */
export function shapeOf(scene: Scene, load: Touch, store: Touch): Shape | null {
  const { page } = scene
  const loadStmt = load.spot.place.stmt
  const storeStmt = store.spot.place.stmt
  if (
    loadStmt.k !== 'assign' ||
    storeStmt.k !== 'assign' ||
    store.ev.k !== 'acc' ||
    store.ev.val === undefined ||
    !isWhole(store)
  )
    return null
  const [name, flag] = loadStmt.lhs.map(page.slice)
  if (name === undefined || flag === undefined || flag === '_' || loadStmt.lhs.length !== 2) return null
  const anchor = anchorOf(load.spot.place)
  const clause = ifOf(anchor, loadStmt)
  if (clause === null || clause.else !== undefined) return null
  const cond = page.slice(clause.cond).replace(/\s+/g, '')
  const inInit = clause.init === loadStmt
  if (cond === `!${flag}`) return created(scene, { clause, name, flag, loadStmt, storeStmt, val: store.ev.val, inInit })
  if (cond !== flag || !leavesAlways(clause)) return null
  return guarded(scene, anchor, clause, name, storeStmt, store.ev.val, inInit)
}

interface Parts {
  readonly clause: If
  readonly name: string
  readonly flag: string
  readonly loadStmt: Assign
  readonly storeStmt: Assign
  readonly val: Span
  readonly inInit: boolean
}

/** if !ok { v = X; m[k] = v } or if !ok { m[k] = X; … }, where v is not asked for. */
function created(scene: Scene, { clause, name, flag, loadStmt, storeStmt, val, inInit }: Parts): Shape | null {
  const { page } = scene
  const { body } = clause.then
  const [first, second] = body
  if (name === '_' && first === storeStmt) {
    if (body.length > 1 && hasComment(page.slice([clause.then.span[0], storeStmt.span[0]]))) return null
    const alone =
      body.length === 1 && !hasComment(page.slice(clause.span)) && !usedAfter(scene, loadStmt, flag, clause.span[1])
    if (!alone) return { value: val, stmt: storeStmt, edits: [page.removeLine(storeStmt.span)] }
    const whole: Span = inInit ? clause.span : [loadStmt.span[0], clause.span[1]]
    const start = inInit ? loadStmt.rhs[0]?.[0] : loadStmt.rhs[0]?.[0]
    if (start === undefined) return null
    return {
      value: val,
      stmt: storeStmt,
      edits: [page.replace([whole[0], start], ''), page.replace([loadStmt.rhs[0]?.[1] ?? start, whole[1]], '')],
    }
  }
  if (inInit || body.length !== 2 || first?.k !== 'assign' || second !== storeStmt || page.slice(val) !== name)
    return null
  const [target] = first.lhs
  const [value] = first.rhs
  if (
    first.op !== '=' ||
    first.lhs.length !== 1 ||
    first.rhs.length !== 1 ||
    target === undefined ||
    value === undefined
  )
    return null
  if (page.slice(target) !== name || mentions(page.slice(value), [name, flag])) return null
  if (hasComment(page.slice(clause.span))) return null
  const kept = usedAfter(scene, loadStmt, flag, clause.span[1]) || loadStmt.op !== ':='
  const flagSpan = loadStmt.lhs[1]
  if (!kept && !definesAnother(scene, loadStmt, flag)) return null
  return {
    value,
    stmt: first,
    edits: [...(kept || flagSpan === undefined ? [] : [page.replace(flagSpan, '_')]), page.removeLine(clause.span)],
  }
}

/** if v, ok := m[k]; ok { return v }; w := X; m[k] = w; return w, or without v and with m[k] = X next. */
function guarded(
  scene: Scene,
  anchor: Anchor,
  clause: If,
  name: string,
  storeStmt: Assign,
  val: Span,
  inInit: boolean,
): Shape | null {
  const { page } = scene
  const at = anchor.list.stmts.indexOf(clause)
  const [next, after, last, ...more] = anchor.list.stmts.slice(at + 1)
  if (name === '_' && next === storeStmt)
    return { value: val, stmt: storeStmt, edits: [page.removeLine(storeStmt.span)] }
  const [out] = clause.then.body
  if (
    out?.k !== 'return' ||
    clause.then.body.length !== 1 ||
    out.results.length !== 1 ||
    !out.results[0] ||
    page.slice(out.results[0]) !== name
  )
    return null
  if (
    next?.k !== 'assign' ||
    next.op !== ':=' ||
    after !== storeStmt ||
    last?.k !== 'return' ||
    more.length > 0 ||
    last.results.length !== 1
  )
    return null
  const [value] = next.rhs
  const [target] = next.lhs
  const given = last.results[0]
  if (
    value === undefined ||
    target === undefined ||
    given === undefined ||
    next.lhs.length !== 1 ||
    next.rhs.length !== 1
  )
    return null
  const made = page.slice(target)
  if (page.slice(val) !== made || page.slice(given) !== made || mentions(page.slice(value), [name])) return null
  if (hasComment(page.slice([clause.span[0], last.span[0]]))) return null
  const loadStmt = inInit ? clause.init : anchor.list.stmts[at - 1]
  if (loadStmt?.k !== 'assign' || loadStmt.op !== ':=') return null
  const flagSpan = loadStmt.lhs[1]
  const start = inInit ? clause.span[0] : loadStmt.span[0]
  if (flagSpan === undefined) return null
  return {
    value,
    stmt: next,
    edits: [
      page.replace([start, loadStmt.span[0]], ''),
      page.replace(flagSpan, '_'),
      page.replace([loadStmt.span[1], last.span[0]], page.eol),
      page.replace(given, name),
    ],
  }
}

function ifOf(anchor: Anchor, loadStmt: Assign): If | null {
  if (anchor.stmt.k === 'if') return anchor.stmt.init === loadStmt ? anchor.stmt : null
  const next = anchor.list.stmts[anchor.index + 1]
  return anchor.stmt === loadStmt && next?.k === 'if' && next.init === undefined ? next : null
}

function hasComment(text: string): boolean {
  return /\/\/|\/\*/.test(text.replace(/"(\\.|[^"\\])*"|`[^`]*`/g, '""'))
}

/** The store is the whole of its statement. */
export function isWhole({ spot, ev }: Touch): boolean {
  const { stmt } = spot.place
  return (
    stmt.k === 'assign' &&
    stmt.op === '=' &&
    stmt.lhs.length === 1 &&
    stmt.rhs.length === 1 &&
    ev.k === 'acc' &&
    spot.place.list !== null
  )
}

/** Control never goes on behind the if where its condition holds. */
export function leavesAlways(clause: If): boolean {
  const last = clause.then.body.at(-1)
  return terminates(last) || (last?.k === 'branch' && exitsOf([last]).length > 0)
}

function usedAfter(scene: Scene, stmt: Assign, name: string, end: number): boolean {
  const { objects } = scene.fn.pkg
  const ref = (stmt.def ?? []).find((one) => one >= 0 && objects[one]?.name === name)
  return ref === undefined || (objects[ref]?.uses ?? []).some((use) => use >= end)
}

function definesAnother(scene: Scene, stmt: Assign, name: string): boolean {
  return (stmt.def ?? []).some((ref) => ref >= 0 && scene.fn.pkg.objects[ref]?.name !== name)
}

function mentions(text: string, names: readonly string[]): boolean {
  return names.some(
    (name) => name !== '_' && new RegExp(`(?<![\\p{L}\\p{N}_.])${name}(?![\\p{L}\\p{N}_])`, 'u').test(text),
  )
}
