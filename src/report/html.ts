/** The report as one page that needs nothing else: no network, and without its script everything is still there. */
import { createHash } from 'node:crypto'
import { counted } from '../quantity.js'
import { markdown } from './markdown.js'
import { Markup, markup, when } from './markup.js'
import { sideBySide } from './pagediff.js'
import { evidenceSection, observations, witnessTests } from './pageevidence.js'
import { wayGraph } from './pagegraph.js'
import { SCRIPT, STYLE } from './pagestyle.js'
import type { AccessReport, FindingReport, FixReport, Report } from './schema.js'

/** Findings by package, surest first, with filters. The policy lets no script run but the page's own, whatever the report holds. */
export function html(report: Report): string {
  const { summary: s, findings, errors, tool, go } = report
  const found = s.findings === 0 ? 'no findings' : counted(s.findings, 'finding')
  const policy = `default-src 'none'; style-src '${hash(STYLE)}'; script-src '${hash(SCRIPT)}'; base-uri 'none'; form-action 'none'`
  const page = markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>mapfix: ${found}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<a class="skip" href="#findings">Skip to the findings</a>
<header>
<h1>mapfix: ${found}</h1>
<p>${counted(s.packages, 'package')}, ${counted(s.maps, 'map')}, ${s.shared} shared between goroutines. ${counts(report)}</p>
<p class="dim">mapfix ${tool.version}, ${go}</p>
</header>
<main>
${when(errors.length > 0, () => markup`<h2>Not read whole</h2><ul>${errors.map(({ package: name, message }) => markup`<li><code>${name}</code>: ${message}</li>`)}</ul>`)}
${evidenceSection(report.evidence)}
${filters(findings)}
<div id="findings">
${packagesOf(findings).map(
  ([name, own]) => markup`<section class="package" aria-label="package ${name}">
<h2>${name}</h2>
${own.map(article)}
</section>
`,
)}
</div>
<details><summary>Summary for a pull request (Markdown)</summary>
<textarea readonly aria-label="Summary in Markdown">${markdown(report)}</textarea>
</details>
</main>
<script>${new Markup(SCRIPT)}</script>
</body>
</html>
`
  return page.html
}

function hash(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}

function counts({ findings }: Report): string {
  const by = new Map<string, number>()
  for (const { fix } of findings) if (fix) by.set(fix.status, (by.get(fix.status) ?? 0) + 1)
  return [...by].map(([status, n]) => `${n} ${status}`).join(', ')
}

const CONFIDENCES = ['proven', 'likely', 'possible', 'not judged'] as const

function filters(findings: readonly FindingReport[]): Markup {
  const boxes = (name: string, legend: string, values: readonly string[]): Markup =>
    markup`<fieldset><legend>${legend}</legend>${values.map((value) => markup`<label><input type="checkbox" name="${name}" value="${value}" checked>${value}</label> `)}</fieldset>
`
  const confidences = CONFIDENCES.filter((one) => findings.some((finding) => confidenceOf(finding) === one))
  const statuses = [...new Set(findings.map(statusOf))].sort()
  return markup`<form class="filters" hidden aria-label="Filter the findings">
${boxes('confidence', 'Confidence', confidences)}${boxes('status', 'Fix', statuses)}
<label>Text <input type="search" name="text" autocomplete="off"></label>
<output id="count" aria-live="polite"></output>
</form>`
}

function confidenceOf({ confidence }: FindingReport): (typeof CONFIDENCES)[number] {
  return confidence ?? 'not judged'
}

function statusOf({ fix }: FindingReport): string {
  return fix?.status ?? 'none'
}

/** By the packages' import paths; within one the surest first. */
function packagesOf(findings: readonly FindingReport[]): [string, FindingReport[]][] {
  const by = new Map<string, FindingReport[]>()
  for (const finding of findings) {
    const path = packageOf(finding.map?.name ?? finding.subject?.name ?? '')
    by.set(path, [...(by.get(path) ?? []), finding])
  }
  const rank = (finding: FindingReport): number => CONFIDENCES.indexOf(confidenceOf(finding))
  return [...by]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, own]) => [path, own.sort((a, b) => rank(a) - rank(b))])
}

/** "example.com/m/cache" of "example.com/m/cache.Store.items". */
function packageOf(name: string): string {
  const slash = name.lastIndexOf('/') + 1
  const dot = name.indexOf('.', slash)
  return dot < 0 ? name : name.slice(0, dot)
}

function article(finding: FindingReport): Markup {
  const { id, map, subject, rule, message, at, racing, accesses, related, fix } = finding
  const name = map?.name ?? subject?.name ?? ''
  const confidence = confidenceOf(finding)
  const text = [name, rule, message, at, map?.type ?? ''].join(' ')
  return markup`<article id="${id}" data-confidence="${confidence}" data-status="${statusOf(finding)}" data-text="${text}" aria-labelledby="${id}-name">
<h3 id="${id}-name"><code>${name}</code></h3>
<p class="dim"><code>${map?.type ?? subject?.kind ?? ''}</code> at <code>${map?.at ?? at}</code></p>
<ul class="badges"><li>${rule}</li><li class="${confidence}">${confidence}</li>${when(fix !== undefined, () => markup`<li class="${statusOf(finding)}">fix ${statusOf(finding)}</li>`)}</ul>
<p>${message}</p>
${ways(finding)}
${when(related.length > 0, () => markup`<ul>${related.map((place) => markup`<li><code>${place.at}</code>: ${place.what}</li>`)}</ul>`)}
${observations(finding)}
${accessTable(accesses.length > 0 ? accesses : racing)}
${fix === undefined ? new Markup('') : fixOf(fix)}
</article>
`
}

/** The two accesses that meet, each with the way of its goroutine. */
function ways({ id, map, racing }: FindingReport): Markup {
  const [a, b] = racing
  if (map === null || !a || !b) return new Markup('')
  const short = map.name.slice(packageOf(map.name).length + 1)
  const same = a.at === b.at
  const figure = (access: AccessReport, n: number, caption: string): Markup =>
    markup`<figure>${wayGraph(access, short, `${id}-way${n}`)}<figcaption>${caption}</figcaption></figure>`
  return markup`<div class="ways">${figure(a, 1, same ? 'one goroutine, and another like it' : 'one goroutine')}${when(!same, () => figure(b, 2, 'another goroutine, at the same time'))}</div>`
}

function accessTable(accesses: readonly AccessReport[]): Markup {
  return when(
    accesses.length > 0,
    () => markup`<details><summary>${counted(accesses.length, 'access')}, with the locks held there</summary>
<div class="scroll" tabindex="0" role="region" aria-label="accesses"><table class="plain"><thead><tr><th scope="col">operation</th><th scope="col">at</th><th scope="col">function</th><th scope="col">locks held</th><th scope="col">reached by</th></tr></thead><tbody>
${accesses.map(
  (
    one,
  ) => markup`<tr><td>${one.op}</td><td><code>${one.at}</code></td><td><code>${one.function}</code></td><td>${one.held.join(', ') || 'none'}</td><td>${one.reached.join('; ')}</td></tr>
`,
)}</tbody></table></div>
</details>`,
  )
}

function fixOf(fix: FixReport): Markup {
  const { transform, status, reason, at, notes, compound, validation, diff = '' } = fix
  const stages = Object.entries(validation).filter(([, result]) => result !== 'off')
  return markup`<h4>Fix: ${transform}, ${status}${at ? markup` at <code>${at}</code>` : ''}</h4>
${when(reason !== '', () => markup`<pre>${reason}</pre>`)}
${when(notes.length + compound.length > 0, () => markup`<ul>${notes.map((note) => markup`<li>${note}</li>`)}${compound.map((use) => markup`<li><code>${use.at}</code>: ${counted(use.operations, 'operation')}, now ${use.now}</li>`)}</ul>`)}
${when(stages.length > 0, () => markup`<table class="plain proof"><caption>What was proved</caption><tbody>${stages.map(([stage, result]) => markup`<tr><th scope="row">${stage}</th><td class="${result === 'ok' ? 'ok' : ''}">${result}</td></tr>`)}</tbody></table>`)}
${witnessTests(fix)}
${when(diff !== '', () => markup`<details open><summary>Change</summary>${sideBySide(diff)}</details>`)}`
}
