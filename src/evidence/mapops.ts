/** The runtime's functions for maps: what each does to one. Names of Go 1.18 to 1.26. */
import { type Frame, plainFunction } from './frames.js'

export type MapOp = 'read' | 'assign' | 'delete' | 'clear' | 'range' | 'make' | 'clone'

/**
 * What a frame does to a map; null for any other. Since 1.24 the work is done in internal/runtime/maps, under names of its own; those that tell
 * neither reading nor writing by themselves (growing, probing) are written to, since only writes grow.
 */
export function mapOp({ func }: Pick<Frame, 'func'>): MapOp | null {
  const name = plainFunction(func)
  const [, plain] = /^(?:runtime\.|internal\/runtime\/maps\.(?:runtime_)?|reflect\.)(\w+)$/.exec(name) ?? []
  if (plain !== undefined) return byName(plain)
  const [, type = '', method = ''] =
    /^internal\/runtime\/maps\.\(\*(Map|table|Iter|groupReference|ctrlGroup)\)\.(\w+)/.exec(name) ?? []
  if (type === '') return null
  if (type === 'Iter') return 'range'
  if (/^(Get|get)/.test(method)) return 'read'
  if (/^(Delete|delete)/.test(method)) return 'delete'
  if (/^(Clear|clear)/.test(method)) return 'clear'
  return type === 'Map' || type === 'table' ? 'assign' : null
}

function byName(name: string): MapOp | null {
  if (/^mapaccess/.test(name)) return 'read'
  if (/^mapassign/.test(name)) return 'assign'
  if (/^mapdelete/.test(name)) return 'delete'
  if (/^mapclear/.test(name)) return 'clear'
  if (/^mapiter|^mapIter/.test(name)) return 'range'
  if (/^makemap|^NewMap|^NewEmptyMap|^newMap/.test(name)) return 'make'
  if (/^mapclone/.test(name)) return 'clone'
  if (/^(?:hashGrow|growWork|growWork_fast\w+|evacuate|evacuate_fast\w+|newTable|newGroups|newarray_maps)$/.test(name))
    return 'assign'
  return null
}

/** Where the user's code touches a map: the runtime's function for it that is outermost, and the frames from the one that calls it outwards. */
export function mapUse(stack: readonly Frame[]): { readonly op: MapOp | null; readonly from: readonly Frame[] } {
  const outermost = stack.findLastIndex((frame) => mapOp(frame) !== null)
  const frame = stack[outermost]
  return frame === undefined
    ? { op: null, from: stack.slice(stack.findIndex((f) => !isPlumbing(f))) }
    : { op: mapOp(frame), from: stack.slice(outermost + 1) }
}

/** What the runtime puts on top of a stack when it ends the program, or stops a goroutine. */
function isPlumbing({ func }: Frame): boolean {
  return /^(?:runtime|internal\/runtime\/\w+)\./.test(func)
}
