/** The map under a second name, in another variable or field, where no lock of the first one guards it. */
import { type Fn, objectAt, type Program, pathAt } from '../analysis/program.js'
import type { Ev, PathRef } from '../facts.js'
import type { Access, Refusal, SharedMap } from '../types.js'
import { refuse } from './pass.js'
import { anchorOf, contains, eventsOf, type FuncTree, funcTree } from './tree.js'

type AccessEv = Extract<Ev, { k: 'acc' }>

/**
 * other.m = s.m, last = s.m: refused, for either map. Locals of the function are followed as the map; a map that the statements after it
 * replace (s.old = s.m; s.m = make(…)) was moved, and has not got another name.
 */
export function refuseSecondName(program: Program, map: SharedMap): Refusal | null {
  for (const access of map.accesses) {
    if (access.exclusive || access.inTest || access.depth > 0) continue
    const fn = program.fns(access.pkg).find(({ facts }) => facts === access.func)
    const tree = fn && funcTree(fn)
    const given = tree && givenBy(tree, access)
    if (given && !isMoved(tree, given)) return refuse(access.range, 'the map itself is stored here')
  }
  return null
}

/** The read of a variable or field that the assignment of the access gives to another one; null if it is none. */
function givenBy(tree: FuncTree, { event, op }: Access): AccessEv | null {
  const stmt = tree.spots.get(event)?.place.stmt
  if (stmt === undefined || event.k !== 'acc' || (op !== 'read' && op !== 'replace')) return null
  const events = eventsOf([stmt])
  if (op === 'replace') {
    const { val } = event
    const from = events.find(
      (ev): ev is AccessEv => ev.k === 'acc' && val !== undefined && ev.span[0] === val[0] && ev.span[1] === val[1],
    )
    return from?.use === 'assign' && !isLocal(tree.fn, from.p) ? from : null
  }
  if (event.use !== 'assign' || isLocal(tree.fn, event.p)) return null
  const own = textOf(tree.fn, event.p)
  const stored = events.some(
    (ev) =>
      (ev.k === 'set' && ev.v.k === 'path' && textOf(tree.fn, ev.v.p) === own && !isLocal(tree.fn, ev.to)) ||
      (ev.k === 'acc' && ev.op === 'replace' && ev.val !== undefined && contains(ev.val, event.span)),
  )
  return stored ? event : null
}

function isLocal(fn: Fn, ref: PathRef): boolean {
  const [root, ...steps] = pathAt(fn.pkg, ref)
  if (typeof root !== 'number' || steps.length > 0) return false
  const { kind } = objectAt(fn.pkg, root)
  return kind !== 'package' && kind !== 'field'
}

/** Whether the statements that follow in the same list replace what was read. */
function isMoved({ fn, spots }: FuncTree, read: AccessEv): boolean {
  const place = spots.get(read)?.place
  if (place === undefined) return false
  const { list, index } = anchorOf(place)
  const own = textOf(fn, read.p)
  return list.stmts
    .slice(index)
    .some(({ e }) => e.some((ev) => ev.k === 'acc' && ev.op === 'replace' && textOf(fn, ev.p) === own))
}

function textOf(fn: Fn, ref: PathRef): string {
  return pathAt(fn.pkg, ref).join('/')
}
