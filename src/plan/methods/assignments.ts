/** Assignments of several values at once, one of them to a key. */
import type { Refusal } from '../../types.js'
import type { Closure } from '../closures.js'
import { elemText } from '../headers.js'
import { refuse } from '../pass.js'
import { type Region, spanOf, statementsOf } from '../regions.js'
import { at, type Scene } from '../scene.js'
import type { Touch } from '../touches.js'
import { anchorOf, contains } from '../tree.js'
import { keyMoves } from './keys.js'
import type { AtomicSite } from './sites.js'
import { call } from './updates.js'

/** a, m[k] = f() → var value V; a, value = f(); m.Store(k, value). The key is evaluated later than it was: refused where that shows. */
export function assignAmong(scene: Scene, touch: Touch): AtomicSite | Refusal {
  const { ev } = touch
  const { page } = scene
  const { place } = touch.spot
  const { stmt } = place
  const no = (reason: string): Refusal => refuse(at(scene, touch.span), reason)
  if (ev.k !== 'acc' || ev.key === undefined || stmt.k !== 'assign' || stmt.op !== '=')
    return no('it is not a plain assignment')
  if (anchorOf(place) !== place) return no('it is assigned in the header of a statement')
  const others = scene.all.filter(({ span }) => contains(stmt.span, span))
  if (others.length > 1) return no('one assignment uses it several times')
  const target = stmt.lhs.at(-1)
  if (target === undefined || !contains(target, ev.x)) return no('what is assigned after it would come before it')
  const moving = keyMoves(scene, touch, [stmt])
  if (moving) return moving
  const type = elemText(scene, touch)
  if (type === null) return no('the type of the value has no name in this file')
  const name = scene.fresh(['value', 'v', 'val'])
  return {
    methods: ['Store'],
    edits: [
      page.linesBefore(stmt.span, [`var ${name} ${type}`]),
      page.replace(target, name),
      page.linesAfter(stmt.span, [`${call(scene, ev, 'Store')}, ${name})`]),
    ],
  }
}

/** old, m[k] = m[k], v → old, _ = m.Swap(k, v); and old := m[k]; m[k] = v → old, _ := m.Swap(k, v). */
export function swap(scene: Scene, region: Region): Closure | Refusal {
  const { page } = scene
  const no = refuse(at(scene, spanOf(statementsOf(region))), 'it is no exchange of the value of a key')
  const [a, b] = region.touches
  const [load, store] = a?.access?.op === 'assign' ? [b, a] : [a, b]
  if (region.touches.length !== 2 || load?.ev.k !== 'acc' || store?.ev.k !== 'acc' || store.ev.key === undefined)
    return no
  const [from, to] = [load.spot.place.stmt, store.spot.place.stmt]
  const reads = load.access?.op === 'lookup' || load.access?.op === 'lookup2'
  if (
    !reads ||
    store.access?.op !== 'assign' ||
    load.key !== store.key ||
    load.instance !== store.instance ||
    load.access?.depth !== 0
  )
    return no
  if (from.k !== 'assign' || to.k !== 'assign' || keyMoves(scene, load, [to])) return no
  const done = {
    covered: region.touches,
    inside: [],
    rewritten: region.touches,
    methods: ['Swap'] as const,
    now: 'one method, Swap',
  }
  if (from === to) {
    const [left, right] = to.lhs
    const [read, value] = to.rhs
    if (
      to.op !== '=' ||
      to.lhs.length !== 2 ||
      !left ||
      !right ||
      !read ||
      !value ||
      !contains(right, store.ev.x) ||
      !same(read, load.span)
    )
      return no
    const target = page.slice(left)
    if (!/^[\p{L}_][\p{L}\p{N}_]*$/u.test(target) || page.slice(store.ev.key).includes(target)) return no
    return {
      ...done,
      edits: [page.replace(to.span, `${target}, _ = ${call(scene, store.ev, 'Swap')}, ${page.slice(value)})`)],
    }
  }
  const next = region.list.stmts[region.from + 1]
  const { val } = store.ev
  if (
    region.list.stmts[region.from] !== from ||
    next !== to ||
    to.lhs.length !== 1 ||
    to.op !== '=' ||
    val === undefined
  )
    return no
  const names = from.lhs.map(page.slice)
  const [read] = from.rhs
  if (from.rhs.length !== 1 || read === undefined || !same(read, load.span) || names[0] === '_') return no
  const plain = names.every((name) => /^[\p{L}_][\p{L}\p{N}_]*$/u.test(name))
  if (!plain || to.e.some((ev) => ev.k === 'call' || ev.k === 'recv' || ev.k === 'lit')) return no
  const depends = names.some(
    (name) =>
      name !== '_' && new RegExp(`(?<![\\p{L}\\p{N}_.])${name}(?![\\p{L}\\p{N}_])`, 'u').test(page.slice(to.span)),
  )
  if (depends) return no
  return {
    ...done,
    edits: [
      page.replace(
        from.span,
        `${names[0]}, ${names[1] ?? '_'} ${from.op} ${call(scene, load.ev, 'Swap')}, ${page.slice(val)})`,
      ),
      page.removeLine(to.span),
    ],
  }
}

function same(a: readonly [number, number], b: readonly [number, number]): boolean {
  return a[0] === b[0] && a[1] === b[1]
}
