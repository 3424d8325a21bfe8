/** The forms of a critical section over statements: to the function's end, a plain run, a run with early ways out, a closure. */
import type { Span, Stmt } from '../facts.js'
import type { Refusal, TextEdit } from '../types.js'
import { exitsOf, type Jump, terminates } from './exits.js'
import { givenTo, lockGiven } from './lifted.js'
import { shardLock } from './methods/lock.js'
import { isRefusal, refuse } from './pass.js'
import { judge } from './permit.js'
import { type Region, spanOf, statementsOf, touchesIn } from './regions.js'
import { at, type Scene } from './scene.js'
import { holderPath, type Lock, lockAt, unstable } from './spell.js'
import type { Touch } from './touches.js'
import { anchorOf, inLoop, type List, type Place } from './tree.js'

/** A section as edits; `covered` touches are under the lock then. */
export interface Section {
  readonly edits: readonly TextEdit[]
  readonly covered: readonly Touch[]
  /** What runs under the lock. */
  readonly inside: readonly Stmt[]
  /** Covered touches whose own text these edits rewrite: the planner must not touch it again. */
  readonly rewritten?: readonly Touch[]
  /** What a compound has become, where it is not a critical section. */
  readonly now?: string
}

/** The lock of the touches, in the weakest sufficient mode; refused where it cannot be named once for all of them. */
export function lockFor(scene: Scene, touches: readonly Touch[], stmts: readonly Stmt[]): Lock | Refusal {
  const { place } = scene
  const held = touches.find((touch) => touch.kind === 'access' && !touch.needs)
  if (held) return refuse(at(scene, held.span), 'a part of the step already holds the lock')
  const shared = scene.kind === 'rwmutex' && touches.every((touch) => !touch.write && !touch.changes)
  const lock = (name: string): Lock => ({
    name,
    take: `${name}.${shared ? 'RLock' : 'Lock'}()`,
    release: `${name}.${shared ? 'RUnlock' : 'Unlock'}()`,
  })
  // One lock for all: whose map it is does not matter.
  if (place.where === 'variable') return lock(place.name)
  const named = touches.filter(({ access }) => access !== null && !access.alias && access.depth === 0)
  const first = named[0] ?? touches.find(({ lifted }) => lifted !== null)
  if (first === undefined)
    return refuse(at(scene, touches[0]?.span ?? spanOf(stmts)), 'the map is reached through an alias only')
  const holder = holderOf(first)
  for (const other of touches) {
    const same =
      (other.instance === '' && other.lifted === null) ||
      (other.instance.startsWith('via ') && other.lifted === null) ||
      (holder !== null && holderOf(other) === holder)
    if (!same) return refuse(at(scene, other.span), 'the maps of two objects are used in one step')
  }
  for (const { ev, access, lifted } of [...named, ...touches.filter((touch) => touch.lifted !== null)]) {
    const range = access?.operand ?? at(scene, ev.span)
    const path = access === null ? givenTo(scene.fn, ev, lifted?.by ?? null) : holderPath(access)
    const moving = path === null ? null : unstable(scene.program, scene.fn, path, range, stmts)
    if (moving) return moving
  }
  if (place.where === 'methods') return shardLock(scene, touches, stmts)
  const name = first.access === null ? lockOfCall(scene, first) : lockAt(scene.fn, first.access, place, scene.page.text)
  return isRefusal(name) ? name : lock(name)
}

/** What holds the map of the touch, as a path of its function; null if that has no name there. */
function holderOf({ access, instance, lifted }: Touch): string | null {
  return access === null ? (lifted?.object ?? null) : instance.replace(/\/?[^/]*$/, '')
}

/** The lock of the function that is called, by what the call gives it: c.has(k), where has uses s.items, has c.mu. */
function lockOfCall(scene: Scene, { ev, lifted, span }: Touch): string | Refusal {
  if (ev.k !== 'call' || lifted === null) throw new Error('bug: no call of a lifted function')
  const inside = scene.lockIn(lifted.by)
  if (isRefusal(inside)) return inside
  const given = lockGiven(scene.fn, ev, lifted.by, inside, scene.page.slice)
  return given ?? refuse(at(scene, span), 'what holds the map is not named here')
}

/**
 * mu.Lock(); defer mu.Unlock() before the region's first statement, and everything that the function does after it under
 * the lock. Not in loops, where a deferred call does not run at the end of the turn.
 */
export function toTheEnd(scene: Scene, { list, from, touches }: Region): Section | Refusal {
  const start = list.stmts[from]
  const last = touches[0]
  if (start === undefined || last === undefined) throw new Error('bug: an empty region')
  if (inLoop(list)) return refuse(at(scene, start.span), 'it stands in a loop')
  const tail = tailFrom(list, from)
  if (tail === null) return refuse(at(scene, start.span), 'the function goes on in another case')
  const { blocked } = judge(scene, tail)
  if (blocked) return blocked
  const covered = touchesIn(scene, tail)
  const own = touchesIn(scene, list.stmts.slice(from))
  const after = covered.find((touch) => !own.includes(touch))
  if (after) return refuse(at(scene, after.span), 'it is used again where the lock would be held only sometimes')
  const lock = lockFor(scene, covered, tail)
  if (isRefusal(lock)) return lock
  return { edits: [scene.page.linesBefore(start.span, [lock.take, `defer ${lock.release}`])], covered, inside: tail }
}

