/** Lines taken out of a file: statements, and the declaration of a lock. */
import { dropImportEdits } from '../../edit/imports.js'
import type { ObjectFacts, Span } from '../../facts.js'
import type { Refusal, SharedMap, TextEdit } from '../../types.js'
import type { Page } from '../page.js'
import { refuse } from '../pass.js'
import { identifiers } from './words.js'

/** The statements gone, with the comments on their lines; a blank line that would then begin a block goes with them. */
export function cleared(page: Page, stmts: readonly Span[]): TextEdit[] {
  const edits: TextEdit[] = []
  for (const stmt of [...stmts].sort((a, b) => a[0] - b[0])) {
    const edit = lineOf(page, stmt)
    const last = edits.at(-1)
    if (last !== undefined && last.end === edit.start && edit.newText === '')
      edits[edits.length - 1] = { ...last, end: edit.end }
    else edits.push(edit)
  }
  return edits.map((edit) => {
    const blank = /^[ \t]*\r?\n/.exec(page.text.slice(edit.end))
    const opens = /(?:\{[ \t]*(?:\/\/[^\n]*)?|\n[ \t]*)\r?\n$/.test(page.text.slice(0, edit.start))
    return blank !== null && opens ? { ...edit, end: edit.end + blank[0].length } : edit
  })
}

/** The field or variable gone, and the import of sync where nothing else in the file needs it. */
export function withoutDeclaration(map: SharedMap, lock: ObjectFacts, page: Page): TextEdit[] | Refusal {
  const { decl } = lock
  const at = { file: page.path, start: lock.span[0], end: lock.span[1] }
  const span =
    decl?.form === 'var' ? decl.declSpan : decl?.form === 'field' || decl?.form === 'group' ? decl.span : null
  if (span === null) return refuse(at, `${lock.name} is not declared by a line of its own`)
  const edit = lineOf(page, span, true)
  if (edit.end - edit.start === span[1] - span[0])
    return refuse(at, `${lock.name} is not declared by a line of its own`)
  const blank = /^[ \t]*\r?\n/.exec(page.text.slice(edit.end))
  const before = /\n[ \t]*\r?\n$|\{[ \t]*\r?\n$/.test(page.text.slice(0, edit.start))
  const file = map.pkg.files[lock.file]
  const others = identifiers(page.text, 'sync').filter((use) => /^sync\s*\./.test(page.text.slice(use, use + 12)))
  const isImported = file?.imports.some(({ path, name }) => path === 'sync' && name === '') === true
  return [
    blank !== null && before ? { ...edit, end: edit.end + blank[0].length } : edit,
    ...(file !== undefined && isImported && others.length === 1 ? dropImportEdits(file, page.text, 'sync') : []),
  ]
}

/** The line that the range is alone on, with the comment at its end, and those above it that belong to it; else the range. */
function lineOf(page: Page, [start, end]: Span, above = false): TextEdit {
  const { text, path } = page
  const from = text.lastIndexOf('\n', start - 1) + 1
  const next = text.indexOf('\n', end)
  const to = next < 0 ? text.length : next + 1
  const alone = text.slice(from, start).trim() === '' && /^\s*;?\s*(\/\/[^\n]*)?\r?\n?$/.test(text.slice(end, to))
  if (!alone) return { file: path, start, end, newText: '' }
  let top = from
  while (above && top > 0) {
    const line = text.lastIndexOf('\n', top - 2) + 1
    if (!/^[ \t]*\/\//.test(text.slice(line, top))) break
    top = line
  }
  return { file: path, start: top, end: to, newText: '' }
}
