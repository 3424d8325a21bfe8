/** Adding and removing an import of one file, placed as gofmt and goimports would have it. */
import type { FileFacts, Span } from '../facts.js'
import type { TextEdit } from '../types.js'
import { freshName } from './names.js'

/** The edits that make a package usable in a file (none if it is imported), and the name it then has there. */
export interface Imported {
  readonly edits: readonly TextEdit[]
  readonly name: string
}

type Spec = FileFacts['imports'][number]
type Decl = FileFacts['importDecls'][number]

/**
 * Imports `path` in a file: under the name of an import that is there (blank and dot imports don't count), else in sorted
 * place among the standard library's imports, else beside the only import, else after the package clause.
 * `taken`: names that must not be the import's in this file (package scope, other imports, locals where it is used);
 * it then gets another name. Offsets of `file` are those of `text`.
 */
export function importEdits(
  file: FileFacts,
  text: string,
  path: string,
  taken: ReadonlySet<string> = new Set(),
): Imported {
  const existing = file.imports.find((spec) => spec.path === path && isNamed(spec) && !taken.has(localName(spec)))
  if (existing !== undefined) return { edits: [], name: localName(existing) }
  const own = packageName(path)
  const others = file.imports.filter(isNamed).map(localName)
  const name = freshName(new Set([...taken, ...others]), [own, `std${own}`, `go${own}`])
  const literal = name === own ? `"${path}"` : `${name} "${path}"`
  const place = placeFor(file, text, path)
  const edit =
    place.kind === 'block' ? intoBlock(place, text, path, literal) : asDeclaration(place, file, text, path, literal)
  return { edits: [{ file: file.path, ...edit }], name }
}

/**
 * Removes the import of `path` (blank and dot imports stay), with the comment on its line and the declaration if nothing
 * is left in it. No edits if the file does not import it.
 */
export function dropImportEdits(file: FileFacts, text: string, path: string): TextEdit[] {
  return file.imports
    .filter((spec) => spec.path === path && isNamed(spec))
    .map((spec) => ({ file: file.path, ...dropSpec(file, text, spec), newText: '' }))
}

interface Change {
  readonly start: number
  readonly end: number
  readonly newText: string
}

type Place =
  | { readonly kind: 'block'; readonly decl: Decl; readonly specs: readonly Spec[] }
  | { readonly kind: 'single'; readonly decl: Decl; readonly spec: Spec }
  | { readonly kind: 'lines'; readonly decls: readonly { readonly decl: Decl; readonly spec: Spec }[] }
  | { readonly kind: 'none' }

/** The block with most of the standard library's imports, else the import declarations there are; `import "C"` is left alone. */
function placeFor(file: FileFacts, text: string, path: string): Place {
  const decls = file.importDecls
    .map((decl) => ({ decl, specs: file.imports.filter((spec) => within(spec.span, decl.span)) }))
    .filter(({ specs }) => specs.every((spec) => spec.path !== 'C'))
  const blocks = decls.filter(({ decl }) => decl.lparen)
  const [first] = [...blocks].sort((a, b) => alike(b.specs, path) - alike(a.specs, path))
  if (first !== undefined) return { kind: 'block', decl: first.decl, specs: groupFor(first.specs, text, path) }
  const single = decls.flatMap(({ decl, specs }) => specs.map((spec) => ({ decl, spec })))
  const [only] = single
  if (only === undefined) return { kind: 'none' }
  return single.length === 1 ? { kind: 'single', ...only } : { kind: 'lines', decls: single }
}

/** The run of specs without blank lines between them that holds most imports of the path's sort; [] if none holds any. */
function groupFor(specs: readonly Spec[], text: string, path: string): Spec[] {
  const groups: Spec[][] = []
  let last: Spec | undefined
  for (const spec of specs) {
    const group = groups.at(-1)
    const apart = last === undefined || /\n[ \t\r]*\n/.test(text.slice(last.span[1], spec.span[0]))
    if (group === undefined || apart) groups.push([spec])
    else group.push(spec)
    last = spec
  }
  const [best] = groups.filter((group) => alike(group, path) > 0).sort((a, b) => alike(b, path) - alike(a, path))
  return best ?? []
}

function intoBlock(place: Place & { kind: 'block' }, text: string, path: string, literal: string): Change {
  const { decl, specs } = place
  const eol = lineEnd(text)
  const before = specs.find((spec) => spec.path >= path)
  const last = specs.at(-1)
  if (before !== undefined) {
    const line = lineStart(text, before.span[0])
    const ownLine = text.slice(line, before.span[0]).trim() === '' && line > decl.span[0]
    if (!ownLine) return insertion(before.span[0], `${literal}; `)
    const at = attachedCommentStart(text, line, decl.span[0])
    return insertion(at, `${text.slice(line, before.span[0])}${literal}${eol}`)
  }
  if (last !== undefined) {
    const end = endOfLine(text, last.span[1])
    if (!isTrailer(text.slice(last.span[1], end))) return insertion(last.span[1], `; ${literal}`)
    return insertion(end, `${eol}${indentOf(text, last.span[0])}${literal}`)
  }
  const paren = text.indexOf('(', decl.span[0]) + 1
  const rest = text.slice(paren, decl.span[1] - 1)
  if (rest.trim() === '') return { start: paren, end: decl.span[1] - 1, newText: `${eol}\t${literal}${eol}` }
  const broken = /^[ \t]*(?:\/\/[^\n]*)?\r?\n/.test(rest)
  return insertion(paren, broken ? `${eol}\t${literal}${eol}` : `${eol}\t${literal}${eol}${eol}\t`)
}

