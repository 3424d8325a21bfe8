/** `npm run differential`: made-up programs, each rewritten in every way, must do what they did. */
import { mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { clean, type Failure, type Fate, runBatch, type Text, WAYS } from './batch.js'
import { programsOf, shrink } from './shrink.js'
import { textOf } from './text.js'

const USAGE = `usage: npm run differential -- [--programs N] [--seed N] [--batch N] [--go VERSION] [--way TRANSFORM,…] [--vet] [--keep] [--no-shrink]

  --programs N     how many (200)
  --seed N         the first batch's seed (1); the next batch has the next
  --batch N        programs of one module (100)
  --go VERSION     the go line of their go.mod (1.24)
  --build-with TC  the toolchain that builds and runs them, go1.18.10
  --way TRANSFORM  only these: rwmutex, mutex, sharded, syncmap, guard
  --vet            go vet what comes out, too
  --show           print the programs, and do nothing
  --keep           leave the folders
  --no-shrink      leave failing programs as they are
`

const { values } = parseArgs({
  options: {
    programs: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    batch: { type: 'string', default: '100' },
    go: { type: 'string', default: '1.24' },
    'build-with': { type: 'string' },
    way: { type: 'string' },
    vet: { type: 'boolean', default: false },
    show: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    'no-shrink': { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
})

/** As a person would have it. */
const PLAIN = { package: 'p', module: 'example.com/d', suffix: '', minor: Number(values.go.split('.')[1]) }

if (values.help) process.stdout.write(USAGE)
else process.exitCode = await main()

async function main(): Promise<number> {
  const temp = mkdtempSync(join(tmpdir(), 'mapfix-differential-'))
  const fates: Fate[] = []
  let failed = 0
  let compounds = 0
  try {
    let left = Number(values.programs)
    for (let seed = Number(values.seed); left > 0; seed++) {
      const made = programsOf(seed, Math.min(left, Number(values.batch)))
      left -= made.length
      const texts = made.map(
        ({ value_ }): Text =>
          (options) =>
            textOf(value_, options),
      )
      if (values.show) {
        process.stdout.write(texts.map((text) => text(PLAIN)).join('\n// ----\n\n'))
        continue
      }
      const dir = join(temp, String(seed))
      mkdirSync(dir)
      const ways = WAYS.filter(({ transform }) => values.way === undefined || values.way.split(',').includes(transform))
      const batch = await runBatch(texts, {
        dir,
        go: values.go,
        toolchain: values['build-with'] ?? '',
        ways,
        vet: values.vet,
      })
      fates.push(...batch.fates)
      compounds += batch.compounds
      for (const text of batch.unbuilt) process.stderr.write(`not Go: ${text}`)
      failed += batch.failures.length
      process.stderr.write(`seed ${seed}: ${made.length} programs, ${batch.failures.length} failures\n`)
      for (const failure of kinds(batch.failures)) {
        const one = made[failure.program]
        if (one === undefined) continue
        const said = `seed ${seed}, program ${failure.program}, ${failure.way.transform} ${failure.way.style}: ${failure.kind}`
        const small = values['no-shrink']
          ? { made: one, failure }
          : await shrink(one, failure, { go: values.go, toolchain: values['build-with'] ?? '' }, dir)
        process.stdout.write(`\n=== ${said}\n${textOf(small.made.value_, PLAIN)}\n--- ${small.failure.text}\n`)
      }
      if (!values.keep) clean(dir)
    }
    if (!values.show) process.stdout.write(table(fates, compounds, failed))
    return failed > 0 ? 1 : 0
  } finally {
    if (values.keep) process.stderr.write(`left in ${temp}\n`)
    else clean(temp)
  }
}

/** One of each kind and way: the others often are the same. */
function kinds(failures: readonly Failure[]): Failure[] {
  const seen = new Set<string>()
  return failures.filter(({ kind, text, way }) => {
    const key = `${kind === 'steps' ? text.replace(/\d+/g, '') : kind} ${way.transform === 'mutex' ? 'rwmutex' : way.transform}`
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
}

/** How many maps each transform rewrote, and why it refused the others. */
function table(fates: readonly Fate[], compounds: number, failed: number): string {
  const lines = WAYS.flatMap(({ transform, style }) => {
    const mine = fates.filter(({ way }) => way.transform === transform && way.style === style)
    if (mine.length === 0) return []
    const reasons = new Map<string, number>()
    for (const { refused } of mine) {
      if (refused === null) continue
      const reason = refused.replace(/\b(items|hits|index|seen|store|cache|s)\b/gi, '…').replace(/\d+/g, 'N')
      reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
    }
    const top = [...reasons].sort(([, a], [, b]) => b - a).slice(0, 8)
    const rewritten = mine.filter(({ refused }) => refused === null).length
    return [
      `${transform} ${style}: ${rewritten} of ${mine.length} maps rewritten (${Math.round((100 * rewritten) / mine.length)} %)`,
      ...top.map(([reason, n]) => `    ${n} ${reason}`),
    ]
  })
  return `\n${[...lines, `${compounds} compound uses listed; ${failed} failures`].join('\n')}\n`
}
