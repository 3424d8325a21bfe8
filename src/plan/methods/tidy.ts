/** What the edits of a whole group leave to be done. */
import { dropImportEdits } from '../../edit/imports.js'
import type { Refusal, SharedMap, TextEdit } from '../../types.js'
import type { Page } from '../page.js'
import { refuse } from '../pass.js'

/** The imports of a file whose every use is among `names`, which the edits take away. */
export function unusedImports(maps: readonly SharedMap[], page: Page, names: readonly string[]): TextEdit[] {
  const packages = maps.flatMap((map) => map.accesses.map(({ pkg }) => pkg))
  const file = packages.flatMap(({ files }) => files).find(({ path }) => path === page.path)
  return [...new Set(names)].flatMap((name) => {
    const uses = page.text.match(new RegExp(`(?<![\\p{L}\\p{N}_.])${name}\\s*\\.`, 'gu')) ?? []
    const spec = file?.imports.find(({ path, name: own }) => (own || (path.split('/').at(-1) ?? path)) === name)
    if (file === undefined || spec === undefined || uses.length !== names.filter((one) => one === name).length)
      return []
    return dropImportEdits(file, page.text, spec.path)
  })
}

/** One use inside another, both of which would be written anew. */
export function entangled(edits: readonly TextEdit[]): Refusal | null {
  const sorted = [...edits].sort((a, b) =>
    a.file < b.file ? -1 : a.file > b.file ? 1 : a.start - b.start || a.end - b.end,
  )
  for (const [i, edit] of sorted.entries()) {
    const next = sorted[i + 1]
    if (next !== undefined && next.file === edit.file && next.start < edit.end)
      return refuse(next, 'its uses here are entangled')
  }
  return null
}
