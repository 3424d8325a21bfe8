/** The places of a function where it touches the maps of a group: its own accesses, and calls of functions that touch them. */
import { staticCallees } from '../analysis/funcvalues.js'
import { type CallEv, type Fn, objectAt, type Program, pathAt, typeAt, underlying } from '../analysis/program.js'
import type { Ev, PackageFacts, Span, TypeRef } from '../facts.js'
import type { Access, Range, SharedMap } from '../types.js'
import { type Lifted, valueFor } from './lifted.js'
import { localUses } from './locals.js'
import type { Reach } from './reach.js'
import { contains, eventsOf, type FuncTree, funcTree, type Spot } from './tree.js'

export interface Touch {
  readonly kind: 'access' | 'call'
  readonly map: SharedMap
  /** Of kind 'access'. */
  readonly access: Access | null
  readonly ev: Ev
  readonly spot: Spot
  readonly span: Span
  readonly write: boolean
  /** Kind 'access': it has to be put under the lock. A call needs nothing: its function takes the lock. */
  readonly needs: boolean
  /** What tells the key apart: its text and the locals named in it; "" where no single key is touched. */
  readonly key: string
  /** What tells apart the object that holds the map; "" for variables, and for accesses through an alias. */
  readonly instance: string
  /** Of kind 'call': the paths of its receiver and arguments, as `instance` has them. */
  readonly objects: readonly string[]
  /** Of kind 'call': its function runs under the lock of its callers; `object` is what holds the map there, null if that has no name. */
  readonly lifted: { readonly by: Lifted; readonly object: string | null } | null
  /** What is looked up here is written through (m[k].n++, r.n++ where r is m[k]): a read lock is not enough for that. */
  readonly changes: boolean
  /** What is looked up is changed in place somewhere (m[k][i] = v): a lookup alone is not enough to have the lock for. */
  readonly pinned: boolean
}

/** The touches of a function, in the order of evaluation. `needs` says which of its accesses lack the lock. */
export function touchesOf(
  program: Program,
  fn: Fn,
  maps: readonly SharedMap[],
  reach: Reach,
  needs: (access: Access) => boolean,
  text: (range: Range) => string,
): Touch[] {
  const tree = funcTree(fn)
  const found: Touch[] = []
  for (const map of maps) {
    for (const access of distinct(map.accesses.filter(({ func }) => func === fn.facts))) {
      const spot = tree.spots.get(access.event)
      if (spot === undefined) continue
      found.push({
        kind: 'access',
        map,
        access,
        ev: access.event,
        spot,
        span: [access.range.start, access.range.end],
        write: access.write || writesElement(tree, access.event),
        needs: needs(access),
        key: keyOf(fn, access, text),
        instance: access.alias ? '' : instanceOf(fn, access),
        objects: [],
        lifted: null,
        changes: changesPointee(tree, access.event),
        pinned: pinned(program, map),
      })
    }
  }
  for (const ev of eventsOf(fn.facts.stmts)) {
    if (ev.k !== 'call') continue
    const spot = tree.spots.get(ev)
    if (spot === undefined) continue
    for (const map of maps) {
      const mode = reach.call(program, fn, ev, map)
      if (mode === undefined) continue
      const instance = instanceOfCall(program, fn, ev, map)
      found.push(callTouch(fn, map, ev, spot, mode === 'write', instance, keyOfCall(program, fn, ev, map)))
    }
  }
  return found.sort((a, b) => a.spot.order - b.spot.order)
}

function callTouch(
  fn: Fn,
  map: SharedMap,
  ev: CallEv,
  spot: Spot,
  write: boolean,
  instance: string,
  key: string,
): Touch {
  return {
    kind: 'call',
    map,
    access: null,
    ev,
    spot,
    span: ev.span,
    write,
    needs: false,
    key,
    instance,
    objects: [ev.recv, ...ev.args].flatMap((v) => (v?.k === 'path' ? [pathAt(fn.pkg, v.p).join('/')] : [])),
    lifted: null,
    changes: false,
    pinned: false,
  }
}

function keyOf(fn: Fn, access: Access, text: (range: Range) => string): string {
  const { event } = access
  if (event.k !== 'acc' || event.key === undefined) return ''
  const [start, end] = event.key
  const refs = [...localUses(fn.pkg, fn.facts.file).within(event.key)].sort((a, b) => a - b)
  return `${text({ file: access.operand.file, start, end }).replace(/\s+/g, ' ')}\n${refs.join(',')}`
}

