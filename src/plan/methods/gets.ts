/** Get-or-create: compounds of a lookup and a store that become LoadOrStore, LoadOrCompute or Swap. */
import type { Span, Stmt } from '../../facts.js'
import type { Refusal, TextEdit } from '../../types.js'
import type { Closure } from '../closures.js'
import { exitsOf, terminates } from '../exits.js'
import { elemText } from '../headers.js'
import type { AtomicMethod } from '../methods.js'
import { isRefusal, refuse } from '../pass.js'
import { judge } from '../permit.js'
import { type Region, spanOf, statementsOf } from '../regions.js'
import { at, type Scene } from '../scene.js'
import type { Touch } from '../touches.js'
import { type Anchor, anchorOf, eventsIn } from '../tree.js'
import { keyMoves } from './keys.js'
import { isPure } from './pure.js'
import { call } from './updates.js'

type If = Extract<Stmt, { k: 'if' }>
type Assign = Extract<Stmt, { k: 'assign' }>

/**
 * v, ok := m[k]; if !ok { v = X; m[k] = v } → v, ok := m.LoadOrCompute(k, func() V { return X }), and the same with the lookup in
 * the if's init, with m[k] = X first of what the if does, and with if ok { return v } before it. A value that costs nothing goes in by
 * LoadOrStore. X runs under the container's lock; where others may store meanwhile, running it for nothing must do no harm.
 */
export function getOrMake(scene: Scene, region: Region): Closure | Refusal {
  const no = (reason: string): Refusal => refuse(at(scene, spanOf(statementsOf(region))), reason)
  const [load, store] = region.touches
  if (region.touches.length !== 2 || load?.access?.op !== 'lookup2' || store?.access?.op !== 'assign')
    return no('it is no lookup with a store of the same key')
  if (load.key !== store.key || load.instance !== store.instance || load.access.depth > 0 || load.access.alias)
    return no('it is no lookup with a store of the same key')
  const shape = shapeOf(scene, load, store)
  if (shape === null) return no('it is no lookup with a store of the same key where there was none')
  const moving = keyMoves(
    scene,
    load,
    statementsOf(region).filter((stmt) => stmt !== load.spot.place.stmt),
  )
  if (moving) return moving
  const made = making(scene, store, shape.value, shape.stmt)
  if (isRefusal(made) || load.ev.k !== 'acc') return isRefusal(made) ? made : no('it is no access')
  const { page } = scene
  return {
    edits: [page.replace(load.ev.span, `${call(scene, load.ev, made.method)}, ${made.text})`), ...shape.edits],
    covered: region.touches,
    inside: made.inside,
    rewritten: region.touches,
    methods: [made.method],
    now: `one method, ${made.method}`,
  }
}

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

interface Shape {
  /** What is stored, and the statement that it stands in. */
  readonly value: Span
  readonly stmt: Assign
  readonly edits: readonly TextEdit[]
}

function shapeOf(scene: Scene, load: Touch, store: Touch): Shape | null {
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

/** How the value gets in: evaluated before where it is a constant or the like, else only where it is wanted. */
function making(
  scene: Scene,
  store: Touch,
  value: Span,
  stmt: Assign,
): { method: AtomicMethod; text: string; inside: readonly Stmt[] } | Refusal {
  const { page } = scene
  const text = page.slice(value)
  const events = eventsIn(stmt, value).filter((ev) => ev !== store.ev)
  if (events.length === 0 && /^([\p{L}\p{N}_."]+|struct\{\}\{\}|"[^"\n]*")$/u.test(text))
    return { method: 'LoadOrStore', text, inside: [] }
  const inside: Stmt[] = [{ k: 'expr', span: value, e: events }]
  const { blocked } = judge(scene, inside)
  if (blocked) return blocked
  if (!scene.atomic.has('lock') && !isPure(scene.fn.pkg, events, new Set()) && storesElsewhere(store))
    return refuse(at(scene, value), 'it would run for nothing where another goroutine stores a value meanwhile')
  const type = elemText(scene, store)
  if (type === null) return refuse(at(scene, value), 'the type of the value has no name in this file')
  return { method: 'LoadOrCompute', text: `func() ${type} { return ${text} }`, inside }
}

function storesElsewhere({ map, access }: Touch): boolean {
  return map.accesses.some(
    (other) =>
      other !== access &&
      !other.exclusive &&
      !other.func.test &&
      other.depth === 0 &&
      (other.op === 'assign' || other.op === 'update'),
  )
}

function hasComment(text: string): boolean {
  return /\/\/|\/\*/.test(text.replace(/"(\\.|[^"\\])*"|`[^`]*`/g, '""'))
}

/** The store is the whole of its statement. */
function isWhole({ spot, ev }: Touch): boolean {
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

function leavesAlways(clause: If): boolean {
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
