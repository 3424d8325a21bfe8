/**
 * Comments that say which lock guards a field, for gVisor's checklocks analyzer: https://pkg.go.dev/gvisor.dev/gvisor/tools/checklocks.
 * The next access without the lock then fails whoever runs it.
 */
import type { Access, SharedMap, TextEdit } from '../types.js'
import { openPage } from './page.js'
import type { Pass } from './pass.js'

export interface Fence {
  readonly edits: readonly TextEdit[]
  readonly notes: readonly string[]
}

/**
 * "// +checklocks:mu" above each field that a lock beside it guards once the edits are made. Left out, with a note: fields that share a line or a declaration, locks
 * that are not beside them, and maps that some function uses under its caller's lock, which the analyzer would ask to be told of.
 */
export function fence(maps: readonly SharedMap[], lock: string, edits: readonly TextEdit[], pass: Pass): Fence {
  const made: TextEdit[] = []
  const notes: string[] = []
  for (const map of maps) {
    const { object, decl } = map
    if (/\+checklocks:/.test(object.comment ?? '')) continue
    const page = openPage(decl.file, pass.source(decl.file))
    const span = object.decl?.span
    const beside =
      object.kind === 'field' && (map.guard === null || map.guard.where === 'sibling') && /^\w+$/.test(lock)
    const alone = span && object.decl?.names === 1 && /(^|\n)[ \t]*$/.test(page.text.slice(0, span[0]))
    const borrowing = map.accesses.find((access) => !access.exclusive && !locks(access, lock, edits, pass))
    if (!beside || !alone)
      notes.push(`no +checklocks for ${object.name}: it needs a line of its own, and the lock a field beside it`)
    else if (borrowing)
      notes.push(`no +checklocks for ${object.name}: ${borrowing.func.display} relies on its caller's lock`)
    else made.push(page.insert(span[0], `// +checklocks:${lock}${page.eol}${page.indentAt(span[0])}`))
  }
  return { edits: made, notes }
}

/** Whether the function that an access stands in takes the lock, or does when the edits are made. */
function locks({ func, range }: Access, lock: string, edits: readonly TextEdit[], pass: Pass): boolean {
  const [start, end] = func.span
  const takes = (text: string): boolean => new RegExp(`\\b${lock}\\.R?Lock\\(\\)`).test(text)
  const inside = edits.filter((edit) => edit.file === range.file && start <= edit.start && edit.end <= end)
  return takes(pass.source(range.file).slice(start, end)) || inside.some(({ newText }) => takes(newText))
}
