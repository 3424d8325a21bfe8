/** The way of a goroutine to an access, as a small picture: goroutine → functions → access, with the locks held there → map. */
import { Markup, markup, when } from './markup.js'
import type { AccessReport } from './schema.js'

const WIDTH = 340
const BOX = 44
const GAP = 22
/** Signs of the fixed-width font in a box. */
const FITS = 42

interface Node {
  readonly kind: 'goroutine' | 'function' | 'access' | 'map'
  readonly text: string
  readonly detail: string
}

/** The picture, and in words what it shows, for those who do not see it. `id` is unique in the page. */
export function wayGraph(access: AccessReport, map: string, id: string): Markup {
  const [how = 'not known', more] = access.reached
  const [, what = how, from = ''] = /^(.*) at (\S+:\d+:\d+)$/s.exec(how) ?? []
  const path = access.paths[0] ?? [access.function]
  const held = access.held.length === 0 ? 'no lock held' : `holds ${access.held.join(', ')}`
  const nodes: readonly Node[] = [
    { kind: 'goroutine', text: what, detail: from },
    ...shortened(path.slice(0, -1)).map((name): Node => ({ kind: 'function', text: name, detail: '' })),
    { kind: 'access', text: `${access.op} in ${access.function}`, detail: `${access.at} · ${held}` },
    { kind: 'map', text: map, detail: '' },
  ]
  const height = nodes.length * BOX + (nodes.length - 1) * GAP + 4
  const words = `${[how, ...path].join(', then ')}, then ${access.op} at ${access.at}, ${held}${more ? `; ${access.reached.length - 1} more ways` : ''}`
  return markup`<svg class="way" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="${id}">
<title id="${id}">${words}</title>
${nodes.map((node, i) => box(node, i, access.held.length > 0))}
</svg>`
}

/** The first and the last of many. */
function shortened(path: readonly string[]): readonly string[] {
  return path.length <= 4 ? path : [...path.slice(0, 2), `… ${path.length - 3} more …`, ...path.slice(-1)]
}

function box({ kind, text, detail }: Node, index: number, locked: boolean): Markup {
  const top = 2 + index * (BOX + GAP)
  const lines = detail === '' ? [text] : [text, detail]
  const first = top + (lines.length === 1 ? 27 : 19)
  const arrow = new Markup(
    index === 0 ? '' : `<path class="arrow" d="M ${WIDTH / 2} ${top - GAP} V ${top - 2} m -4 -5 l 4 5 l 4 -5"/>`,
  )
  return markup`${arrow}<rect class="${kind}${kind === 'access' ? (locked ? ' locked' : ' bare') : ''}" x="2" y="${top}" width="${WIDTH - 4}" height="${BOX}" rx="${kind === 'goroutine' || kind === 'map' ? BOX / 2 : 6}"/>
<text x="${WIDTH / 2}" y="${first}">${cut(text)}</text>${when(detail !== '', () => markup`<text class="detail" x="${WIDTH / 2}" y="${first + 16}">${cut(detail)}</text>`)}`
}

/** The beginning and the end of what does not fit. */
function cut(text: string): string {
  const signs = [...text.replace(/\s+/g, ' ')]
  if (signs.length <= FITS) return signs.join('')
  return `${signs.slice(0, FITS / 2 - 1).join('')}…${signs.slice(-FITS / 2).join('')}`
}
