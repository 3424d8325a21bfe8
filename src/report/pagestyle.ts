/** The page's style, and the script that filters it. Constants: nothing of a report goes into either. */

export const STYLE = `
:root { color-scheme: light dark; --bg: #fff; --fg: #1b1f24; --dim: #57606a; --line: #d0d7de; --card: #f6f8fa; --link: #0550ae;
  --bad: #a40e26; --good: #116329; --warn: #7d4e00; --gone: #ffebe9; --come: #dafbe1; }
@media (prefers-color-scheme: dark) { :root { --bg: #0d1117; --fg: #e6edf3; --dim: #9aa4af; --line: #3d444d; --card: #161b22; --link: #79c0ff;
  --bad: #ff9492; --good: #7ee787; --warn: #e3b341; --gone: #4b1113; --come: #12361f; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 75rem; background: var(--bg); color: var(--fg); font: 1rem/1.5 system-ui, sans-serif; }
a { color: var(--link); }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.skip { position: absolute; left: -100rem; } .skip:focus { position: static; }
h1 { font-size: 1.5rem; line-height: 1.25; } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; overflow-wrap: anywhere; } h3 { font-size: 1rem; margin: 0; overflow-wrap: anywhere; } h4 { font-size: .95rem; margin: 1rem 0 .25rem; }
code, pre, textarea, .diff, .way text { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
code { font-size: .9em; overflow-wrap: anywhere; }
form.filters { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; padding: .75rem 1rem; border: 1px solid var(--line); border-radius: 8px; background: var(--card); }
form.filters fieldset { border: 0; padding: 0; margin: 0; display: flex; flex-wrap: wrap; gap: .25rem .75rem; } form.filters legend { float: left; font-weight: 600; padding: 0; margin-right: .5rem; }
form.filters label { display: inline-flex; align-items: center; gap: .35rem; min-height: 1.75rem; } input[type=search] { font: inherit; padding: .2rem .5rem; min-width: 12rem; max-width: 100%; }
article { border: 1px solid var(--line); border-radius: 8px; padding: 1rem; margin: .75rem 0; }
[hidden] { display: none !important; }
.badges { display: flex; flex-wrap: wrap; gap: .35rem; list-style: none; padding: 0; margin: .35rem 0; }
.badges li { border: 1px solid currentColor; border-radius: 1rem; padding: 0 .6rem; font-size: .85rem; }
.proven, .failed, .refused { color: var(--bad); } .likely, .held, .open { color: var(--warn); } .possible { color: var(--dim); } .applied, .proposed, .ok { color: var(--good); }
.dim { color: var(--dim); }
.ways { display: flex; flex-wrap: wrap; gap: 1rem; margin: .5rem 0; } .ways figure { margin: 0; flex: 1 1 18rem; max-width: 26rem; } .ways figcaption { font-size: .85rem; color: var(--dim); }
.way { width: 100%; height: auto; } .way rect { fill: var(--card); stroke: var(--line); } .way rect.bare { stroke: var(--bad); stroke-width: 2; } .way rect.locked { stroke: var(--good); stroke-width: 2; } .way rect.map { fill: var(--bg); stroke: var(--fg); }
.way text { fill: var(--fg); font-size: 12px; text-anchor: middle; } .way text.detail { fill: var(--dim); font-size: 11px; } .way .arrow { fill: none; stroke: var(--dim); stroke-width: 1.5; }
.scroll { overflow-x: auto; margin: .5rem 0; }
table { border-collapse: collapse; width: 100%; } th { text-align: left; font-weight: 600; } .plain td, .plain th { border-bottom: 1px solid var(--line); padding: .25rem .75rem .25rem 0; vertical-align: top; }
.proof { width: auto; margin: .5rem 0; } .proof caption { text-align: left; font-weight: 600; }
.diff { font-size: .8rem; line-height: 1.45; border: 1px solid var(--line); table-layout: fixed; } .diff caption { text-align: left; font-weight: 600; padding: .35rem 0; overflow-wrap: anywhere; } .diff th { font-size: .75rem; color: var(--dim); padding: 0 .5rem; }
.diff th:nth-child(odd) { width: 3.5rem; } .diff td { padding: 0 .5rem; vertical-align: top; } .diff td code { font-size: 1em; white-space: pre-wrap; tab-size: 4; overflow-wrap: anywhere; }
.diff .no { color: var(--dim); text-align: right; user-select: none; } .diff .gone { background: var(--gone); } .diff .come { background: var(--come); } .diff tbody + tbody { border-top: 3px double var(--line); } .sign { user-select: none; }
.made th:nth-child(-n+2), .made td:nth-child(-n+2) { display: none; }
textarea { width: 100%; min-height: 14rem; font-size: .85rem; background: var(--card); color: var(--fg); }
pre { overflow-x: auto; padding: .75rem; background: var(--card); border-radius: 8px; white-space: pre-wrap; overflow-wrap: anywhere; }
@media (max-width: 45rem) {
  body { padding: .75rem; } article { padding: .75rem; }
  .diff, .diff tbody, .diff tr { display: block; } .diff thead { position: absolute; left: -100rem; }
  .diff tr { display: grid; grid-template-columns: 3rem minmax(0, 1fr); } .diff .empty, .diff tr.same td:nth-child(-n+2) { display: none; }
  .diff caption { display: block; }
}
@media print { form.filters, .skip { display: none; } }
`

export const SCRIPT = `
const form = document.querySelector('form.filters')
const count = document.getElementById('count')
const articles = [...document.querySelectorAll('article')]
form.hidden = false
function filter() {
  const on = (name) => [...form.querySelectorAll('input[name=' + name + ']')].filter((box) => box.checked).map((box) => box.value)
  const confidence = on('confidence')
  const status = on('status')
  const words = form.elements.text.value.toLowerCase().split(/\\s+/)
  let shown = 0
  for (const article of articles) {
    const text = article.dataset.text.toLowerCase()
    const fits = confidence.includes(article.dataset.confidence) && status.includes(article.dataset.status) && words.every((word) => text.includes(word))
    article.hidden = !fits
    if (fits) shown++
  }
  for (const section of document.querySelectorAll('section.package')) section.hidden = !section.querySelector('article:not([hidden])')
  count.textContent = shown + ' of ' + articles.length + ' findings shown'
}
form.addEventListener('input', filter)
form.addEventListener('submit', (event) => event.preventDefault())
filter()
`