function asDeclaration(
  place: Exclude<Place, { kind: 'block' }>,
  file: FileFacts,
  text: string,
  path: string,
  literal: string,
): Change {
  const eol = lineEnd(text)
  if (place.kind === 'none') {
    const end = endOfLine(text, file.clauseEnd)
    const alone = isTrailer(text.slice(file.clauseEnd, end))
    return alone ? insertion(end, `${eol}${eol}import ${literal}`) : insertion(file.clauseEnd, `; import ${literal}`)
  }
  if (place.kind === 'single') return toBlock(place, text, path, literal)
  const before = place.decls.find(({ spec }) => spec.path >= path)
  const first = before?.decl.span[0]
  if (first !== undefined && lineStart(text, first) === first) {
    return insertion(attachedCommentStart(text, first, file.clauseEnd), `import ${literal}${eol}`)
  }
  if (first !== undefined) return insertion(first, `import ${literal}; `)
  const last = place.decls.at(-1)?.decl.span[1] ?? file.clauseEnd
  const end = endOfLine(text, last)
  return isTrailer(text.slice(last, end))
    ? insertion(end, `${eol}import ${literal}`)
    : insertion(last, `; import ${literal}`)
}

/** `import "fmt"` → a block of both: standard library first, a blank line between the sorts. */
function toBlock(place: Place & { kind: 'single' }, text: string, path: string, literal: string): Change {
  const eol = lineEnd(text)
  const { spec } = place
  const lineRest = text.slice(spec.span[1], endOfLine(text, spec.span[1]))
  const end = isTrailer(lineRest) && !lineRest.includes('/*') ? spec.span[1] + lineRest.trimEnd().length : spec.span[1]
  const old = text.slice(spec.span[0], end)
  const apart = isStandard(spec.path) === isStandard(path) ? '' : eol
  const first = isStandard(path) === isStandard(spec.path) ? path <= spec.path : isStandard(path)
  const lines = first ? `\t${literal}${eol}${apart}\t${old}` : `\t${old}${eol}${apart}\t${literal}`
  return { start: spec.span[0], end, newText: `(${eol}${lines}${eol})` }
}

function dropSpec(file: FileFacts, text: string, spec: Spec): { start: number; end: number } {
  const decl = file.importDecls.find(({ span }) => within(spec.span, span))
  const rest = file.imports.filter((other) => other !== spec && decl !== undefined && within(other.span, decl.span))
  const span = decl !== undefined && rest.length === 0 ? decl.span : spec.span
  const line = lineStart(text, span[0])
  const end = endOfLine(text, span[1])
  if (text.slice(line, span[0]).trim() !== '' || !isTrailer(text.slice(span[1], end))) return dropInline(text, span)
  const start = attachedCommentStart(text, line, file.clauseEnd)
  const next = afterLineEnd(text, end)
  const blank = /^[ \t]*\r?\n/.exec(text.slice(next))
  const blankBefore = /\n[ \t\r]*\n$|\([ \t]*\r?\n$/.test(text.slice(0, start))
  return { start, end: blank !== null && blankBefore ? next + blank[0].length : next }
}

function dropInline(text: string, span: Span): { start: number; end: number } {
  const after = /^[ \t]*;[ \t]*/.exec(text.slice(span[1]))
  if (after !== null) return { start: span[0], end: span[1] + after[0].length }
  const before = /[ \t]*;[ \t]*$/.exec(text.slice(0, span[0]))
  return { start: span[0] - (before?.[0].length ?? 0), end: span[1] }
}

function isNamed(spec: Spec): boolean {
  return spec.name !== '_' && spec.name !== '.'
}

function localName(spec: Spec): string {
  return spec.name === '' ? packageName(spec.path) : spec.name
}

/** What a package is called by the convention of import paths: the last element, or the one before a "v2". */
function packageName(path: string): string {
  const elements = path.split('/')
  const last = elements.at(-1) ?? path
  const name = /^v\d+$/.test(last) ? (elements.at(-2) ?? last) : last
  return name.replace(/\.v\d+$/, '').replace(/^go-/, '')
}

function isStandard(path: string): boolean {
  return !(path.split('/')[0] ?? '').includes('.')
}

function alike(specs: readonly Spec[], path: string): number {
  return specs.filter((spec) => isStandard(spec.path) === isStandard(path)).length
}

function within(inner: Span, outer: Span): boolean {
  return outer[0] <= inner[0] && inner[1] <= outer[1]
}

function insertion(at: number, newText: string): Change {
  return { start: at, end: at, newText }
}

/** Whether the rest of a line is nothing but a comment, so that a new line may follow it. */
function isTrailer(rest: string): boolean {
  return /^[ \t;]*(?:\/\/.*|\/\*(?:(?!\*\/).)*\*\/[ \t]*)?\r?$/.test(rest)
}

/** Where the comment lines directly above a line start, not before `floor`; the line's own start if there are none. */
function attachedCommentStart(text: string, line: number, floor: number): number {
  let start = line
  while (start > floor) {
    const above = lineStart(text, start - 1)
    if (above < floor || !/^[ \t]*\/\//.test(text.slice(above, start))) break
    start = above
  }
  return start
}

function lineStart(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1
}

/** Before the line end ("\n" or "\r\n") of the line that holds the offset. */
function endOfLine(text: string, offset: number): number {
  const newline = text.indexOf('\n', offset)
  const end = newline < 0 ? text.length : newline
  return end > offset && text[end - 1] === '\r' ? end - 1 : end
}

function afterLineEnd(text: string, end: number): number {
  const newline = text.indexOf('\n', end)
  return newline < 0 ? text.length : newline + 1
}

function indentOf(text: string, offset: number): string {
  return /^[ \t]*/.exec(text.slice(lineStart(text, offset), offset))?.[0] ?? ''
}

function lineEnd(text: string): string {
  return /\r\n/.test(text) ? '\r\n' : '\n'
}
