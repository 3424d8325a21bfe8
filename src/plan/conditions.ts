/** Accesses that one condition makes one after the other, as one step. */
import { typeAt, underlying } from '../analysis/program.js'
import type { Ev, Span, Stmt } from '../facts.js'
import type { Refusal } from '../types.js'
import { isRefusal, refuse } from './pass.js'
import { judge } from './permit.js'
import type { Region } from './regions.js'
import { at, type Scene } from './scene.js'
import { lockFor, type Section } from './sections.js'
import type { Touch } from './touches.js'
import { contains, eventsOf } from './tree.js'

/** Whether the earlier touch decides if the later one is evaluated: a left operand of && or ||, an earlier case. */
export function decidesOperand(a: Touch, b: Touch): boolean {
  if (a.spot.place !== b.spot.place || !b.spot.conditional) return false
  return operands(a.spot.place.stmt).some((operand) => operand.has(b.ev) && !operand.has(a.ev))
}

/** if m[k] == nil || m[k].done { … } → if func() bool { mu.Lock(); defer mu.Unlock(); return m[k] == nil || m[k].done }() { … } */
export function conditionInPlace(scene: Scene, region: Region): Section | Refusal {
  const [touch] = region.touches
  const stmt = touch?.spot.place.stmt
  const cond = stmt?.k === 'if' || stmt?.k === 'for' ? stmt.cond : undefined
  if (stmt === undefined || cond === undefined || region.touches.some(({ span }) => !contains(cond, span)))
    return refuse(at(scene, touch?.span ?? [0, 0]), 'the accesses are not in one condition')
  const named = region.touches.find((other) => isNamedBool(scene, other))
  if (named) return refuse(at(scene, named.span), 'the condition has a type of its own')
  const inside: Stmt[] = [{ k: 'expr', span: cond, e: eventsOf([stmt]).filter((ev) => within(cond, ev)) }]
  const { blocked } = judge(scene, inside)
  if (blocked) return blocked
  const lock = lockFor(scene, region.touches, inside)
  if (isRefusal(lock)) return lock
  const { page } = scene
  const head = ['func() bool {', lock.take, `defer ${lock.release}`, 'return '].join(page.eol)
  return {
    edits: [page.insert(cond[0], head), page.insert(cond[1], `${page.eol}}()`)],
    covered: region.touches,
    inside,
  }
}

/** The events of each part of the statement's expressions that is evaluated on some ways only. */
function operands(stmt: Stmt): ReadonlySet<Ev>[] {
  const found: Set<Ev>[] = []
  const all = (evs: readonly Ev[]): Ev[] =>
    evs.flatMap((ev) => [ev, ...(ev.k === 'and' || ev.k === 'or' ? all(ev.e) : [])])
  const add = (evs: readonly Ev[]): void => {
    for (const ev of all(evs)) if (ev.k === 'and' || ev.k === 'or') found.push(new Set(all(ev.e)))
  }
  add(stmt.e)
  if (stmt.k === 'switch' || stmt.k === 'typeswitch') {
    for (const { e } of stmt.cases) {
      add(e)
      found.push(new Set(all(e)))
    }
  }
  return found
}

function isNamedBool(scene: Scene, { ev }: Touch): boolean {
  if (ev.k !== 'acc') return false
  const { pkg } = scene.fn
  const map = underlying(pkg, ev.t)
  const elem = map.elem === undefined ? undefined : typeAt(pkg, map.elem)
  return elem?.kind === 'named' && elem.under !== undefined && typeAt(pkg, elem.under).basic === 'bool'
}

function within(span: Span, ev: Ev): boolean {
  return contains(span, ev.span)
}
