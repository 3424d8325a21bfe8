/** Types as one file can write them. */
import { typeAt } from '../analysis/program.js'
import type { PackageFacts, TypeRef } from '../facts.js'

/** The type's text, with the names under which the file imports the packages of it; null if it does not import one of them. */
export function typeText(pkg: PackageFacts, file: number, ref: TypeRef): string | null {
  const type = typeAt(pkg, ref)
  if (type.kind === 'tuple' || type.text.includes('untyped ') || type.text.includes('invalid type')) return null
  const written = new Map<string, string | null>()
  for (const [text, path] of qualified(pkg, ref)) {
    const [own = '', name = ''] = text.split('.')
    const found = pkg.files[file]?.imports.find((one) => one.path === path && one.name !== '_')
    const local = found === undefined ? null : found.name === '.' ? name : `${found.name || own}.${name}`
    // Two packages of one name, whose types have one name too: the text does not tell which is which.
    written.set(text, written.has(text) && written.get(text) !== local ? null : local)
  }
  let known = true
  const text = type.text.replace(QUALIFIED, (one) => {
    const local = written.get(one) ?? null
    known &&= local !== null
    return local ?? one
  })
  return known ? text : null
}

const QUALIFIED = /(?<![\p{L}\p{N}_.])[\p{L}_][\p{L}\p{N}_]*\.[\p{L}_][\p{L}\p{N}_]*/gu

/** The types of other packages that the type's text names, "http.Handler", with the paths of their packages. */
function qualified(pkg: PackageFacts, ref: TypeRef, seen: Set<TypeRef> = new Set()): [text: string, path: string][] {
  if (seen.has(ref)) return []
  seen.add(ref)
  const type = typeAt(pkg, ref)
  const inside = [type.key, type.elem, ...(type.args ?? []), ...(type.params ?? []), ...(type.elems ?? [])]
  const fields = (type.fields ?? []).map((field) => field.type)
  const below = [...inside, ...(type.kind === 'struct' ? fields : [])].flatMap((at) =>
    at === undefined ? [] : qualified(pkg, at, seen),
  )
  const [own] = type.kind === 'named' ? (type.text.match(QUALIFIED) ?? []) : []
  const path = type.name?.slice(0, type.name.lastIndexOf('.'))
  const isOwn = own !== undefined && path !== undefined && type.text.startsWith(own)
  return isOwn ? [[own, path], ...below] : below
}

/** Whether a package's (or file's) language version, "go1.22" or "1.22", is at least 1.`minor`; none counts as new. */
export function atLeast(go: string, minor: number): boolean {
  const found = /^(?:go)?1\.(\d+)/.exec(go)
  return found === null || Number(found[1]) >= minor
}
