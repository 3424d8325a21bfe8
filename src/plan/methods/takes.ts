/** Compounds of a lookup with a delete or a set that are LoadAndDelete or Swap. */
import type { Refusal } from '../../types.js'
import type { Closure } from '../closures.js'
import { refuse } from '../pass.js'
import { type Region, spanOf, statementsOf } from '../regions.js'
import { at, type Scene } from '../scene.js'
import { anchorOf } from '../tree.js'
import { keyMoves } from './keys.js'
import { isWhole, leavesAlways } from './shapes.js'
import { call } from './updates.js'

/** if !m[k] { m[k] = true; … } and if m[k] { way out }; m[k] = true → if was, _ := m.Swap(k, true); … */
export function testAndSet(scene: Scene, region: Region): Closure | Refusal {
  const [load, store] = region.touches
  const { page } = scene
  const no = refuse(at(scene, spanOf(statementsOf(region))), 'it is no flag that is tested and set')
  const stmt = load?.spot.place.stmt
  if (
    region.touches.length !== 2 ||
    load?.access?.op !== 'lookup' ||
    store?.access?.op !== 'assign' ||
    stmt?.k !== 'if'
  )
    return no
  if (
    load.key !== store.key ||
    load.instance !== store.instance ||
    load.access.depth > 0 ||
    stmt.init !== undefined ||
    stmt.else !== undefined
  )
    return no
  const { ev } = load
  if (store.ev.k !== 'acc' || ev.k !== 'acc' || store.ev.val === undefined || page.slice(store.ev.val) !== 'true')
    return no
  const cond = page.slice(stmt.cond).replace(/^!\s*/, '')
  if (cond !== page.slice(ev.span) || !isWhole(store) || keyMoves(scene, load, statementsOf(region))) return no
  const negated = page.slice(stmt.cond).startsWith('!')
  const anchor = anchorOf(load.spot.place)
  const next = anchor.list.stmts[anchor.index + 1]
  const first = negated ? stmt.then.body[0] : next
  if (first !== store.spot.place.stmt || (!negated && !leavesAlways(stmt))) return no
  const was = scene.fresh(['was', 'before', 'set'])
  return {
    edits: [
      page.replace(stmt.cond, `${was}, _ := ${call(scene, ev, 'Swap')}, true); ${negated ? '!' : ''}${was}`),
      page.removeLine(store.spot.place.stmt.span),
    ],
    covered: region.touches,
    inside: [],
    rewritten: region.touches,
    methods: ['Swap'],
    now: 'one method, Swap',
  }
}

/** v := m[k]; delete(m, k) → v, _ := m.LoadAndDelete(k). */
export function takeAway(scene: Scene, region: Region): Closure | Refusal {
  const [load, drop] = region.touches
  const { page } = scene
  const no = refuse(at(scene, spanOf(statementsOf(region))), 'it is no lookup with a delete of the same key')
  const stmt = load?.spot.place.stmt
  const anchor = load === undefined ? null : anchorOf(load.spot.place)
  if (
    region.touches.length !== 2 ||
    load?.access?.op !== 'lookup' ||
    drop?.access?.op !== 'delete' ||
    stmt?.k !== 'assign'
  )
    return no
  if (
    load.key !== drop.key ||
    load.instance !== drop.instance ||
    load.access.depth > 0 ||
    load.ev.k !== 'acc' ||
    anchor === null
  )
    return no
  const [read] = stmt.rhs
  const whole = stmt.lhs.length === 1 && stmt.rhs.length === 1 && read?.[0] === load.span[0] && read[1] === load.span[1]
  const dropStmt = anchor.list.stmts[anchor.index + 1]
  if (
    !whole ||
    (stmt.op !== ':=' && stmt.op !== '=') ||
    dropStmt !== drop.spot.place.stmt ||
    dropStmt.k !== 'expr' ||
    anchor.stmt !== stmt
  )
    return no
  const target = stmt.lhs[0]
  if (
    target === undefined ||
    keyMoves(
      scene,
      load,
      [stmt, dropStmt].filter((one) => one !== stmt),
    )
  )
    return no
  const name = page.slice(target)
  if (
    !/^[\p{L}_][\p{L}\p{N}_.]*$/u.test(name) ||
    new RegExp(`(?<![\\p{L}\\p{N}_.])${name.replace(/\./g, '\\.')}(?![\\p{L}\\p{N}_])`, 'u').test(load.key)
  )
    return no
  return {
    edits: [
      page.insert(target[1], ', _'),
      page.replace(load.ev.span, `${call(scene, load.ev, 'LoadAndDelete')})`),
      page.removeLine(dropStmt.span),
    ],
    covered: region.touches,
    inside: [],
    rewritten: region.touches,
    methods: ['LoadAndDelete'],
    now: 'one method, LoadAndDelete',
  }
}
