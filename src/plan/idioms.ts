/** Compounds of a lookup and a delete that are one method of the wrapper. */
import type { Span, Stmt } from '../facts.js'
import type { Refusal, TextEdit } from '../types.js'
import type { Closure } from './closures.js'
import { refuse } from './pass.js'
import { type Region, spanOf, statementsOf } from './regions.js'
import { at, type Scene } from './scene.js'
import { asMethod } from './sites.js'
import type { Touch } from './touches.js'
import { anchorOf } from './tree.js'

/**
 * v, ok := m[k]; if !ok { way out }; delete(m, k) → v, ok := m.LoadAndDelete(k); if !ok { way out }, and the same with the
 * lookup in the if's init, or with if ok { delete(m, k); … }. Removing what is not there changes nothing, so it may be removed first.
 */
export function dropWithLoad(scene: Scene, region: Region): Closure | Refusal {
  const stmts = statementsOf(region)
  const no = refuse(at(scene, spanOf(stmts)), 'it is no lookup with a delete of the same key')
  const [load, drop] = region.touches
  if (
    (scene.place.where !== 'wrapper' && scene.place.where !== 'methods') ||
    load === undefined ||
    drop === undefined ||
    region.touches.length !== 2
  )
    return no
  if (
    load.access?.op !== 'lookup2' ||
    drop.access?.op !== 'delete' ||
    load.key !== drop.key ||
    load.instance !== drop.instance
  )
    return no
  const dropStmt = drop.spot.place
  const loadStmt = load.spot.place.stmt
  if (dropStmt.list === null || dropStmt.stmt.k !== 'expr' || loadStmt.k !== 'assign') return no
  const flag = okOf(scene, loadStmt)
  if (flag === null) return no
  const anchor = anchorOf(load.spot.place)
  const sameIf = anchor.stmt.k === 'if' && anchor.stmt.then.body.includes(dropStmt.stmt)
  const next = anchor.list.stmts[anchor.index + 1]
  const clause = anchor.stmt.k === 'if' ? anchor.stmt : next
  if (clause?.k !== 'if' || (clause.init !== undefined && clause.init !== loadStmt)) return no
  const cond = scene.page.slice(clause.cond).replace(/\s+/g, '')
  const taken = sameIf || (clause === next && clause.then.body.includes(dropStmt.stmt))
  const first = taken
    ? clause.then.body[0] === dropStmt.stmt && cond === flag
    : dropStmt.list === anchor.list &&
      after(anchor.list.stmts, clause, dropStmt.stmt) &&
      cond === `!${flag}` &&
      leavesAlways(clause)
  const site = asMethod(scene.page, load)
  if (!first || clause.else !== undefined || site === null || keyMoves(scene, drop)) return no
  const { page } = scene
  const emptied = taken && clause.then.body.length === 1 ? withoutClause(scene, load, loadStmt, clause, flag) : null
  const edits = emptied ?? [
    ...site.edits.map((edit) => ({ ...edit, newText: edit.newText.replace('.Load(', '.LoadAndDelete(') })),
    page.removeLine(dropStmt.stmt.span),
  ]
  return {
    edits,
    covered: region.touches,
    inside: [],
    rewritten: region.touches,
    methods: [
      emptied !== null && !emptied.some(({ newText }) => newText.includes('LoadAndDelete'))
        ? 'Delete'
        : 'LoadAndDelete',
    ],
    now: 'one method, LoadAndDelete',
  }
}

/** The same where the if did nothing else: it goes, and so does the lookup if nothing else asks what it found. */
function withoutClause(
  scene: Scene,
  load: Touch,
  loadStmt: Assign,
  clause: Extract<Stmt, { k: 'if' }>,
  flag: string,
): TextEdit[] | null {
  const { page, fn } = scene
  const inInit = clause.init === loadStmt
  const whole: Span = inInit ? clause.span : [loadStmt.span[0], clause.span[1]]
  if (/\/\/|\/\*/.test(page.slice(whole)) || load.ev.k !== 'acc' || load.ev.key === undefined) return null
  const used = (loadStmt.def ?? []).some((ref) =>
    (fn.pkg.objects[ref]?.uses ?? []).some((use) => use >= clause.span[1]),
  )
  if (!used && loadStmt.op === ':=' && page.slice(loadStmt.lhs[0] ?? whole) === '_') {
    return [page.replace(whole, `${page.slice(load.ev.x)}.Delete(${page.slice(load.ev.key)})`)]
  }
  const flagUsed = (loadStmt.def ?? []).some(
    (ref) =>
      fn.pkg.objects[ref]?.name === flag && (fn.pkg.objects[ref]?.uses ?? []).some((use) => use >= clause.span[1]),
  )
  if (inInit || (!flagUsed && loadStmt.op === ':=')) return null
  const site = asMethod(page, load)
  if (site === null) return null
  return [
    ...site.edits.map((edit) => ({ ...edit, newText: edit.newText.replace('.Load(', '.LoadAndDelete(') })),
    page.removeLine(clause.span),
  ]
}

type Assign = Extract<Stmt, { k: 'assign' }>

/** The name that the lookup gives to whether there was a value. */
function okOf(scene: Scene, stmt: Assign): string | null {
  const span = stmt.lhs[1]
  const name = span === undefined ? '_' : scene.page.slice(span)
  return /^[\p{L}_][\p{L}\p{N}_]*$/u.test(name) && name !== '_' ? name : null
}

function after(stmts: readonly Stmt[], clause: Stmt, drop: Stmt): boolean {
  return stmts.indexOf(drop) === stmts.indexOf(clause) + 1
}

function leavesAlways(clause: Extract<Stmt, { k: 'if' }>): boolean {
  const last = clause.then.body.at(-1)
  return last?.k === 'return' || last?.k === 'branch'
}

/** The key is not a plain name or literal, so that it may have changed on the way to the delete. */
function keyMoves(scene: Scene, drop: Touch): boolean {
  return (
    drop.ev.k !== 'acc' ||
    drop.ev.key === undefined ||
    !/^([\p{L}_][\p{L}\p{N}_.]*|"[^"\n]*"|\d+)$/u.test(scene.page.slice(drop.ev.key))
  )
}
