/** Which accesses in the source can be what a party of a race did. */
import type { Party } from '../evidence/incidents.js'
import type { MapOp } from '../evidence/mapops.js'
import type { AccessOp } from '../facts.js'
import type { Access } from '../types.js'

/** What the compiler calls the runtime for. */
const BY_OP: Readonly<Record<MapOp, readonly AccessOp[]>> = {
  // With the race detector m[k] += v reads, then assigns; so do /= and %= without. (cmd/compile, walk/order.go)
  read: ['lookup', 'lookup2', 'update'],
  // Else m[k] += v is one call that gives the place of the entry.
  assign: ['assign', 'update'],
  delete: ['delete'],
  // A loop that deletes every key is compiled as clear.
  clear: ['clear', 'delete', 'range'],
  range: ['range'],
  clone: ['read'],
  make: [],
}
const CHANGES: readonly AccessOp[] = ['assign', 'update', 'delete', 'clear']
/** Without a call of the runtime: the variable, the header's count, or the entry once its place is known. */
const PLAIN_READS: readonly AccessOp[] = [
  'lookup',
  'lookup2',
  'len',
  'range',
  'nil',
  'read',
  'update',
  'assign',
  'delete',
]
const PLAIN_WRITES: readonly AccessOp[] = ['assign', 'update', 'replace', 'addr']

/**
 * Whether an access can be what a party did. `lent`: between the access and the runtime stand functions of other packages, which were given
 * the map (maps.Clone, json.Marshal).
 */
export function explains({ kind, op, contents }: Party, access: Access, lent: boolean): boolean {
  if (lent) return access.op === 'read' || access.op === 'range' || access.op === 'addr'
  if (op !== null) return BY_OP[op].includes(access.op)
  if (contents) return CHANGES.includes(access.op)
  return (kind === 'write' ? PLAIN_WRITES : PLAIN_READS).includes(access.op)
}
