/** Steps on one key under the lock of its shard, and steps on all keys under the locks of all. */

import { underlying } from '../../analysis/program.js'
import type { PackageFacts, Stmt, TypeRef } from '../../facts.js'
import type { Refusal, TextEdit } from '../../types.js'
import { type Closure, closure, guardClause } from '../closures.js'
import { conditionInPlace } from '../conditions.js'
import { exitsOf } from '../exits.js'
import { isRefusal, refuse } from '../pass.js'
import { judge } from '../permit.js'
import { type Region, spanOf, statementsOf } from '../regions.js'
import { at, type Scene } from '../scene.js'
import { plainRun, type Section, toTheEnd } from '../sections.js'
import { asName } from '../sites.js'
import { mayBeLost } from '../snapshot.js'
import type { Touch } from '../touches.js'
import { typeText } from '../types.js'
import { keyMoves } from './keys.js'
import { direct } from './lock.js'

type RangeStmt = Extract<Stmt, { k: 'range' }>

/** The forms of a section over one key, in the order in which a person would write them. */
export function shardForms(scene: Scene, region: Region): (() => Section | Closure | Refusal)[] {
  return [toTheEnd, plainRun, closure, guardClause, conditionInPlace].map((form) => () => {
    const made = form(scene, region)
    return isRefusal(made) ? made : spelled(scene, made)
  })
}

/** The touches that the section covers use the shard in place of the map. */
function spelled(scene: Scene, made: Section | Closure): Closure {
  const named = direct(made.covered)
  const [first] = named
  if (first === undefined) throw new Error('bug: a section of a shard without a key')
  const edits = named.flatMap(({ access }): TextEdit[] =>
    access === null ? [] : asName(scene.page, access, `${scene.shard(first.ev)}.m`),
  )
  const shared = !made.edits.some(({ newText }) => newText.includes('.lock('))
  return {
    ...made,
    edits: [...made.edits, ...edits],
    rewritten: made.covered,
    methods: [shared ? 'rlock' : 'lock'],
    now: 'one critical section of its shard',
  }
}

/** for k := range m { delete(m, k) } → m.Clear(). */
export function clearAll(scene: Scene, region: Region): Closure | Refusal {
  const found = rangeWithDelete(scene, region)
  const no = refuse(at(scene, spanOf(statementsOf(region))), 'it is no loop that deletes all keys')
  if (found === null || found.stmt.block.body.length !== 1 || found.stmt.block.body[0] !== found.drop) return no
  const { page, fn } = scene
  const key = found.touch.ev.k === 'acc' ? keyType(fn.pkg, found.touch.ev.t) : undefined
  // delete does not remove NaN, Clear does.
  if (key === undefined || mayBeLost(fn.pkg, key)) return no
  if (/\/\/|\/\*/.test(page.slice(found.stmt.span))) return no
  return done(region, [page.replace(found.stmt.span, `${found.map}.Clear()`)], 'Clear', [])
}

/** for k, v := range m { …; if COND { …; delete(m, k) } } → m.DeleteFunc(func(k K, v V) bool { …; if COND { …; return true }; return false }). */
export function deleteSome(scene: Scene, region: Region): Closure | Refusal {
  const no = refuse(at(scene, spanOf(statementsOf(region))), 'it is no loop that deletes keys at its end')
  const found = rangeWithDelete(scene, region)
  if (found === null || !scene.atomic.has('lock')) return no
  const { page } = scene
  const { stmt, drop } = found
  const last = stmt.block.body.at(-1)
  const inIf = last?.k === 'if' && last.else === undefined && last.then.body.at(-1) === drop
  if (!inIf || exitsOf(stmt.block.body).length > 0) return no
  const head = header(scene, stmt, found.touch)
  if (head === null) return no
  const { blocked } = judge(scene, stmt.block.body)
  if (blocked) return blocked
  return done(
    region,
    [
      page.replace([stmt.span[0], stmt.block.span[0]], `${found.map}.DeleteFunc(func(${head}) bool `),
      page.replace(drop.span, 'return true'),
      page.linesAfter(last.span, ['return false']),
      page.insert(stmt.span[1], ')'),
    ],
    'DeleteFunc',
    stmt.block.body,
  )
}

