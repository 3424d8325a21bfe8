/** A patch side by side: rows of a table, which a narrow page shows one below the other. */
import { parsePatch } from 'diff'
import { type Markup, markup, when } from './markup.js'

interface Row {
  readonly kind: 'same' | 'change'
  readonly before: readonly [number, string] | null
  readonly after: readonly [number, string] | null
}

/** A table for each file of a patch in git's format. */
export function sideBySide(diff: string): Markup {
  return markup`${parsePatch(diff).map(({ oldFileName = '', newFileName = '', hunks }) => {
    const name = (newFileName === '/dev/null' ? oldFileName : newFileName).replace(/^[ab]\//, '').replace(/\t$/, '')
    const made = oldFileName === '/dev/null'
    return markup`<div class="scroll" tabindex="0" role="region" aria-label="change of ${name}"><table class="diff${made ? ' made' : ''}">
<caption>${name}${made ? ' (new file)' : ''}</caption>
<thead><tr><th scope="col">line</th><th scope="col">before</th><th scope="col">line</th><th scope="col">after</th></tr></thead>
${hunks.map(
  (hunk) => markup`<tbody>
${rowsOf(hunk).map(rowMarkup)}
</tbody>`,
)}
</table></div>`
  })}`
}

function rowMarkup({ kind, before, after }: Row): Markup {
  const side = (cell: Row['before'], sign: string, name: string): Markup =>
    cell === null
      ? markup`<td class="no empty"></td><td class="empty"></td>`
      : markup`<td class="no">${cell[0]}</td><td class="${kind === 'change' ? name : 'same'}">${when(kind === 'change', () => markup`<span class="sign">${sign}</span>`)}<code>${cell[1]}</code></td>`
  return markup`<tr class="${kind}">${side(before, '-', 'gone')}${side(after, '+', 'come')}</tr>
`
}

/** Removed lines stand beside those that were added in their place. */
function rowsOf(hunk: ReturnType<typeof parsePatch>[number]['hunks'][number]): Row[] {
  const rows: Row[] = []
  let from = hunk.oldStart
  let to = hunk.newStart
  let gone: [number, string][] = []
  let come: [number, string][] = []
  const flush = (): void => {
    for (let i = 0; i < Math.max(gone.length, come.length); i++)
      rows.push({ kind: 'change', before: gone[i] ?? null, after: come[i] ?? null })
    gone = []
    come = []
  }
  for (const line of hunk.lines) {
    const text = line.slice(1).replace(/\r$/, '')
    if (line.startsWith('-')) gone.push([from++, text])
    else if (line.startsWith('+')) come.push([to++, text])
    else if (line.startsWith(' ')) {
      flush()
      rows.push({ kind: 'same', before: [from++, text], after: [to++, text] })
    }
  }
  flush()
  return rows
}