/** The variable that the call gives for the key, as keyOf has it, where its function touches the map at one of its parameters alone; else "". */
function keyOfCall(program: Program, fn: Fn, ev: CallEv, map: SharedMap): string {
  const [callee, ...others] = staticCallees(program, ev)
  if (callee === undefined || others.length > 0) return ''
  const keys = new Set(
    map.accesses
      .filter(({ func }) => func === callee.facts)
      .map(({ event }) => (event.k === 'acc' && event.key !== undefined ? event.key : null))
      .map((span) => parameterAt(callee, span)),
  )
  const [parameter] = keys
  if (keys.size !== 1 || parameter == null) return ''
  const value = valueFor(callee, ev, parameter)
  const [root, ...steps] = value?.k === 'path' ? pathAt(fn.pkg, value.p) : []
  return typeof root === 'number' && steps.length === 0 ? `${objectAt(fn.pkg, root).name}\n${root}` : ''
}

/** The parameter that stands there, and nothing besides it. */
function parameterAt({ pkg, facts }: Fn, span: Span | null): number | null {
  const [only, ...others] = span === null ? [] : [...localUses(pkg, facts.file).within(span)]
  if (span === null || only === undefined || others.length > 0 || !facts.params.includes(only)) return null
  return objectAt(pkg, only).name.length === span[1] - span[0] ? only : null
}

/** The path to the map without what comes after it, as one string. */
function instanceOf(fn: Fn, access: Access): string {
  const { event } = access
  if (event.k !== 'acc') return ''
  const path = pathAt(fn.pkg, event.p)
  return path.slice(0, path.length - access.depth).join('/')
}

/** "via ?" where it is not known; a package variable is one object, which functions that use it themselves stand for. */
function instanceOfCall(program: Program, fn: Fn, ev: CallEv, map: SharedMap): string {
  if (ev.recv?.k === 'path') return `via ${pathAt(fn.pkg, ev.recv.p).join('/')}`
  const callees = staticCallees(program, ev)
  const accessor = callees.every(({ facts }) => map.accesses.some(({ func }) => func === facts))
  return map.kind === 'variable' && callees.length > 0 && accessor ? '' : 'via ?'
}

/** One access an event: of several ways to see it, one that is not exclusive. */
function distinct(accesses: readonly Access[]): Iterable<Access> {
  const found = new Map<Ev, Access>()
  for (const access of accesses) {
    const known = found.get(access.event)
    if (known === undefined || (known.exclusive && !access.exclusive)) found.set(access.event, access)
  }
  return found.values()
}

/** Whether the program changes the elements of the map's slices in place. */
export function pinned(program: Program, map: SharedMap): boolean {
  const known = pins.get(map)
  if (known !== undefined) return known
  const found = map.accesses.some((access) => {
    const fn = access.exclusive ? undefined : program.fns(access.pkg).find((at) => at.facts === access.func)
    return fn !== undefined && writesElement(funcTree(fn), access.event)
  })
  pins.set(map, found)
  return found
}

const pins = new WeakMap<SharedMap, boolean>()

/** m[k][i] = v, m[k][i]++ where m[k] is a slice. */
export function writesElement(tree: FuncTree, event: Ev): boolean {
  if (event.k !== 'acc' || event.op !== 'lookup') return false
  const stmt = tree.spots.get(event)?.place.stmt
  const under = underlying(tree.fn.pkg, event.t)
  if (stmt === undefined || under.elem === undefined || kindOf(tree.fn.pkg, under.elem) !== 'slice') return false
  const target = stmt.k === 'assign' ? stmt.lhs : stmt.k === 'incdec' ? [stmt.span] : []
  return target.some((lhs) => lhs[0] === event.span[0] && event.span[1] < lhs[1])
}

const LOOKS: ReadonlySet<string> = new Set(['lookup', 'lookup2', 'range'])

/** m[k].n = v, *m[k] = v, and the same through a local that the lookup or range defines. */
export function changesPointee(tree: FuncTree, event: Ev): boolean {
  if (event.k !== 'acc' || !LOOKS.has(event.op)) return false
  const stmt = tree.spots.get(event)?.place.stmt
  const { pkg, facts } = tree.fn
  const under = underlying(pkg, event.t)
  if (stmt === undefined || under.elem === undefined || !/^(pointer|slice)$/.test(kindOf(pkg, under.elem))) return false
  const targets = stmt.k === 'assign' ? stmt.lhs : stmt.k === 'incdec' ? [stmt.span] : []
  const { span } = event
  if (targets.some((lhs) => contains(lhs, span) && (lhs[0] < span[0] || lhs[1] > span[1]))) return true
  const defined = new Set(stmt.k === 'assign' || stmt.k === 'range' ? (stmt.def ?? []) : [])
  return eventsOf(facts.stmts).some((ev) => {
    if (ev.k !== 'set') return false
    const [root, ...rest] = pathAt(pkg, ev.to)
    return typeof root === 'number' && defined.has(root) && (rest.length > 0 || ev.star === true)
  })
}

function kindOf(pkg: PackageFacts, ref: TypeRef): string {
  const type = typeAt(pkg, ref)
  return type.under === undefined ? type.kind : typeAt(pkg, type.under).kind
}
