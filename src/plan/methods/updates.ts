/** Statements that set a key to what they make of its value: Update. */
import type { Span, Stmt } from '../../facts.js'
import type { Refusal } from '../../types.js'
import type { Closure } from '../closures.js'
import { elemText } from '../headers.js'
import { refuse } from '../pass.js'
import { judge } from '../permit.js'
import { type Region, spanOf, statementsOf } from '../regions.js'
import { at, type Scene } from '../scene.js'
import type { Touch } from '../touches.js'
import { anchorOf, contains, eventsIn, eventsOf } from '../tree.js'
import { keyMoves } from './keys.js'
import { isPure } from './pure.js'
import type { AccEv, AtomicSite } from './sites.js'

/** m[k]++ → m.Update(k, func(value V, _ bool) (V, bool) { return value + 1, true }), and the same for m[k] += x. */
export function update(scene: Scene, touch: Touch): AtomicSite | Refusal {
  const { ev } = touch
  const { stmt } = touch.spot.place
  const { page } = scene
  const no = (reason: string): Refusal => refuse(at(scene, touch.span), reason)
  if (ev.k !== 'acc' || ev.key === undefined) return no('it is not the use of one key')
  const type = elemText(scene, touch)
  if (type === null) return no('the type of the value has no name in this file')
  const name = scene.fresh(['value', 'old', 'current'], true)
  if (stmt.k === 'incdec') {
    const operator = page.slice([stmt.span[1] - 1, stmt.span[1]])
    return updating(scene, ev, stmt.span, name, type, `${name} ${operator} 1`)
  }
  const [value] = stmt.k === 'assign' ? stmt.rhs : []
  if (stmt.k !== 'assign' || value === undefined || stmt.lhs.length !== 1 || stmt.op.length < 2)
    return no('it is not a single assignment')
  const operator = stmt.op.slice(0, -1)
  if (eventsIn(stmt, value).every((one) => one.k === 'may'))
    return updatingBy(
      scene,
      ev,
      stmt.span,
      `func(${name} ${type}, _ bool) (${type}, bool)`,
      `${name} ${operator} `,
      value,
    )
  if (anchorOf(touch.spot.place) !== touch.spot.place) return no('the value is computed in the header of a statement')
  const moving = keyMoves(scene, touch, [stmt])
  if (moving) return moving
  const by = scene.fresh(['by', 'delta', 'operand'])
  const made = updating(scene, ev, stmt.span, name, type, `${name} ${operator} ${by}`)
  const lines = [`${by} := ${page.slice(value)}`, ...made.edits.map(({ newText }) => newText)]
  return { ...made, edits: [page.replace(stmt.span, lines.join(`${page.eol}${page.indentAt(stmt.span[0])}`))] }
}

/** m[k] = f(m[k]) → m.Update(k, func(value V, _ bool) (V, bool) { return f(value), true }). */
export function updateInOne(scene: Scene, region: Region): Closure | Refusal {
  const { page } = scene
  const store = region.touches.find(({ access }) => access?.op === 'assign')
  const reads = region.touches.filter((touch) => touch !== store)
  const stmt = store?.spot.place.stmt
  const no = refuse(at(scene, spanOf(statementsOf(region))), 'it is no assignment of a value to its own key')
  if (store?.ev.k !== 'acc' || store.ev.key === undefined || store.ev.val === undefined || stmt?.k !== 'assign')
    return no
  const value = store.ev.val
  const own = reads.every(
    ({ access, ev, key, instance }) =>
      access?.op === 'lookup' &&
      access.depth === 0 &&
      !access.alias &&
      contains(value, ev.span) &&
      key === store.key &&
      instance === store.instance,
  )
  if (!own || reads.length === 0 || stmt.lhs.length !== 1 || stmt.op !== '=' || store.access?.depth !== 0) return no
  const reading = new Set(reads.map(({ ev }) => ev))
  const rest = eventsIn(stmt, value).filter(
    (ev) => !reading.has(ev) && !reads.some((read) => contains(read.span, ev.span)),
  )
  const inside: Stmt[] = [{ k: 'expr', span: value, e: rest }]
  const { blocked } = judge(scene, inside)
  if (blocked) return blocked
  const type = elemText(scene, store)
  if (type === null) return refuse(at(scene, store.span), 'the type of the value has no name in this file')
  if (!scene.atomic.has('lock') && !isPure(scene.fn.pkg, rest, new Set())) {
    const appends = rest.some((ev) => ev.k === 'call' && ev.callee.k === 'builtin' && ev.callee.name === 'append')
    const why = appends
      ? 'an append that may run more than once would have to copy the slice each time'
      : MORE_THAN_ONCE
    return refuse(at(scene, value), `${why} (--transform=sharded runs it once)`)
  }
  const moving = keyMoves(scene, store, inside)
  if (moving) return moving
  const name = scene.fresh(['value', 'old', 'current'], true)
  const text = reads
    .sort((a, b) => b.span[0] - a.span[0])
    .reduce(
      (made, read) => made.slice(0, read.span[0] - value[0]) + name + made.slice(read.span[1] - value[0]),
      page.slice(value),
    )
  return {
    edits: updating(scene, store.ev, stmt.span, name, type, text).edits,
    covered: region.touches,
    inside,
    rewritten: region.touches,
    methods: ['Update'],
    now: 'one method, Update',
  }
}

