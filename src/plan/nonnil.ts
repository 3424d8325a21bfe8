/** Whether a map is made before anything is written to it. */
import { type Program, typeAt } from '../analysis/program.js'
import type { PackageFacts, TypeRef } from '../facts.js'
import type { SharedMap } from '../types.js'

/** Every value that the program gives the map is a fresh map, and no zero value of what holds it is in sight. */
export function alwaysMade(program: Program, map: SharedMap): boolean {
  const given = map.accesses.filter(
    ({ op, alias, depth }) => (op === 'init' || op === 'replace') && !alias && depth === 0,
  )
  const fresh = given.every(({ event }) => event.k === 'acc' && event.v?.k === 'fresh')
  if (!fresh || !given.some(({ op }) => op === 'init')) return false
  const { owner } = map.object
  return owner === undefined || !program.packages.some((pkg) => holdsZero(pkg, owner))
}

/** A variable, field or element whose zero value has a zero value of the owner in it, or new(T). */
function holdsZero(pkg: PackageFacts, owner: string): boolean {
  const inside = (ref: TypeRef, depth: number): boolean => {
    const type = typeAt(pkg, ref)
    if (depth > 6) return true
    if (type.kind === 'named') return type.name === owner
    if (type.kind === 'array' || type.kind === 'slice' || type.kind === 'map' || type.kind === 'chan')
      return type.elem !== undefined && inside(type.elem, depth + 1)
    return type.kind === 'struct' && (type.fields ?? []).some((field) => inside(field.type, depth + 1))
  }
  const declared = pkg.objects.some((object) => {
    const holds = object.kind !== 'param' && object.kind !== 'receiver' && inside(object.type, 0)
    const made = object.decl?.form === 'define' && typeAt(pkg, object.type).kind === 'named'
    return holds && !made
  })
  return declared
}
