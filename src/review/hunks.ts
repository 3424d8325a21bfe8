/** The hunks of a fix: what of it is one change, and what is left when some are declined. Pure. */
import { basename } from 'node:path'
import { isImport } from '../edit/index.js'
import type { FuncFacts } from '../facts.js'
import type { SuggestedFix, TextEdit } from '../types.js'

/** What of a fix is accepted or declined as one: all edits in one function, since what locks in it also unlocks in it. */
export interface FixHunk {
  /** Tells it from the others: the file's path, and what is changed there. */
  readonly name: string
  readonly file: string
  /** "(*Store).Count"; "declarations" for what stands in no function, "new file" for one that is made. */
  readonly what: string
  readonly edits: readonly TextEdit[]
}

type FunctionAt = (at: Pick<TextEdit, 'file' | 'start'>) => FuncFacts | undefined

/** The hunks in the order of the files' text, new files last. Imports are in none: they go with the file's others. */
export function fixHunks(fix: SuggestedFix, functionAt: FunctionAt): readonly FixHunk[] {
  const byName = new Map<string, { name: string; file: string; what: string; edits: TextEdit[] }>()
  const sorted = fix.edits
    .filter((edit) => !isImport(edit))
    .sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.start - b.start))
  for (const edit of sorted) {
    const what = functionAt(edit)?.display ?? 'declarations'
    const name = `${edit.file} ${functionAt(edit)?.key ?? ''}`
    const known = byName.get(name)
    if (known) known.edits.push(edit)
    else byName.set(name, { name, file: edit.file, what, edits: [edit] })
  }
  const made = [...fix.added.keys()].map((file) => ({ name: file, file, what: 'new file', edits: [] }))
  return [...byName.values(), ...made]
}

/** The fix without the hunks that are named; null where nothing would be left. */
export function withoutHunks<F extends SuggestedFix>(
  fix: F,
  hunks: readonly FixHunk[],
  without: readonly string[],
): F | null {
  const left = hunks.filter(({ name }) => !without.includes(name))
  if (left.length === 0) return null
  const edits = new Set(left.flatMap((hunk) => hunk.edits))
  const files = new Set(left.map(({ file }) => file))
  return {
    ...fix,
    edits: fix.edits.filter((edit) => edits.has(edit) || (isImport(edit) && files.has(edit.file))),
    added: new Map([...fix.added].filter(([path]) => files.has(path))),
  }
}

/** The hunk alone, to be looked at. */
export function onlyHunk<F extends SuggestedFix>(fix: F, { file, what, edits }: FixHunk): F {
  return {
    ...fix,
    edits,
    added: what === 'new file' ? new Map([...fix.added].filter(([path]) => path === file)) : new Map(),
  }
}

/** For people: "Count in store.go". */
export function hunkTitle({ file, what }: FixHunk): string {
  return what === 'new file' ? `new file ${basename(file)}` : `${what} in ${basename(file)}`
}
