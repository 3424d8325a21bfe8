/** One read (or the value of one write) taken out of a statement that may not run under the lock as a whole. */
import { objectAt, underlying } from '../analysis/program.js'
import type { Span, Stmt } from '../facts.js'
import type { Refusal } from '../types.js'
import { usesOf } from './locals.js'
import { isRefusal, refuse } from './pass.js'
import { judge } from './permit.js'
import type { Region } from './regions.js'
import { at, type Scene } from './scene.js'
import { lockFor, type Section } from './sections.js'
import type { Touch } from './touches.js'
import { anchorOf, contains, eventsIn } from './tree.js'
import { typeText } from './types.js'

/** if v, ok := m[k]; ok { … } → mu.Lock(); v, ok := m[k]; mu.Unlock(); if ok { … }, where v and ok mean nothing else around it. */
export function splitInit(scene: Scene, region: Region): Section | Refusal {
  const stmt = region.list.stmts[region.from]
  const place = region.touches[0]?.spot.place
  const init = stmt !== undefined && (stmt.k === 'if' || stmt.k === 'switch') ? stmt.init : undefined
  if (
    stmt === undefined ||
    init?.k !== 'assign' ||
    place?.stmt !== init ||
    region.touches.some((touch) => touch.spot.place !== place)
  ) {
    return refuse(at(scene, stmt?.span ?? [0, 0]), 'the access is not in an init statement')
  }
  const { blocked, panics } = judge(scene, [init])
  if (blocked) return blocked
  if (panics) return refuse(at(scene, init.span), 'a panic would leave the lock held')
  for (const ref of init.def ?? [])
    if (clashes(scene, ref, stmt.span, region.list.span))
      return refuse(at(scene, init.span), 'its variables would hide others')
  const lock = lockFor(scene, region.touches, [init])
  if (isRefusal(lock)) return lock
  const { page } = scene
  const rest = page.text.slice(init.span[1])
  const gap = /^\s*;\s*/.exec(rest)?.[0].length
  if (gap === undefined) return refuse(at(scene, init.span), 'the header cannot be taken apart')
  const [read] = region.touches
  const moved =
    scene.place.where === 'wrapper' && read?.ev.k === 'acc'
      ? respell(scene.place.map, page.slice(init.span), read.ev.x[1] - init.span[0])
      : page.slice(init.span)
  if (scene.place.where === 'wrapper' && region.touches.length > 1)
    return refuse(at(scene, init.span), 'the header cannot be taken apart')
  return {
    edits: [
      page.linesBefore(stmt.span, [lock.take, moved, lock.release]),
      page.replace([init.span[0], init.span[1] + gap], ''),
    ],
    covered: region.touches,
    inside: [init],
    rewritten: region.touches,
  }
}

/** f(m[k]) → mu.Lock(); v := m[k]; mu.Unlock(); f(v), where the read is the first thing that the statement evaluates. */
export function readBefore(scene: Scene, region: Region): Section | Refusal {
  const [touch] = region.touches
  const anchor = touch === undefined ? undefined : anchorOf(touch.spot.place)
  if (touch === undefined || anchor === undefined || region.touches.length !== 1 || touch.spot.place !== anchor) {
    return refuse(at(scene, region.touches[0]?.span ?? [0, 0]), 'the access is a part of another statement')
  }
  const { ev } = touch
  const { stmt } = anchor
  if (judge(scene, [stmt]).blocked === null)
    return refuse(at(scene, stmt.span), 'the statement may run under the lock as it is')
  if (
    ev.k !== 'acc' ||
    touch.pinned ||
    (ev.op !== 'lookup' && ev.op !== 'len') ||
    touch.spot.conditional ||
    stmt.k === 'for' ||
    hasInit(stmt)
  ) {
    return refuse(at(scene, touch.span), 'the access is not evaluated first, or not always')
  }
  const before = stmt.e.slice(0, stmt.e.indexOf(ev))
  if (before.some((other) => !contains(ev.span, other.span)))
    return refuse(at(scene, touch.span), 'something is evaluated before it')
  const own = eventsIn(stmt, ev.span)
  const { blocked, panics } = judge(scene, [{ k: 'expr', span: ev.span, e: own }])
  if (blocked) return blocked
  if (panics) return refuse(at(scene, ev.span), 'a panic would leave the lock held')
  const lock = lockFor(scene, region.touches, [stmt])
  if (isRefusal(lock)) return lock
  const { page } = scene
  const name = scene.fresh(ev.op === 'len' ? ['n', 'size', 'count'] : [singular(touch.map.object.name), 'value', 'v'])
  const read =
    scene.place.where === 'wrapper'
      ? respell(scene.place.map, page.slice(ev.span), ev.x[1] - ev.span[0])
      : page.slice(ev.span)
  return {
    edits: [page.linesBefore(stmt.span, [lock.take, `${name} := ${read}`, lock.release]), page.replace(ev.span, name)],
    covered: region.touches,
    inside: [{ k: 'expr', span: ev.span, e: own }],
    rewritten: region.touches,
  }
}

