/** The map under a second name, in another variable or field, where no lock of the first one guards it. */
import { type Fn, objectAt, type Program, pathAt } from '../analysis/program.js'
import type { Ev, ObjectFacts, PathRef, Span } from '../facts.js'
import type { Access, Refusal, SharedMap } from '../types.js'
import { isMaking } from './alone.js'
import { refuse } from './pass.js'
import { pinned } from './touches.js'
import { anchorOf, contains, eventsOf, type FuncTree, funcTree } from './tree.js'

type AccessEv = Extract<Ev, { k: 'acc' }>

export interface SecondNames {
  readonly refusal: Refusal | null
  /** Accesses that hand the map to a second name which does no harm. */
  readonly fine: ReadonlySet<Access>
}

/**
 * other.m = s.m, last = s.m: refused, for either map. Locals of the function are followed as the map; a map that the statements after it
 * replace (s.old = s.m; s.m = make(…)) was moved, and has not got another name. Where nobody changes what is in the map under any of its
 * names, once others may look (b.targets = config.Targets), the second name does no harm: each lock guards its own variable.
 */
export function secondNames(program: Program, map: SharedMap, maps: readonly SharedMap[]): SecondNames {
  const links = linksOf(program, map, maps)
  const stored = links.filter((link) => !link.moved && isStored(link, maps))
  const fixed = links.length > 0 && isFixed(program, map, maps)
  const [first] = stored
  return {
    refusal: first === undefined || fixed ? null : refuse(first.access.range, 'the map itself is stored here'),
    fine: new Set(fixed ? links.map(({ access }) => access) : []),
  }
}

/** The map has one more name: the other end's key, "" where it is none that could be looked up. */
interface Link extends End {
  readonly access: Access
  readonly moved: boolean
}

/** func() { registry = old }, where old := registry before: the variable gets back what was taken out of it, and old is nothing else's name. */
export function isGivenBack(program: Program, map: SharedMap, { pkg, func, event }: Access): boolean {
  const fn = program.fns(pkg).find(({ facts }) => facts === func)
  const stmt = fn && funcTree(fn).spots.get(event)?.place.stmt
  if (map.kind !== 'variable' || fn === undefined || stmt === undefined || event.k !== 'acc') return false
  return eventsOf([stmt]).some(
    (ev) =>
      ev.k === 'acc' &&
      ev.op === 'replace' &&
      ev.val !== undefined &&
      isSame(ev.val, event.span) &&
      keyOf(fn, ev.p) === map.object.key,
  )
}

/** Assigned; or set in T{m: s.m}, or from a local, where what the other map holds is seen to change: that map is refused itself. */
function isStored({ access, other, to, local }: Link, maps: readonly SharedMap[]): boolean {
  if (access.op === 'init' || (to && local)) {
    const from = maps.find(({ object }) => object.key === other)
    return from?.accesses.some((one) => changesContents(one) && !one.exclusive) === true
  }
  return access.op === 'replace' || useOf(access) === 'assign'
}

function linksOf(program: Program, map: SharedMap, maps: readonly SharedMap[]): Link[] {
  return map.accesses.flatMap((access) => {
    if (access.inTest || access.func.test || access.depth > 0) return []
    const fn = program.fns(access.pkg).find(({ facts }) => facts === access.func)
    const tree = fn && funcTree(fn)
    const link = tree && linkAt(tree, access, (read) => heldBy(read, map, maps))
    return link ? [{ ...link, access, moved: isMoved(tree, link, map) }] : []
  })
}

/** Whether all that has the map by some name is known, and none of it changes what is in it, but while it makes it. */
function isFixed(program: Program, map: SharedMap, maps: readonly SharedMap[]): boolean {
  const seen = new Set([map])
  for (const one of seen) {
    if (pinned(program, one)) return false
    const links = linksOf(program, one, maps)
    const ends = new Set(links.map(({ access }) => access))
    const leaves = one.escapes.some(({ at }) => !links.some(({ access }) => isAt(access, at)))
    const handed = one.accesses.some((access) => !ends.has(access) && !access.inTest && KEPT.has(useOf(access)))
    if (changes(program, one, links) || leaves || handed) return false
    for (const { other } of links) {
      const next = maps.find(({ object }) => object.key === other)
      if (next === undefined) return false
      seen.add(next)
    }
  }
  return true
}

/** What becomes of a map that is not followed. */
const KEPT: ReadonlySet<string> = new Set(['send', 'element', 'interface', 'convert', 'capture', 'other'])

function changes(program: Program, { accesses }: SharedMap, links: readonly Link[]): boolean {
  return accesses.some((access) => changesContents(access) && !isBefore(program, access, links))
}

function changesContents({ write, op, depth, inTest, func }: Access): boolean {
  return write && op !== 'init' && !(op === 'replace' && depth === 0) && !inTest && !func.test
}

