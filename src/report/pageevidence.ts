/** What was seen while the program ran, in the page: of one finding, and all that --evidence says. */

import { times } from '../quantity.js'
import { Markup, markup, when } from './markup.js'
import type { EvidenceReport, FindingReport, FixReport } from './schema.js'
import { seenOf } from './seen.js'

/** Where a finding was observed; where it was not, what would settle it. */
export function observations({ evidence, settle }: FindingReport): Markup {
  const witnessed = evidence.filter(({ kind }) => kind === 'witness')
  const seen = evidence.filter(({ kind }) => kind !== 'witness')
  return markup`${when(witnessed.length > 0, () => markup`<p>Seen to race by a witness: ${witnessed.map(({ at }) => markup`<code>${at}</code> `)}</p>`)}
${when(
  seen.length > 0,
  () => markup`<details open><summary>Seen in the evidence</summary><ul>
${seen.map(observation)}</ul></details>`,
)}
${when(settle !== undefined, () => markup`<p class="dim">To settle it: ${settle ?? ''}</p>`)}`
}

function observation({
  kind,
  at,
  op = '',
  function: name = '',
  inferred = false,
  what = '',
  from = '',
  count = 1,
}: FindingReport['evidence'][number]): Markup {
  const who = `${op}${name === '' ? '' : ` in ${name}`}`
  return inferred
    ? markup`<li class="dim"><code>${at}</code>: ${who}, ${what}</li>
`
    : markup`<li>${kind} <code>${at}</code>: ${who}, ${times(count)} from <code>${from}</code>${what === '' ? '' : ` (${what})`}</li>
`
}

/** The tests that raced without the fix, and what the race detector said. */
export function witnessTests({ tests = [] }: FixReport): Markup {
  return markup`${tests.map(
    ({ test, text, before }) => markup`<details><summary>The test that was made for it: ${test}</summary>
<div class="scroll" tabindex="0" role="region" aria-label="${test}"><pre>${text}</pre></div>
${when(before !== '', () => markup`<p>Without the fix:</p><div class="scroll" tabindex="0" role="region" aria-label="what ${test} printed"><pre>${before}</pre></div>`)}
</details>`,
  )}`
}

/** The maps that the evidence names, in the order in which they deserve attention; and what could not be placed. */
export function evidenceSection(evidence: EvidenceReport | undefined): Markup {
  if (evidence === undefined) return new Markup('')
  const { races, crashes, goroutines, profiles, maps, unplaced, notes } = evidence
  return markup`<section aria-label="evidence"><h2>What the evidence says</h2>
<p>Race reports: ${races}. Crashes: ${crashes}. Goroutines in dumps: ${goroutines}. Profiles: ${profiles.length}.</p>
${when(
  maps.length > 0,
  () => markup`<ol>
${maps.map(mapMarkup)}</ol>`,
)}
${when(
  unplaced.length > 0,
  () => markup`<h3>Not placed</h3><ul>
${unplaced.map(
  ({ kind, from, count, why, frames }) =>
    markup`<li>${kind} at <code>${from}</code>, ${times(count)}: ${why}${when(frames.length > 0, () => stack(frames))}</li>
`,
)}</ul>`,
)}
${when(notes.length > 0, () => markup`<ul>${notes.map((note) => markup`<li>${note}</li>`)}</ul>`)}
</section>`
}

function mapMarkup(map: EvidenceReport['maps'][number]): Markup {
  const span = map.first === '' ? '' : map.last === map.first ? `, ${map.first}` : `, ${map.first} to ${map.last}`
  const but = map.contradicts
    ? '; the analysis found nothing: one of the two is wrong'
    : map.suppressed
      ? '; the finding is suppressed'
      : ''
  return markup`<li><code>${map.name}</code> at <code>${map.at}</code>: ${seenOf(map).join(', ')}${span}${but}
${when(
  map.stacks.length > 0,
  () =>
    markup`<details><summary>Stacks</summary>${map.stacks.map(({ kind, op, count, frames }) => markup`<p>${kind}, ${op}, ${times(count)}</p>${stack(frames)}`)}</details>`,
)}</li>
`
}

function stack(frames: readonly string[]): Markup {
  return markup`<pre>${frames.join('\n')}</pre>`
}
