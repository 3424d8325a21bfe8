/** The burndown for people: as text, and as a page without scripts or anything from elsewhere. Pure. */

import { type Markup, markup, when } from '../report/markup.js'
import type { Burndown, Tally } from './burndown.js'
import { shownName } from './progress.js'

const COLUMNS = ['found', 'fixed', 'refused', 'held', 'failed', 'open'] as const satisfies readonly (keyof Tally)[]

/** Tables of a terminal's width. */
export function statusText(status: Burndown): string {
  const { runs, owners, rules, units } = status
  const parts = [
    textTable(
      ['run', 'began', 'units', 'clean', 'fixed', 'left', 'failed', 'waiting', 'findings', 'with a fix'],
      runs.map((run) => runCells(run)),
    ),
    textTable(['owner', ...COLUMNS], owners.map(rowCells)),
    textTable(['rule', ...COLUMNS], rules.map(rowCells)),
    textTable(
      ['unit', 'owner', 'state', ...COLUMNS, 's', 'MB'],
      units.map(({ name, owner, state, seconds, peak, ...tally }) => [
        shownName(name),
        owner,
        state,
        ...COLUMNS.map((column) => String(tally[column])),
        String(seconds),
        String(Math.round(peak / 1e6)),
      ]),
    ),
    ...units
      .filter(({ trouble }) => trouble !== '')
      .map(({ name, trouble, advice }) => `${shownName(name)}: ${trouble}\n  ${advice}\n`),
  ]
  return parts.filter((part) => part !== '').join('\n')
}

/** One HTML file. */
export function statusPage(status: Burndown): string {
  const { runs, owners, rules, units } = status
  return markup`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>mapfix batch</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; color: #222; background: #fff }
table { border-collapse: collapse; margin: 0 0 2rem } th, td { padding: .2rem .8rem .2rem 0; text-align: left; vertical-align: top }
th { border-bottom: 1px solid #999 } td.n { text-align: right } .why { color: #a00; white-space: pre-wrap }
.bar { fill: #3a7 } .rest { fill: #d63 } @media (prefers-color-scheme: dark) { body { color: #ddd; background: #181818 } .why { color: #f88 } }
</style>
<h1>mapfix batch</h1>
${chart(runs)}
${htmlTable('Runs', ['run', 'began', 'units', 'clean', 'fixed', 'left', 'failed', 'waiting', 'findings', 'with a fix'], runs.map(runCells))}
${htmlTable('Owners', ['owner', ...COLUMNS], owners.map(rowCells))}
${htmlTable('Rules', ['rule', ...COLUMNS], rules.map(rowCells))}
${htmlTable(
  'Units',
  ['unit', 'owner', 'state', ...COLUMNS],
  units.map(({ name, owner, state, ...tally }) => [
    name,
    owner,
    state,
    ...COLUMNS.map((column) => String(tally[column])),
  ]),
)}
${units
  .filter(({ trouble }) => trouble !== '')
  .map(
    ({ name, trouble, advice }) =>
      markup`<p><b>${name}</b><br><span class="why">${trouble}</span><br>${advice}</p>
`,
  )}</html>
`.html
}

/** A bar for each run: findings without a fix on top of those with one. */
function chart(runs: Burndown['runs']): Markup {
  const most = Math.max(1, ...runs.map(({ findings }) => findings.found))
  const height = (n: number): number => Math.round((n / most) * 100)
  const bars = runs.map(({ run, findings }, i) => {
    const [fixed, rest] = [height(findings.fixed), height(findings.found) - height(findings.fixed)]
    const left = `${findings.found - findings.fixed} of ${findings.found} findings without a fix`
    return markup`<g><title>run ${run}: ${left}</title><rect class="rest" x="${i * 24}" y="${100 - fixed - rest}" width="18" height="${rest}"/><rect class="bar" x="${i * 24}" y="${100 - fixed}" width="18" height="${fixed}"/></g>`
  })
  return markup`<svg role="img" aria-label="findings by run" width="${Math.max(24, runs.length * 24)}" height="100">${bars}</svg>`
}

function runCells({ run, at, ended, units, findings }: Burndown['runs'][number]): string[] {
  const { all, clean, fixed, left, failed, waiting } = units
  const numbers = [all, clean, fixed, left, failed, waiting, findings.found, findings.fixed].map(String)
  return [`${run}${ended ? '' : ' (cut short)'}`, at.slice(0, 16).replace('T', ' '), ...numbers]
}

function rowCells({ name, ...tally }: Tally & { name: string }): string[] {
  return [name, ...COLUMNS.map((column) => String(tally[column]))]
}

function textTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return ''
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)))
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => (isNumber(cell) ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd()
  return [head, ...rows].map((cells) => `${line(cells)}\n`).join('')
}

function htmlTable(title: string, head: readonly string[], rows: readonly (readonly string[])[]): Markup {
  const shown = (cell: string): Markup =>
    isNumber(cell) ? markup`<td class="n">${cell}</td>` : markup`<td>${cell}</td>`
  return when(
    rows.length > 0,
    () => markup`<h2>${title}</h2>
<table>
<tr>${head.map((cell) => markup`<th>${cell}</th>`)}</tr>
${rows.map((row) => markup`<tr>${row.map(shown)}</tr>\n`)}</table>`,
  )
}

function isNumber(text: string): boolean {
  return /^[\d.]+$/.test(text)
}
