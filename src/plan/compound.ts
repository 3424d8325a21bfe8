/** Which touches of a function are one step together, and so must not be split over two critical sections. */
import { push } from '../analysis/multimap.js'
import type { Span, Stmt } from '../facts.js'
import type { SharedMap } from '../types.js'
import { decidesOperand } from './conditions.js'
import { exitsOf } from './exits.js'
import { type Flow, flowFrom } from './flow.js'
import type { Touch } from './touches.js'
import { anchorOf, contains, eventsOf, type FuncTree, type Place } from './tree.js'

/** Touches that must lie in one critical section; `why` says of the first two of them what makes them one step. */
export interface Compound {
  readonly touches: readonly Touch[]
  readonly why: string
}

/**
 * All touches, parted into compounds (of one touch where nothing ties it to another), in source order. `apart` says of two maps that the
 * program does not keep them in step where a way out between their writes leaves one without the other.
 */
export function compounds(tree: FuncTree, touches: readonly Touch[], apart: Apart = NEVER): Compound[] {
  const parent = touches.map((_, i) => i)
  const root = (i: number): number => {
    const up = parent[i] ?? i
    return up === i ? i : root(up)
  }
  const whys = new Map<number, string>()
  const flows = new Flows(tree)
  for (const [i, a] of touches.entries()) {
    for (const [j, b] of touches.entries()) {
      if (i >= j) continue
      const why =
        tie(flows, a, b, (x, y) => leftBetween(tree, touches, x, y) && apart(x.map, y.map)) ?? tieBack(flows, a, b)
      if (why === null || root(i) === root(j)) continue
      const [low, high] = [Math.min(root(i), root(j)), Math.max(root(i), root(j))]
      parent[high] = low
      whys.set(low, whys.get(low) ?? why)
    }
  }
  const groups = new Map<number, Touch[]>()
  for (const [i, touch] of touches.entries()) push(groups, root(i), touch)
  return [...groups].map(([at, members]) => ({ touches: members, why: whys.get(at) ?? '' }))
}

/** Whether nothing of the program but the function at hand has to do with both maps. */
export type Apart = (a: SharedMap, b: SharedMap) => boolean

const NEVER: Apart = () => false

/** What makes a touch and a later one a single step; null if nothing does. */
function tie(flows: Flows, a: Touch, b: Touch, parted: (a: Touch, b: Touch) => boolean): string | null {
  if (a.ev === b.ev || unrelated(a, b)) return null
  if (a.spot.place === b.spot.place && (a.write || b.write) && !apart(a, b)) return 'one statement holds both'
  const flow = decided(flows, a, b)
  if (flow !== null) return flow
  if (a.map === b.map && sameKey(a, b) && decidesOperand(a, b)) return 'what is read decides whether it is read again'
  if (sameKey(a, b) && flows.locksIn(a)) return 'what is looked up is locked'
  if (a.map !== b.map) return twins(a, b) && !parted(a, b) ? 'two maps change together' : null
  if (belowOther(a, b)) return 'what is looked up is used afterwards'
  // What is written under a lock that is there, and read again after it, was two steps before.
  if (a.kind === 'access' && a.write && !a.needs && !b.write) return null
  if (sameKey(a, b) && a.write !== b.write) return 'they use one key'
  if (changesWhole(b) || replaces(a)) return 'the map is replaced'
  return null
}

/** Two calls of one statement, neither of which waits for what the other returns: f(s.next(), s.next()). */
function apart(a: Touch, b: Touch): boolean {
  return a.kind === 'call' && b.kind === 'call' && !b.spot.conditional && !contains(b.span, a.span)
}

/** The same from the later touch to the earlier one, which a loop may bring round. */
function tieBack(flows: Flows, a: Touch, b: Touch): string | null {
  return !unrelated(a, b) && loopAround(a.spot.place, b.spot.place) ? decided(flows, b, a) : null
}

/** Touches of two objects, or of what never changes while it is shared. */
function unrelated(a: Touch, b: Touch): boolean {
  if (!changesLater(a) || !changesLater(b)) return true
  if (a.kind === 'call' && b.kind === 'call') return a.instance !== b.instance || a.instance === 'via ?'
  return !sameObject(a, b)
}

function decided(flows: Flows, a: Touch, b: Touch): string | null {
  const rereads = !b.write && a.map === b.map && sameKey(a, b) && shrinks(b)
  if (!b.write && !rereads) return null
  if (a.access !== null && (a.access.op === 'delete' || a.access.op === 'assign' || a.access.op === 'update'))
    return null
  const flow = flows.from(a, a.kind === 'call' || a.access?.op === 'range' ? itemLoops(b.spot.place) : [])
  if (flow.decides(b.spot.place) || (a.spot.place === b.spot.place && b.spot.conditional))
    return rereads ? 'what is read decides whether it is read again' : 'what is read decides the write'
  if (rereads) return null
  return valueSpans(b).some(flow.reaches) ? 'what is read becomes what is written' : null
}

/** Writes of two maps that stand side by side: they change together. */
function twins(a: Touch, b: Touch): boolean {
  const together = a.write && b.write && anchorOf(a.spot.place).list === anchorOf(b.spot.place).list
  return together && a.kind === 'access' && b.kind === 'access'
}

