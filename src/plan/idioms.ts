/** Compounds of a lookup and a delete that are one method of the wrapper. */
import type { Stmt } from '../facts.js'
import type { Refusal } from '../types.js'
import type { Closure } from './closures.js'
import { refuse } from './pass.js'
import { type Region, spanOf, statementsOf } from './regions.js'
import type { Scene } from './scene.js'
import { at } from './sections.js'
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
  if (scene.place.where !== 'wrapper' || load === undefined || drop === undefined || region.touches.length !== 2)
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
  return {
    edits: [
      ...site.edits.map((edit) => ({ ...edit, newText: edit.newText.replace('.Load(', '.LoadAndDelete(') })),
      page.removeLine(dropStmt.stmt.span),
    ],
    covered: region.touches,
    inside: [],
    rewritten: region.touches,
    methods: ['LoadAndDelete'],
    now: 'one method, LoadAndDelete',
  }
}

/** The name that the lookup gives to whether there was a value. */
function okOf(scene: Scene, stmt: Extract<Stmt, { k: 'assign' }>): string | null {
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