/** In a function that makes the object that holds the map, and gives the map to nobody. */
function isBefore(program: Program, access: Access, links: readonly Link[]): boolean {
  const gives = links.some((link) => link.access.func === access.func)
  return access.exclusive && !gives && isMaking(program, access)
}

function isAt({ range }: Access, at: Access['range']): boolean {
  return range.file === at.file && range.start === at.start && range.end === at.end
}

function useOf({ event }: Access): string {
  return event.k === 'acc' ? (event.use ?? '') : ''
}

interface End {
  readonly read: AccessEv
  readonly other: string
  /** The map is what is given the value. */
  readonly to: boolean
  /** The value comes from a local that holds the map. */
  readonly local: boolean
}

/** The read of a variable or field that a statement gives to another one, and that other end, where the access is either of them. */
function linkAt(tree: FuncTree, { event, op }: Access, held: (read: AccessEv) => string | null): End | null {
  const stmt = tree.spots.get(event)?.place.stmt
  if (stmt === undefined || event.k !== 'acc') return null
  const { fn } = tree
  const events = eventsOf([stmt])
  if (op === 'replace' || op === 'init') {
    const { val } = event
    const read = events.find((ev): ev is AccessEv => ev.k === 'acc' && val !== undefined && isSame(ev.span, val))
    if (read === undefined || !GIVEN.has(read.use ?? '') || isLocal(fn, event.p)) return null
    const local = isLocal(fn, read.p)
    // What callers give is theirs: they are asked about their own map.
    const other = local ? (kindOf(fn, read.p) === 'local' ? held(read) : null) : keyOf(fn, read.p)
    return other === null ? null : { read, other, to: true, local }
  }
  if (op !== 'read' || !GIVEN.has(event.use ?? '')) return null
  const alias = isLocal(fn, event.p)
  const own = textOf(fn, event.p)
  for (const ev of events) {
    if (ev.k === 'set' && ev.v.k === 'path' && textOf(fn, ev.v.p) === own && !isLocal(fn, ev.to))
      return { read: event, other: keyOf(fn, ev.to), to: false, local: alias }
    const to = ev.k === 'acc' && (ev.op === 'replace' || ev.op === 'init') ? ev : undefined
    // A local that is set again is not followed.
    if (
      to?.val !== undefined &&
      contains(to.val, event.span) &&
      ((to.op === 'replace' && !alias) || !isLocal(fn, to.p))
    )
      return {
        read: event,
        other: isSame(to.val, event.span) && !isLocal(fn, to.p) ? keyOf(fn, to.p) : '',
        to: false,
        local: alias,
      }
  }
  return null
}

/** The other map that a local holds where it is read. */
function heldBy(read: AccessEv, map: SharedMap, maps: readonly SharedMap[]): string | null {
  const source = maps.find((one) => one !== map && one.accesses.some(({ event, alias }) => alias && event === read))
  return source?.object.key ?? null
}

const GIVEN: ReadonlySet<string> = new Set(['assign', 'element'])

function isSame(a: Span, b: Span): boolean {
  return a[0] === b[0] && a[1] === b[1]
}

/** The key of the variable or field at the end of a path; "" where that is an element. */
function keyOf({ pkg }: Fn, ref: PathRef): string {
  const last = pathAt(pkg, ref).at(-1)
  return typeof last === 'number' ? objectAt(pkg, last).key : ''
}

function isLocal(fn: Fn, ref: PathRef): boolean {
  const kind = kindOf(fn, ref)
  return kind !== null && kind !== 'package' && kind !== 'field'
}

/** What the path is, if it is nothing but a variable. */
function kindOf({ pkg }: Fn, ref: PathRef): ObjectFacts['kind'] | null {
  const [root, ...steps] = pathAt(pkg, ref)
  return typeof root !== 'number' || steps.length > 0 ? null : objectAt(pkg, root).kind
}

/** Whether the statements that follow in the same list replace what was read; of what a local has taken, whether the function does. */
function isMoved({ fn, spots }: FuncTree, { read, other, to }: End, { object }: SharedMap): boolean {
  const place = spots.get(read)?.place
  if (place === undefined) return false
  if (isLocal(fn, read.p)) {
    const isReplaced = (ev: Ev): boolean =>
      ev.k === 'acc' && ev.op === 'replace' && keyOf(fn, ev.p) === (to ? other : object.key)
    return eventsOf(fn.facts.stmts).some(isReplaced)
  }
  const { list, index } = anchorOf(place)
  const own = textOf(fn, read.p)
  return list.stmts
    .slice(index)
    .some(({ e }) => e.some((ev) => ev.k === 'acc' && ev.op === 'replace' && textOf(fn, ev.p) === own))
}

function textOf(fn: Fn, ref: PathRef): string {
  return pathAt(fn.pkg, ref).join('/')
}
