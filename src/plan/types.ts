/** Types as one file can write them. */
import { typeAt } from '../analysis/program.js'
import type { PackageFacts, TypeRef } from '../facts.js'

/** The type's text, if every package that it names is imported in the file under that name; else null. */
export function typeText(pkg: PackageFacts, file: number, ref: TypeRef): string | null {
  const type = typeAt(pkg, ref)
  if (type.kind === 'tuple' || type.text.includes('untyped ') || type.text.includes('invalid type')) return null
  const imported = new Set(
    (pkg.files[file]?.imports ?? []).map(({ path, name }) => name || (path.split('/').at(-1) ?? path)),
  )
  for (const [, qualifier] of type.text.matchAll(/\b([\p{L}_][\p{L}\p{N}_]*)\.[\p{L}_]/gu)) {
    if (qualifier !== undefined && !imported.has(qualifier)) return null
  }
  return type.text
}

/** Whether a package's (or file's) language version, "go1.22" or "1.22", is at least 1.`minor`; none counts as new. */
export function atLeast(go: string, minor: number): boolean {
  const found = /^(?:go)?1\.(\d+)/.exec(go)
  return found === null || Number(found[1]) >= minor
}