/** mu.Lock(), the statements, mu.Unlock(): where nothing can panic, and every way out can release the lock first. */
export function plainRun(scene: Scene, region: Region): Section | Refusal {
  const stmts = statementsOf(region)
  const span = spanOf(stmts)
  const lock = lockFor(scene, region.touches, stmts)
  if (isRefusal(lock)) return lock
  const exits = exitsOf(stmts)
  const outs = exits.map((jump) => wayOut(scene, region, jump))
  const releases: TextEdit[] = []
  const outside: Stmt[] = []
  for (const out of outs) {
    if (isRefusal(out)) return out
    releases.push(scene.page.linesBefore(out.before, [lock.release]))
    outside.push(...out.after)
  }
  const { blocked, panics } = judgeWithout(scene, stmts, outside)
  if (blocked) return blocked
  if (panics) return refuse(at(scene, span), 'a panic would leave the lock held')
  const end = stmts.at(-1)
  const open = !terminates(end) && !(end !== undefined && exits.some((jump) => jump === end))
  return {
    edits: [
      scene.page.linesBefore(span, [lock.take]),
      ...releases,
      ...(open ? [scene.page.linesAfter(lastSpan(stmts), [lock.release])] : []),
    ],
    covered: region.touches,
    inside: stmts,
  }
}

/** Where a way out of the region releases the lock, and the statements after that, up to the jump. */
function wayOut(scene: Scene, region: Region, jump: Jump): { before: Span; after: readonly Stmt[] } | Refusal {
  if (jump.k === 'branch' && jump.tok !== 'break' && jump.tok !== 'continue')
    return refuse(at(scene, jump.span), `${jump.tok} leaves the step`)
  const place = scene.tree.places.get(jump)
  if (place === undefined) throw new Error('bug: a jump of another function')
  const { list, index } = anchorOf(place)
  const first = list === region.list ? region.from : 0
  const isTouched = (stmt: Stmt): boolean => touchesIn(scene, [stmt]).length > 0
  if (isTouched(jump)) return refuse(at(scene, jump.span), 'what is returned has to be read under the lock')
  let before = index
  while (before > first && safeOutside(list, before - 1, isTouched)) before--
  const stmt = list.stmts[before]
  if (stmt === undefined) throw new Error('bug: a jump outside its list')
  return { before: stmt.span, after: list.stmts.slice(before, index + 1) }
}

/** Nothing of the map, and no other way out, is in the statement. */
function safeOutside(list: List, index: number, isTouched: (stmt: Stmt) => boolean): boolean {
  const stmt = list.stmts[index]
  return stmt !== undefined && !isTouched(stmt) && exitsOf([stmt]).length === 0
}

/** What the statements do under the lock, leaving out those that run after its release. */
function judgeWithout(scene: Scene, stmts: readonly Stmt[], outside: readonly Stmt[]): ReturnType<typeof judge> {
  if (outside.length === 0) return judge(scene, stmts)
  return judge(scene, prune(stmts, new Set(outside)))
}

/** The statements without those, wherever inside them they stand. */
export function prune(stmts: readonly Stmt[], gone: ReadonlySet<Stmt>): Stmt[] {
  return stmts.filter((stmt) => !gone.has(stmt)).map((stmt) => pruned(stmt, gone))
}

/** The statement without those inside it. The events stay the same objects. */
function pruned(stmt: Stmt, gone: ReadonlySet<Stmt>): Stmt {
  switch (stmt.k) {
    case 'block':
      return { ...stmt, block: { ...stmt.block, body: prune(stmt.block.body, gone) } }
    case 'labeled':
      return { ...stmt, stmt: pruned(stmt.stmt, gone) }
    case 'if': {
      const then = { ...stmt.then, body: prune(stmt.then.body, gone) }
      return stmt.else ? { ...stmt, then, else: pruned(stmt.else, gone) } : { ...stmt, then }
    }
    case 'for':
    case 'range':
      return { ...stmt, block: { ...stmt.block, body: prune(stmt.block.body, gone) } }
    case 'switch':
    case 'typeswitch':
      return { ...stmt, cases: stmt.cases.map((c) => ({ ...c, body: prune(c.body, gone) })) }
    case 'select':
      return { ...stmt, cases: stmt.cases.map((c) => ({ ...c, body: prune(c.body, gone) })) }
    default:
      return stmt
  }
}

/** Every statement that runs after (and from) that one until the function ends; null where that is not plain. */
function tailFrom(list: List, from: number): readonly Stmt[] | null {
  const tail: Stmt[] = [...list.stmts.slice(from)]
  let place: Place | null = list.owner
  let last = list.stmts.at(-1)
  while (place !== null && !terminates(last)) {
    if (last?.k === 'branch') return null
    const anchor = anchorOf(place)
    tail.push(...anchor.list.stmts.slice(anchor.index + 1))
    last = anchor.list.stmts.length > anchor.index + 1 ? anchor.list.stmts.at(-1) : undefined
    place = anchor.list.owner
  }
  return tail
}

function lastSpan(stmts: readonly Stmt[]): Span {
  const last = stmts.at(-1)
  if (last === undefined) throw new Error('bug: an empty region')
  return last.span
}