/** Between the two writes of one list the function may be left, with the first one done, and nothing done about it. */
function leftBetween(tree: FuncTree, touches: readonly Touch[], a: Touch, b: Touch): boolean {
  const [from, to] = [anchorOf(a.spot.place), anchorOf(b.spot.place)]
  const between = from.list.stmts.slice(from.index + 1, to.index)
  const returns = exitsOf(between).some((jump) => jump.k === 'return')
  const undone = touches.some(
    (touch) => touch.map === a.map && touch.write && between.some((stmt) => contains(stmt.span, touch.span)),
  )
  const later = eventsOf(tree.fn.facts.stmts).some((ev) => ev.k === 'call' && ev.mode === 'defer')
  return returns && !undone && !later
}

/** An inner map, or an alias of the map, is used under the lock of the map that it was taken from. */
function belowOther(a: Touch, b: Touch): boolean {
  if (a.access === null || b.access === null) return false
  return (b.access.alias || b.access.depth > 0) && a.access.depth <= b.access.depth
}

function sameKey(a: Touch, b: Touch): boolean {
  // Functions that take the lock themselves are steps of their own.
  if (a.kind === 'call' && b.kind === 'call' && a.lifted === null && b.lifted === null) return false
  return a.key !== '' && a.key === b.key && a.instance === b.instance
}

function changesWhole({ access }: Touch): boolean {
  return access?.op === 'clear' || replacesAccess(access)
}

function replaces({ access }: Touch): boolean {
  return replacesAccess(access)
}

function replacesAccess(access: Touch['access']): boolean {
  return access?.op === 'replace' && access.depth === 0
}

/** Whether entries ever leave the map while others may look. */
function shrinks({ map }: Touch): boolean {
  return map.accesses.some((at) => !at.exclusive && (at.op === 'delete' || at.op === 'clear' || at.op === 'replace'))
}

/**
 * Whether a value that was looked up may be another one when it is looked up again. Reads of a map that is not written while it is shared are
 * no steps; T{m: m} makes a map known, and changes none.
 */
function changesLater({ map, pinned }: Touch): boolean {
  return pinned || map.accesses.some((at) => !at.exclusive && at.write && (at.op !== 'init' || map.kind === 'local'))
}

/** A call counts as the accesses that it makes where it is given the object that the access is of: other ways back to the map are not seen from here. */
function sameObject(a: Touch, b: Touch): boolean {
  const [call, access] = a.kind === 'call' ? [a, b] : [b, a]
  if (call.kind !== 'call' || access.access === null || access.instance === '') return true
  const { map, ev } = call
  if (map.kind === 'local' || ev.k !== 'call') return true
  if (map.kind === 'variable') return ev.callee.k !== 'iface'
  const holder = access.instance.replace(/\/[^/]*$/, '')
  return call.objects.some((object) => `${holder}/`.startsWith(`${object}/`))
}

/** The expressions that make up what a write writes, its key included. */
function valueSpans({ ev, access }: Touch): readonly Span[] {
  if (ev.k === 'call') return ev.argSpans
  if (ev.k !== 'acc' || access === null) return []
  const value = ev.op === 'update' ? [ev.span] : ev.val ? [ev.val] : []
  return [...(ev.key ? [ev.key] : []), ...value]
}

/** The range statements over slices and the like around a place: what they hand out, one by one, is worked off one by one. */
function itemLoops(place: Place): readonly Stmt[] {
  const loops: Stmt[] = []
  for (let at: Place | null = place; at !== null; at = at.parent) {
    if (at.stmt.k === 'range' && (at.stmt.xt === 'slice' || at.stmt.xt === 'array')) loops.push(at.stmt)
  }
  return loops
}

function loopAround(a: Place, b: Place): boolean {
  const loops = new Set<Stmt>()
  for (let at: Place | null = a; at !== null; at = at.parent)
    if (at.stmt.k === 'for' || at.stmt.k === 'range') loops.add(at.stmt)
  for (let at: Place | null = b; at !== null; at = at.parent) if (loops.has(at.stmt)) return true
  return false
}

/** The expression whose value a touch gives: of a range, what it goes over. */
function sourceOf({ ev, span }: Touch): Span {
  return ev.k === 'acc' && ev.op === 'range' ? ev.x : span
}

/** The flows of a function's touches, each computed once. */
class Flows {
  readonly #tree: FuncTree
  readonly #known = new Map<Touch, Map<string, Flow>>()

  constructor(tree: FuncTree) {
    this.#tree = tree
  }

  /** m[k].mu.Lock(): looked up again, the value may be another one, whose lock is not held. */
  locksIn({ access, spot, span }: Touch): boolean {
    if (access === null || access.write) return false
    return [...this.#tree.spots].some(
      ([ev, at]) =>
        at.place === spot.place &&
        ev.k === 'call' &&
        ev.callee.k === 'func' &&
        /^sync\.(RW)?Mutex\.(Try)?R?Lock$/.test(ev.callee.key) &&
        ev.span[0] === span[0],
    )
  }

  from(touch: Touch, cut: readonly Stmt[]): Flow {
    const known = this.#known.get(touch) ?? new Map<string, Flow>()
    this.#known.set(touch, known)
    const id = cut.map((stmt) => stmt.span[0]).join(',')
    const flow = known.get(id) ?? flowFrom(this.#tree, sourceOf(touch), cut)
    known.set(id, flow)
    return flow
  }
}
