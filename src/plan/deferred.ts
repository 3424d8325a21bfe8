/** defer delete(m, k): the map is used when the function ends, whatever locks it took meanwhile. */

import type { Refusal } from '../types.js'
import { localUses } from './locals.js'
import { isRefusal, refuse } from './pass.js'
import type { Region } from './regions.js'
import { at, type Scene } from './scene.js'
import { lockFor, type Section } from './sections.js'
import type { Touch } from './touches.js'
import { eventsOf } from './tree.js'

/** Whether the access happens when its function ends, or on another goroutine, not where it stands. */
export function happensLater(touch: Touch): boolean {
  const { stmt } = touch.spot.place
  return (
    (stmt.k === 'defer' || stmt.k === 'go') &&
    touch.ev.k === 'acc' &&
    (touch.ev.op === 'delete' || touch.ev.op === 'clear')
  )
}

/**
 * defer delete(s.m, k) → defer func() { s.mu.Lock(); defer s.mu.Unlock(); delete(s.m, k) }(). It keeps its place among the deferred
 * calls. The map and the key were evaluated at the statement: refused where they may be others when the function ends.
 */
export function deferredDelete(scene: Scene, region: Region): Section | Refusal {
  const [touch] = region.touches
  if (touch === undefined || region.touches.length !== 1 || !happensLater(touch) || touch.ev.k !== 'acc') {
    return refuse(at(scene, touch?.span ?? [0, 0]), 'it is no deferred delete')
  }
  const { stmt } = touch.spot.place
  const { ev } = touch
  const replaced = touch.map.accesses.find((access) => access.op === 'replace' && !access.exclusive)
  if (replaced) return refuse(at(scene, touch.span), 'the map may be another one when the deferred call runs')
  if (moves(scene, touch))
    return refuse(at(scene, touch.span), 'the key may be another one when the deferred call runs')
  const lock = lockFor(scene, region.touches, scene.fn.facts.stmts)
  if (isRefusal(lock)) return lock
  const { page } = scene
  const text = page.slice(ev.span)
  const inside = ev.x[1] - ev.span[0]
  const { place } = scene
  const spelled = place.where === 'wrapper' ? `${text.slice(0, inside)}.${place.map}${text.slice(inside)}` : text
  const lines = [`${stmt.k} func() {`, lock.take, `defer ${lock.release}`, spelled, '}()']
  return { edits: [page.replace(stmt.span, lines.join(page.eol))], covered: [touch], inside: [], rewritten: [touch] }
}

/** Whether the key is anything but a constant, or locals that are never assigned again. */
function moves(scene: Scene, { ev }: Touch): boolean {
  if (ev.k !== 'acc' || ev.key === undefined || ev.keyConst) return false
  const { pkg, facts } = scene.fn
  const plain = /^[\p{L}_][\p{L}\p{N}_]*$/u.test(scene.page.slice(ev.key))
  const ref = localUses(pkg, facts.file).at(ev.key)
  if (!plain || ref === undefined) return true
  return pkg.funcs.some(
    (fn) =>
      fn.file === facts.file &&
      eventsOf(fn.stmts).some((other) => {
        const path = other.k === 'set' && other.def !== true ? pkg.paths[other.to] : undefined
        return path?.length === 1 && path[0] === ref
      }),
  )
}