/** m[k] = f() → v := f(); mu.Lock(); m[k] = v; mu.Unlock(), where nothing but f() may not run under the lock. */
export function valueBefore(scene: Scene, region: Region): Section | Refusal {
  const stmt = region.list.stmts[region.from]
  const [touch] = region.touches
  const { page } = scene
  if (
    stmt?.k !== 'assign' ||
    region.from !== region.to ||
    touch?.ev.k !== 'acc' ||
    region.touches.length !== 1 ||
    stmt.rhs.length !== 1
  ) {
    return refuse(at(scene, touch?.span ?? [0, 0]), 'it is not a single assignment')
  }
  if (judge(scene, [stmt]).blocked === null)
    return refuse(at(scene, stmt.span), 'the statement may run under the lock as it is')
  const { ev } = touch
  const [value] = stmt.rhs
  if (
    value === undefined ||
    stmt.lhs.length !== 1 ||
    (ev.op !== 'assign' && ev.op !== 'update') ||
    ev.key === undefined
  )
    return refuse(at(scene, stmt.span), 'it is not a single assignment')
  const key = ev.key
  const rest = stmt.e.filter((other) => !contains(value, other.span))
  if (rest.some((other) => other.k === 'call' || other.k === 'recv'))
    return refuse(at(scene, key), 'the key is computed by a call before the value')
  const { blocked, panics } = judge(scene, [{ ...stmt, e: rest }])
  if (blocked) return blocked
  const lock = lockFor(scene, region.touches, [stmt])
  if (isRefusal(lock)) return lock
  const name = scene.fresh(['value', 'v', 'val'])
  const target = page.slice([stmt.lhs[0]?.[0] ?? stmt.span[0], value[0]])
  const inside = scene.place.where === 'wrapper' ? respell(scene.place.map, target, ev.x[1] - stmt.span[0]) : target
  const lines = panics
    ? ['func() {', lock.take, `defer ${lock.release}`, `${inside}${name}`, '}()']
    : [lock.take, `${inside}${name}`, lock.release]
  const valueType = typedNil(page.slice(value)) ? elemText(scene, touch) : ''
  if (valueType === null) return refuse(at(scene, value), 'the value has no type of its own')
  const declared =
    valueType === '' ? `${name} := ${page.slice(value)}` : `var ${name} ${valueType} = ${page.slice(value)}`
  return {
    edits: [page.replace(stmt.span, [declared, ...lines].join(`${page.eol}${page.indentAt(stmt.span[0])}`))],
    covered: region.touches,
    inside: [{ ...stmt, e: rest }],
    rewritten: region.touches,
  }
}

