/** A range over the map whose body may not run under the lock: over its keys as they were, each looked up again. */
import { objectAt, typeAt, underlying } from '../analysis/program.js'
import type { PackageFacts, Stmt, TypeRef } from '../facts.js'
import type { Refusal } from '../types.js'
import type { Closure } from './closures.js'
import { isRefusal, refuse } from './pass.js'
import type { Region } from './regions.js'
import { at, type Scene } from './scene.js'
import { lockFor } from './sections.js'
import { anchorOf } from './tree.js'
import { atLeast, typeText } from './types.js'

type Range = Extract<Stmt, { k: 'range' }>

/**
 * for k, v := range m { … } → for _, k := range m.Keys() { v, ok := m.Load(k); if !ok { continue }; … }. As with any range over
 * a map, an entry that is removed before it is reached is not visited, values are those of the moment, and what is added
 * may be visited or not. Refused for keys that may not find themselves again (NaN), or whose lookup can panic.
 */
export function keysFirst(scene: Scene, region: Region): Closure | Refusal {
  const [touch] = region.touches
  const place = touch?.spot.place
  const stmt = place?.stmt
  const no = (reason: string): Refusal => refuse(at(scene, touch?.span ?? [0, 0]), reason)
  if (
    touch === undefined ||
    region.touches.length !== 1 ||
    touch.ev.k !== 'acc' ||
    touch.ev.op !== 'range' ||
    stmt?.k !== 'range' ||
    place === undefined
  ) {
    return no('it is no range over the map alone')
  }
  if (touch.pinned || touch.access?.alias || touch.access?.depth !== 0)
    return no('the range goes over what the map holds')
  const { pkg, facts } = scene.fn
  const under = underlying(pkg, touch.ev.t)
  if (under.key === undefined || mayBeLost(pkg, under.key)) return no('its keys may not be found again')
  if (!stmt.define) return no('the range assigns to variables that are there')
  if (!atLeast(pkg.files[facts.file]?.go ?? '', 22) && /\bfunc\s*\(/.test(scene.page.slice(stmt.block.span)))
    return no('a function literal captures the variables of the range')
  const lock = lockFor(scene, region.touches, [stmt])
  if (isRefusal(lock)) return lock
  const { page } = scene
  const names = namesOf(scene, stmt)
  const ok = scene.fresh(['ok', 'found', 'present'])
  const map = page.slice(touch.ev.x)
  const skip = [`if !${ok} {`, 'continue', '}']
  const value = names.value === '_' ? `_, ${ok}` : `${names.value}, ${ok}`
  const done = {
    covered: region.touches,
    inside: [],
    rewritten: region.touches,
    now: 'keys first, each looked up again',
  }
  if (scene.place.where === 'wrapper') {
    const lines = [`for _, ${names.key} := range ${map}.Keys() {`, `${value} := ${map}.Load(${names.key})`, ...skip]
    return {
      ...done,
      edits: [page.replace([stmt.span[0], stmt.block.span[0] + 1], lines.join(page.eol))],
      methods: ['Keys', 'Load'],
    }
  }
  const keyType = typeText(pkg, facts.file, under.key)
  if (keyType === null) return no('the type of its keys has no name in this file')
  const keys = scene.fresh([`${names.key}s`, 'keys'])
  const before = [
    lock.take,
    `${keys} := make([]${keyType}, 0, len(${map}))`,
    `for ${names.key} := range ${map} {`,
    `${keys} = append(${keys}, ${names.key})`,
    '}',
    lock.release,
  ]
  const lines = [
    `for _, ${names.key} := range ${keys} {`,
    lock.take,
    `${value} := ${map}[${names.key}]`,
    lock.release,
    ...skip,
  ]
  return {
    ...done,
    edits: [
      page.linesBefore(anchorOf(place).stmt.span, before),
      page.replace([stmt.span[0], stmt.block.span[0] + 1], lines.join(page.eol)),
    ],
    methods: [],
  }
}

function namesOf(scene: Scene, { key, value }: Range): { key: string; value: string } {
  const name = (span: readonly [number, number] | undefined): string =>
    span === undefined ? '_' : scene.page.slice(span)
  return { key: name(key) === '_' ? scene.fresh(['key', 'k']) : name(key), value: name(value) }
}

/** Floating point numbers, and interfaces, which may hold them or what cannot be hashed. */
export function mayBeLost(pkg: PackageFacts, ref: TypeRef): boolean {
  const type = typeAt(pkg, ref)
  if (type.hashPanics || type.kind === 'typeparam' || /^(untyped )?(float|complex)/.test(type.basic ?? '')) return true
  if (type.under !== undefined && type.kind === 'named') return mayBeLost(pkg, type.under)
  if (type.kind === 'array' && type.elem !== undefined) return mayBeLost(pkg, type.elem)
  return (type.fields ?? []).some((field) => mayBeLost(pkg, objectAt(pkg, field.obj).type))
}
