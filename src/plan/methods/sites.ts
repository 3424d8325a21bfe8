/** One access of a map as a method of the container in its place. */
import { fateOf } from '../../analysis/spawners.js'
import { stdEffect } from '../../analysis/stdlib.js'
import type { Ev, FuncFacts, Span, Stmt } from '../../facts.js'
import type { Refusal, SharedMap, TextEdit } from '../../types.js'
import type { AtomicMethod } from '../methods.js'
import { refuse } from '../pass.js'
import { judge } from '../permit.js'
import { at, type Scene } from '../scene.js'
import { asMethod } from '../sites.js'
import type { Touch } from '../touches.js'
import { contains, eventsOf } from '../tree.js'
import { assignAmong } from './assignments.js'
import { replaced } from './declare.js'
import { update } from './updates.js'

export interface AtomicSite {
  readonly methods: readonly AtomicMethod[]
  readonly edits: readonly TextEdit[]
  /** Reads and writes in one step. */
  readonly compound?: boolean
  /** What runs in it that was written at the site. */
  readonly inside?: readonly Stmt[]
  /** An import's package that this access does not name any more. */
  readonly unnamed?: string
}

export type AccEv = Extract<Ev, { k: 'acc' }>

/** With other goroutines about, or alone, where several methods may take the place of one access. */
export type Company = 'shared' | 'alone'

/**
 * m[k] → m.Get(k), m[k]++ → m.Update(…), range m → range m.Snapshot() and so on; no edits where the text can stay. Refused, with the reason,
 * where no method does what the access does.
 */
export function asAtomic(scene: Scene, touch: Touch, company: Company): AtomicSite | Refusal {
  const { access, ev } = touch
  const no = (reason: string): Refusal => refuse(at(scene, touch.span), reason)
  if (access === null || ev.k !== 'acc') return no('it is no access')
  if (access.alias && access.depth === 0) return no(`${touch.map.object.name} has another name here`)
  if (access.depth > 0)
    return company === 'alone'
      ? { methods: [], edits: [] }
      : no('what the map holds is used, and no method covers that')
  if (touch.pinned && company === 'shared') return no('what it holds is changed in place')
  if (!/[\p{L}\p{N}_)\]]$/u.test(scene.page.slice(ev.x)) || /^[*&]/.test(scene.page.slice(ev.x)))
    return no('the map is reached through a pointer')
  if (touch.spot.place.role === 'comm' && ev.op === 'assign') return no('a select assigns to it')
  const plain = asMethod(scene.page, company === 'alone' ? { ...touch, pinned: false } : touch)
  if (plain !== null && isAtomic(plain.method)) return { methods: [plain.method], edits: plain.edits }
  switch (ev.op) {
    case 'update':
      return update(scene, touch)
    case 'assign':
      return assignAmong(scene, touch)
    case 'range':
      return company === 'alone' ? (writesInside(scene, touch) ?? snapshot(scene, ev)) : snapshot(scene, ev)
    case 'nil':
      return { methods: [], edits: [] }
    case 'replace':
      return company === 'alone'
        ? replaced(scene, touch)
        : no('the map is replaced whole, which only a lock makes one step with its uses (rwmutex)')
    case 'read':
      return read(scene, touch, company)
    case 'addr':
      return no('its address is taken')
    default:
      return no('no method does what this does')
  }
}

function isAtomic(name: string): name is AtomicMethod {
  return !/^(Keys|View|Do)$/.test(name)
}

function snapshot(scene: Scene, ev: AccEv): AtomicSite {
  return { methods: ['Snapshot'], edits: [scene.page.insert(ev.x[1], '.Snapshot()')] }
}

/** A range sees what its body removes; one over a snapshot does not, but for the key that it is at. */
function writesInside(scene: Scene, touch: Touch): Refusal | null {
  const { stmt } = touch.spot.place
  if (stmt.k !== 'range') return null
  const key = stmt.key === undefined ? '' : scene.page.slice(stmt.key)
  const other = scene.all.find(
    ({ ev, span, map, write, access }) =>
      map === touch.map &&
      write &&
      contains(stmt.block.span, span) &&
      !(access?.op === 'delete' && ev.k === 'acc' && ev.key !== undefined && scene.page.slice(ev.key) === key),
  )
  return other === undefined ? null : refuse(at(scene, other.span), 'it is changed while it is ranged over')
}

/** The map as a value: what only reads it gets a copy. */
function read(scene: Scene, touch: Touch, company: Company): AtomicSite | Refusal {
  const { ev, map, access } = touch
  const no = (reason: string): Refusal => refuse(at(scene, touch.span), reason)
  if (ev.k !== 'acc' || access === null) return no('it is no access')
  switch (ev.use) {
    case 'discard':
      return { methods: [], edits: [] }
    case 'return':
      if (company !== 'alone' || map.kind !== 'local') return no('the map itself is returned')
      return usedLater(scene, map) ? no('a function literal may use it after it is returned') : snapshot(scene, ev)
    case 'call':
    case 'range':
      return given(scene, touch, ev, company)
    case 'interface':
      return company === 'alone' && access.func.test ? snapshot(scene, ev) : no('the map itself is handed out')
    default:
      return no('the map itself is handed out')
  }
}