/** m[k] → func() V { mu.Lock(); defer mu.Unlock(); return m[k] }(): a read wherever an expression can stand. */
export function readInPlace(scene: Scene, touch: Touch): Section | Refusal {
  const { ev } = touch
  const { page } = scene
  if (
    ev.k !== 'acc' ||
    touch.pinned ||
    !(ev.op === 'lookup' || ev.op === 'lookup2' || ev.op === 'len' || ev.op === 'nil')
  ) {
    return refuse(at(scene, touch.span), 'the access cannot be made a step of its own here')
  }
  const own = eventsIn(touch.spot.place.stmt, ev.span)
  const { blocked } = judge(scene, [{ k: 'expr', span: ev.span, e: own }])
  if (blocked) return blocked
  const lock = lockFor(scene, [touch], [touch.spot.place.stmt])
  if (isRefusal(lock)) return lock
  const elem = elemText(scene, touch)
  const result =
    ev.op === 'len'
      ? 'int'
      : ev.op === 'nil'
        ? 'bool'
        : ev.op === 'lookup'
          ? elem
          : elem === null
            ? null
            : `(${elem}, bool)`
  if (result === null) return refuse(at(scene, touch.span), 'the type of the value has no name in this file')
  const read =
    scene.place.where === 'wrapper'
      ? respell(scene.place.map, page.slice(ev.span), ev.x[1] - ev.span[0])
      : page.slice(ev.span)
  const body = ev.op === 'lookup2' ? [`value, ok := ${read}`, 'return value, ok'] : [`return ${read}`]
  const lines = [`func() ${result} {`, lock.take, `defer ${lock.release}`, ...body, '}()']
  return {
    edits: [page.replace(ev.span, lines.join(page.eol))],
    covered: [touch],
    inside: [{ k: 'expr', span: ev.span, e: own }],
    rewritten: [touch],
  }
}

/** The type of the map's elements as the function's file writes it; null if it can't. */
export function elemText(scene: Scene, touch: Touch): string | null {
  if (touch.ev.k !== 'acc') return null
  const { pkg, facts } = scene.fn
  const under = underlying(pkg, touch.ev.t)
  return under.elem === undefined ? null : typeText(pkg, facts.file, under.elem)
}

/** The map in the wrapper, `field` of it, where the text names the wrapper. */
function respell(field: string, text: string, at: number): string {
  return `${text.slice(0, at)}.${field}${text.slice(at)}`
}

/** nil and constants take the type of what they are assigned to. */
function typedNil(value: string): boolean {
  return !/[({]/.test(value)
}

function hasInit(stmt: Stmt): boolean {
  return 'init' in stmt && stmt.init !== undefined
}

/** The names that a definition moved out of a header would hide, or clash with, in the list around it. */
function clashes(scene: Scene, ref: number, header: Span, around: Span): boolean {
  const { pkg, facts } = scene.fn
  const { name } = objectAt(pkg, ref)
  return (
    pkg.objects.some((other, i) => {
      if (i === ref || other.name !== name || (other.file !== facts.file && other.kind !== 'package')) return false
      return usesOf(other).some(
        (use) =>
          use >= around[0] && use < around[1] && !(use >= header[0] && use < header[1] && other.span[0] >= header[0]),
      )
    }) ||
    new RegExp(`(?<![\\p{L}\\p{N}_.])${name}(?![\\p{L}\\p{N}_])`, 'u').test(scene.page.slice([header[1], around[1]]))
  )
}

/** items → item, entries → entry, boxes → box, peersByID → peer, factoriesIngress → factoryIngress; others are values. */
function singular(name: string): string {
  const words = name.replace(/By\p{Lu}.*$/u, '').split(/(?=\p{Lu})/u)
  const at = words.map((word) => one(word) !== null).lastIndexOf(true)
  return at < 0 ? 'value' : words.map((word, i) => (i === at ? one(word) : word)).join('')
}

/** The singular of a plural; null of what looks like none. */
function one(word: string): string | null {
  if (/ies$/i.test(word) && word.length > 4) return `${word.slice(0, -3)}y`
  if (/(x|ss|ch|sh)es$/i.test(word)) return word.slice(0, -2)
  return /[^sui]s$/i.test(word) && word.length > 2 ? word.slice(0, -1) : null
}