/**
 * v := m[k]; v.n++; m[k] = v → m.Update(k, func(v V, _ bool) (V, bool) { v.n++; return v, true }), where running what lies between
 * again does no harm, and nothing after it uses v.
 */
export function updateBetween(scene: Scene, region: Region): Closure | Refusal {
  const stmts = statementsOf(region)
  const { page, fn } = scene
  const no = (reason: string): Refusal => refuse(at(scene, spanOf(stmts)), reason)
  const [load, store] = region.touches
  const [first] = stmts
  const last = stmts.at(-1)
  if (region.touches.length !== 2 || load?.ev.k !== 'acc' || store?.ev.k !== 'acc' || load.ev.key === undefined)
    return no('it is no load with a store of the same key')
  const read = load.access?.op === 'lookup' || load.access?.op === 'lookup2'
  if (
    !read ||
    store.access?.op !== 'assign' ||
    load.key !== store.key ||
    load.instance !== store.instance ||
    load.access?.depth !== 0
  )
    return no('it is no load with a store of the same key')
  if (
    first?.k !== 'assign' ||
    last?.k !== 'assign' ||
    first !== load.spot.place.stmt ||
    last !== store.spot.place.stmt ||
    first === last
  )
    return no('the step neither begins with the load nor ends with the store')
  const names = first.lhs.map(page.slice)
  const [value = '_', ok = '_'] = names
  const stored = store.ev.val === undefined ? '' : page.slice(store.ev.val)
  const same = first.rhs.length === 1 && first.rhs[0]?.[0] === load.span[0] && first.rhs[0][1] === load.span[1]
  if (
    first.op !== ':=' ||
    !same ||
    stored !== value ||
    last.lhs.length !== 1 ||
    ((first.def ?? []).includes(-1) && value === '_')
  )
    return no('what is stored is not what was loaded')
  const defined = (first.def ?? []).filter((ref) => ref >= 0)
  if (defined.length !== names.filter((name) => name !== '_').length)
    return no('the load assigns to variables that are there')
  const between = stmts.slice(1, -1)
  const end = last.span[1]
  if (defined.some((ref) => (fn.pkg.objects[ref]?.uses ?? []).some((use) => use >= end)))
    return no('what was loaded is used after the step')
  if (between.some((stmt) => stmt.k !== 'assign' && stmt.k !== 'incdec' && stmt.k !== 'expr' && stmt.k !== 'if'))
    return no(MORE_THAN_ONCE)
  if (between.some(jumps) || !isPure(fn.pkg, eventsOf(between), new Set(defined))) return no(MORE_THAN_ONCE)
  const moving = keyMoves(scene, load, stmts)
  if (moving) return moving
  const type = elemText(scene, load)
  if (type === null) return no('the type of the value has no name in this file')
  return {
    edits: [
      page.replace(
        first.span,
        `${call(scene, load.ev, 'Update')}, func(${value} ${type}, ${ok} bool) (${type}, bool) {`,
      ),
      page.replace(last.span, [`return ${value}, true`, '})'].join(page.eol)),
    ],
    covered: region.touches,
    inside: between,
    rewritten: region.touches,
    methods: ['Update'],
    now: 'one method, Update',
  }
}

/** `m.METHOD(k`, to be gone on with. */
export function call({ page }: Scene, ev: AccEv, method: string): string {
  return `${page.slice(ev.x)}.${method}(${ev.key === undefined ? '' : page.slice(ev.key)}`
}

function updating(scene: Scene, ev: AccEv, stmt: Span, name: string, type: string, value: string): AtomicSite {
  const text = `${call(scene, ev, 'Update')}, func(${name} ${type}, _ bool) (${type}, bool) { return ${value}, true })`
  return { methods: ['Update'], edits: [scene.page.replace(stmt, text)], compound: true }
}

/** The same with the right operand left where it stands, in parentheses unless it binds as tightly as can be. */
function updatingBy(scene: Scene, ev: AccEv, stmt: Span, signature: string, left: string, right: Span): AtomicSite {
  const { page } = scene
  const text = page.slice(right)
  const single =
    /^([\p{L}\p{N}_.]+|"[^"\n]*")$/u.test(text) || (/[+-] $/.test(left) && /^[\p{L}\p{N}_.\s*]+$/u.test(text))
  const [open, close] = single ? ['', ''] : ['(', ')']
  return {
    methods: ['Update'],
    edits: [
      page.replace([stmt[0], right[0]], `${call(scene, ev, 'Update')}, ${signature} { return ${left}${open}`),
      page.insert(right[1], `${close}, true })`),
    ],
    compound: true,
  }
}

/** A jump, perhaps out of the statements. */
function jumps(stmt: Stmt): boolean {
  if (stmt.k === 'return' || stmt.k === 'branch') return true
  return stmt.k === 'if' && (stmt.then.body.some(jumps) || (stmt.else !== undefined && jumps(stmt.else)))
}

const MORE_THAN_ONCE = 'what is computed here may run more than once'
