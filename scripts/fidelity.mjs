// What a transform makes of every map of real modules: node scripts/fidelity.mjs [--transform=NAME] [--validate=STAGES] DIR…
// A row per module: maps, those that no other package can name, and how many of these are rewritten, hold their lock already, are refused, or
// broke a stage, in the better of the transform's two styles; then the reasons for refusals, the most frequent first.
import { spawnSync } from 'node:child_process'
import { basename, dirname, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const MAPFIX = join(dirname(dirname(fileURLToPath(import.meta.url))), 'bin/mapfix.js')
const ORDER = ['rewritten', 'held', 'refused', 'broken']

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    transform: { type: 'string', default: 'rwmutex' },
    validate: { type: 'string', default: 'gofmt,build,vet' },
  },
})
if (positionals.length === 0) {
  process.stderr.write('usage: node scripts/fidelity.mjs [--transform=NAME] [--validate=STAGES] DIR…\n')
  process.exit(2)
}

const reasons = new Map()
process.stdout.write('| module | maps | unexported | rewritten | held already | refused | broken | |\n')
process.stdout.write('| --- | --: | --: | --: | --: | --: | --: | --: |\n')
for (const dir of positionals) {
  const [wrapper, inline] = ['wrapper', 'inline'].map((style) => outcomes(dir, style))
  const counts = { rewritten: 0, held: 0, refused: 0, broken: 0 }
  const own = [...wrapper.keys()].filter((name) => !/[.#]\p{Lu}[^.]*$/u.test(name))
  for (const name of own) {
    const both = [wrapper.get(name), inline.get(name)]
    const broken = both.find(({ what }) => what === 'broken')
    const best = broken ?? both.sort((a, b) => ORDER.indexOf(a.what) - ORDER.indexOf(b.what))[0]
    counts[best.what]++
    if (best.reason !== '') reasons.set(sort(best.reason), (reasons.get(sort(best.reason)) ?? 0) + 1)
  }
  const share = own.length === 0 ? '' : `${Math.round((100 * (counts.rewritten + counts.held)) / own.length)} %`
  const cells = [basename(dir), wrapper.size, own.length, ...Object.values(counts), share]
  process.stdout.write(`| ${cells.join(' | ')} |\n`)
}
process.stdout.write('\n')
for (const [reason, count] of [...reasons].sort((a, b) => b[1] - a[1])) process.stdout.write(`${count}\t${reason}\n`)

/** What became of each map, by name. */
function outcomes(cwd, style) {
  const flags = ['--select=all', '--diff', '--format=json', '--witness=off', `--style=${style}`]
  const stages = [`--transform=${values.transform}`, `--validate=${values.validate}`]
  const run = spawnSync(process.execPath, [MAPFIX, ...flags, ...stages], { cwd, encoding: 'utf8', maxBuffer: 2 ** 30 })
  if (run.status !== 0 && run.status !== 1) throw new Error(`${cwd}: ${run.stderr}`)
  return new Map(JSON.parse(run.stdout).findings.map(({ map, fix }) => [map.name, outcome(fix)]))
}

function outcome({ status, reason, edits }) {
  if (status === 'proposed' || status === 'applied') return { what: edits === 0 ? 'held' : 'rewritten', reason: '' }
  return { what: status === 'failed' ? 'broken' : 'refused', reason }
}

/** A reason without the names in it. */
function sort(reason) {
  return reason
    .replace(/^these (accesses|calls) are one step[^(]*\([^)]*\), but /, '')
    .replace(/^(\S+ )*may not run under the lock/, '… may not run under the lock')
    .replace(/\S*[A-Z.]\S*( \(calls .*?\))?/g, '…')
}