/** for k, v := range m { … } → m.Range(func(k K, v V) { … }), where what the values hold is guarded too. */
export function rangeInside(scene: Scene, region: Region): Closure | Refusal {
  const [touch] = direct(region.touches)
  const stmt = touch?.spot.place.stmt
  const no = refuse(at(scene, spanOf(statementsOf(region))), 'it is no range over the map')
  if (
    touch?.ev.k !== 'acc' ||
    touch.ev.op !== 'range' ||
    stmt?.k !== 'range' ||
    direct(region.touches).length !== 1 ||
    !scene.atomic.has('lock')
  )
    return no
  if (exitsOf(stmt.block.body).length > 0) return refuse(at(scene, stmt.span), 'the range is left before its end')
  const head = header(scene, stmt, touch)
  if (head === null || scene.tree.places.get(stmt)?.list == null) return no
  const { blocked } = judge(scene, stmt.block.body)
  if (blocked) return blocked
  const { page } = scene
  return done(
    region,
    [
      page.replace([stmt.span[0], stmt.block.span[0]], `${page.slice(touch.ev.x)}.Range(func(${head}) `),
      page.insert(stmt.span[1], ')'),
    ],
    'Range',
    stmt.block.body,
  )
}

interface Deleting {
  readonly touch: Touch
  readonly stmt: RangeStmt
  readonly drop: Stmt
  readonly map: string
}

/** A range over the map whose body deletes the key that it is at, and touches the map nowhere else. */
function rangeWithDelete(scene: Scene, region: Region): Deleting | null {
  const [touch, drop] = region.touches
  const stmt = touch?.spot.place.stmt
  const { page } = scene
  if (region.touches.length !== 2 || touch?.ev.k !== 'acc' || touch.ev.op !== 'range' || stmt?.k !== 'range')
    return null
  if (
    drop?.access?.op !== 'delete' ||
    drop.ev.k !== 'acc' ||
    drop.ev.key === undefined ||
    stmt.key === undefined ||
    !stmt.define
  )
    return null
  if (touch.access?.depth !== 0 || touch.access.alias || drop.access.depth !== 0 || drop.instance !== touch.instance)
    return null
  const dropStmt = drop.spot.place.stmt
  if (
    page.slice(drop.ev.key) !== page.slice(stmt.key) ||
    dropStmt.k !== 'expr' ||
    scene.tree.places.get(stmt)?.list == null
  )
    return null
  if (keyMoves(scene, drop, stmt.block.body)) return null
  return { touch, stmt, drop: dropStmt, map: page.slice(touch.ev.x) }
}

function keyType(pkg: PackageFacts, ref: TypeRef): TypeRef | undefined {
  return underlying(pkg, ref).key
}

/** "k K, v V", as the range names them. */
function header(scene: Scene, stmt: RangeStmt, touch: Touch): string | null {
  if (touch.ev.k !== 'acc' || (!stmt.define && (stmt.key !== undefined || stmt.value !== undefined))) return null
  const { pkg, facts } = scene.fn
  const under = underlying(pkg, touch.ev.t)
  const key = under.key === undefined ? null : typeText(pkg, facts.file, under.key)
  const elem = under.elem === undefined ? null : typeText(pkg, facts.file, under.elem)
  if (key === null || elem === null) return null
  const name = (span: RangeStmt['key']): string => (span === undefined ? '_' : scene.page.slice(span))
  return `${name(stmt.key)} ${key}, ${name(stmt.value)} ${elem}`
}

function done(
  region: Region,
  edits: readonly TextEdit[],
  method: 'Clear' | 'DeleteFunc' | 'Range',
  inside: readonly Stmt[],
): Closure {
  return {
    edits,
    covered: region.touches,
    inside,
    rewritten: region.touches,
    methods: [method],
    now: `one method, ${method}`,
  }
}
