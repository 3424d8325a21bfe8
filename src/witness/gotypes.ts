/** Types as a test of their package writes them. */
import { typeAt } from '../analysis/program.js'
import type { PackageFacts, TypeRef } from '../facts.js'

/** The package whose tables the types index, and what its type parameters stand for in the test: "K" → "string". */
export interface Typing {
  readonly pkg: PackageFacts
  readonly given: ReadonlyMap<string, string>
}

/** The type's text. */
export function typeText(typing: Typing, ref: TypeRef): string {
  const type = typeAt(typing.pkg, ref)
  const { given } = typing
  if (given.size === 0) return type.text
  const of = (inner: TypeRef | undefined): string => (inner === undefined ? '' : typeText(typing, inner))
  const list = (refs: readonly TypeRef[] = []): string => refs.map(of).join(', ')
  switch (type.kind) {
    case 'typeparam':
      return given.get(type.text) ?? type.text
    case 'pointer':
      return `*${of(type.elem)}`
    case 'slice':
      return `[]${of(type.elem)}`
    case 'array':
    case 'chan':
      return `${/^(\[\d+\]|<-chan |chan<- |chan )/.exec(type.text)?.[0] ?? ''}${of(type.elem)}`
    case 'map':
      return `map[${of(type.key)}]${of(type.elem)}`
    case 'named':
      return type.args?.length ? `${type.text.replace(/\[.*$/s, '')}[${list(type.args)}]` : type.text
    case 'func': {
      const params = (type.params ?? []).map((p, i, all) =>
        type.variadic && i === all.length - 1 ? `...${of(p).slice(2)}` : of(p),
      )
      return `func(${params.join(', ')}) (${list(type.elems)})`
    }
    default:
      return type.text
  }
}

/** Import paths of the packages that the text names. */
export function importsOf({ pkg }: Typing, ref: TypeRef, seen = new Set<TypeRef>()): string[] {
  if (seen.has(ref)) return []
  seen.add(ref)
  const type = typeAt(pkg, ref)
  const inner = [type.key, type.elem, ...(type.args ?? []), ...(type.params ?? []), ...(type.elems ?? [])]
  const own = type.kind === 'named' ? pathOf(type.name ?? '') : ''
  const others = type.kind === 'typeparam' ? [] : inner.filter((t) => t !== undefined)
  return [
    ...(own === '' || own === pkg.path ? [] : [own]),
    ...others.flatMap((t) => importsOf({ pkg, given: new Map() }, t, seen)),
  ]
}

/** The import path in the key of a type, "" where it has none: "net/http" of "net/http.Request". */
function pathOf(key: string): string {
  const slash = key.lastIndexOf('/')
  const dot = key.indexOf('.', slash + 1)
  return dot < 0 ? '' : key.slice(0, dot)
}

/** Whether the test can write the type: it is not local to a function, nor another package's own. */
export function isNameable(pkg: PackageFacts, ref: TypeRef): boolean {
  const type = typeAt(pkg, ref)
  if (type.elem !== undefined && type.kind !== 'named') return isNameable(pkg, type.elem)
  if (type.kind !== 'named' || !type.name) return true
  const path = pathOf(type.name)
  const name = type.name.slice(path === '' ? 0 : path.length + 1)
  if (name.includes('.')) return false
  return path === '' || path === pkg.path || name.charAt(0) !== name.charAt(0).toLowerCase()
}