/** A literal that uses the local is deferred, or kept: neither run in place nor by a goroutine, all of which were waited for. */
function usedLater({ program, fn }: Scene, map: SharedMap): boolean {
  const users = new Set(map.accesses.map(({ func }) => func))
  const owner = fn.pkg.funcs[map.object.func ?? -1]
  return fn.pkg.funcs.some((parent) =>
    eventsOf(parent.stmts).some((ev) => {
      if (ev.k !== 'lit' || !within(program.fn(fn.pkg, ev.fn).facts, users, fn.pkg.funcs)) return false
      if (owner !== undefined && program.fn(fn.pkg, ev.fn).facts === owner) return false
      return !eventsOf(parent.stmts).some((call) => call.k === 'call' && runsNow(call, ev.fn))
    }),
  )
}

/** The literal, or one inside it, is among the users. */
function within(literal: FuncFacts, users: ReadonlySet<FuncFacts>, funcs: readonly FuncFacts[]): boolean {
  if (users.has(literal)) return true
  return funcs.some((inner) => inner.parent === funcs.indexOf(literal) && within(inner, users, funcs))
}

function runsNow(call: Extract<Ev, { k: 'call' }>, literal: number): boolean {
  const { callee, args, mode } = call
  if (callee.k === 'value' && callee.v.k === 'lit' && callee.v.fn === literal) return mode !== 'defer'
  return args.some((arg, i) => arg.k === 'lit' && arg.fn === literal && /^(now|spawn)$/.test(fateOf(call, i).how))
}

/** maps.Copy and maps.DeleteFunc have their methods; other functions of the standard library that read the map get a copy. */
function given(scene: Scene, touch: Touch, ev: AccEv, company: Company): AtomicSite | Refusal {
  const no = (reason: string): Refusal => refuse(at(scene, touch.span), reason)
  const { callee = '', arg = -1 } = ev
  const method = METHODS.get(callee)
  if (callee === 'maps.Clone') return asCall(scene, touch, ev, 'Snapshot') ?? snapshot(scene, ev)
  if (method !== undefined && arg === 0) {
    if (company === 'shared' && !scene.atomic.has('lock')) return no(`${callee} changes several keys in one step`)
    return asCall(scene, touch, ev, method) ?? no('the call cannot be taken apart')
  }
  const effect = stdEffect(callee)
  if (effect === undefined) return no('the map itself is passed on')
  const reads =
    (effect.maps[arg] ?? effect.rest) === 'read' && !effect.stores.includes(arg) && !effect.spawns.includes(arg)
  return reads ? snapshot(scene, ev) : no(`${callee.replace(/^.*\//, '')} may change it`)
}

const METHODS: ReadonlyMap<string, AtomicMethod> = new Map([
  ['maps.Copy', 'Copy'],
  ['maps.DeleteFunc', 'DeleteFunc'],
])

/** maps.Copy(m, from) → m.Copy(from), maps.Clone(m) → m.Snapshot() */
function asCall(scene: Scene, touch: Touch, ev: AccEv, method: AtomicMethod): AtomicSite | Refusal | null {
  const { page } = scene
  const call = touch.spot.place.stmt.e.find(
    (one) => one.k === 'call' && one.argSpans[0]?.[0] === ev.x[0] && one.argSpans[0][1] === ev.x[1],
  )
  if (call?.k !== 'call' || call.argSpans.length > 2 || call.spread === true) return null
  const inside: Stmt[] = [{ k: 'expr', span: call.span, e: [call] }]
  if (method === 'DeleteFunc') {
    const { blocked } = judge(scene, inside)
    if (blocked) return blocked
  }
  const second = call.argSpans[1]
  const unnamed = /^([\p{L}_][\p{L}\p{N}_]*)\.\w+$/u.exec(page.slice(call.fun))?.[1]
  const head: Span = [call.span[0], ev.x[0]]
  const tail: Span = [ev.x[1], second?.[0] ?? call.span[1]]
  if (unnamed === undefined || !/^\s*\(\s*$/.test(page.slice([call.fun[1], ev.x[0]]))) return null
  if (!(second === undefined ? /^[\s,]*\)$/ : /^\s*,\s*$/).test(page.slice(tail))) return null
  const text = `.${method}(${second === undefined ? ')' : ''}`
  return { methods: [method], edits: [page.replace(head, ''), page.replace(tail, text)], unnamed, inside }
}
