// Rewrites every map of a copy of each module, puts watched locks (scripts/watchlock.go.txt) in the place of those that were added, and runs the
// tests of the packages that changed, before and after: node scripts/instrumented.mjs [--transform=NAME] [--style=NAME] [--tests=REGEXP] DIR…
// A row per module: packages that changed, maps rewritten, tests that pass before, those of them that fail after (twice each), what the locks complained
// of, and where something waited under one. Dependencies must be there: nothing is fetched.
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const HERE = dirname(fileURLToPath(import.meta.url))
const MAPFIX = join(dirname(HERE), 'bin/mapfix.js')
const SKIPPED = new Set(['.git', 'node_modules'])

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    transform: { type: 'string', default: 'rwmutex' },
    style: { type: 'string', default: 'wrapper' },
    tests: { type: 'string', default: '' },
    timeout: { type: 'string', default: '5m' },
  },
})
if (positionals.length === 0) {
  process.stderr.write('usage: node scripts/instrumented.mjs [--transform=NAME] [--style=NAME] [--tests=REGEXP] DIR…\n')
  process.exit(2)
}
process.stdout.write('| module | packages | rewritten | pass before | fail after | complaints | waits |\n')
process.stdout.write('| --- | --: | --: | --: | --: | --: | --: |\n')
for (const dir of positionals) trial(resolve(dir))

function trial(dir) {
  const temp = mkdtempSync(join(tmpdir(), 'mapfix-instrumented-'))
  try {
    const [before, after] = ['before', 'after'].map((name) => copyOf(dir, join(temp, name)))
    const rewritten = rewrite(after)
    const changed = changes(before, after)
    instrument(before, after, changed)
    const packages = [...new Set(changed.map((path) => `./${dirname(path)}`))].sort()
    const said = join(temp, 'said.txt')
    const was = testsIn(before, packages, {})
    const is = testsIn(after, packages, { WATCHLOCK: said })
    let worse = [...was.passed].filter((name) => !is.passed.has(name))
    if (worse.length > 0) {
      const names = `^(${[...new Set(worse.map((name) => name.split(' ')[1].split('/')[0]))].join('|')})$`
      const again = testsIn(after, packages, { WATCHLOCK: said }, names)
      worse = worse.filter((name) => !again.passed.has(name))
    }
    const lines = existsSync(said)
      ? readFileSync(said, 'utf8')
          .split('\n\n')
          .filter((text) => text.trim() !== '')
      : []
    const waits = lines.filter((text) => text.startsWith('blocked'))
    const cells = [
      basename(dir),
      packages.length,
      rewritten,
      was.passed.size,
      worse.length,
      lines.length - waits.length,
      waits.length,
    ]
    process.stdout.write(`| ${cells.join(' | ')} |\n`)
    for (const name of worse) process.stdout.write(`fails: ${name}\n`)
    if (is.broken !== '') process.stdout.write(`${is.broken}\n`)
    for (const text of new Set(lines.map(shorten))) process.stdout.write(`${text}\n`)
  } finally {
    rmSync(temp, { recursive: true, force: true })
  }
}

function copyOf(dir, to) {
  cpSync(dir, to, { recursive: true, filter: (path) => !SKIPPED.has(basename(path)) })
  return to
}

/** Rewrites the copy in place; how many maps were. */
function rewrite(cwd) {
  const flags = [
    '--select=all',
    '--format=json',
    '--witness=off',
    '--allow-no-vcs',
    '--allow-dirty',
    '--validate=gofmt,build,vet',
  ]
  const run = spawnSync(
    process.execPath,
    [MAPFIX, `--transform=${values.transform}`, `--style=${values.style}`, ...flags],
    { cwd, encoding: 'utf8', maxBuffer: 2 ** 30 },
  )
  if (run.status !== 0 && run.status !== 1) throw new Error(`${cwd}: ${run.stderr}`)
  const fixes = JSON.parse(run.stdout).findings.map(({ fix }) => fix)
  return fixes.filter(({ status, edits }) => status === 'applied' && edits > 0).length
}

/** Go files of the second folder that the first does not have, or has with another text. */
function changes(before, after) {
  return readdirSync(after, { recursive: true })
    .map(String)
    .filter((path) => path.endsWith('.go'))
    .filter((path) => {
      const old = join(before, path)
      return !existsSync(old) || readFileSync(old, 'utf8') !== readFileSync(join(after, path), 'utf8')
    })
}

/** Added lines that declare a lock declare a watched one. */
function instrument(before, after, changed) {
  const module = /^module\s+"?([^\s"]+)/m.exec(readFileSync(join(after, 'go.mod'), 'utf8'))?.[1]
  mkdirSync(join(after, 'internal/watchlock'), { recursive: true })
  const text = readFileSync(join(HERE, 'watchlock.go.txt'), 'utf8')
  writeFileSync(join(after, 'internal/watchlock/watchlock.go'), text)
  for (const path of changed) {
    const old = existsSync(join(before, path))
      ? new Set(readFileSync(join(before, path), 'utf8').split('\n').map(squeeze))
      : new Set()
    let found = false
    const lines = readFileSync(join(after, path), 'utf8').split('\n')
    const made = lines.map((line) => {
      if (old.has(squeeze(line)) || !/\bsync\.(RW)?Mutex\b/.test(line)) return line
      found = true
      return line.replace(/\bsync\.((?:RW)?Mutex)\b/, 'watchlock.$1')
    })
    if (!found) continue
    const at = made.findIndex((line) => /^package\s/.test(line))
    made.splice(at + 1, 0, `import "${module}/internal/watchlock"`)
    writeFileSync(join(after, path), `${made.join('\n')}\nvar _ sync.Locker\n`)
  }
}

function squeeze(line) {
  return line.replace(/\s+/g, ' ').trim()
}

/** Names, after their packages, of the tests that pass; `broken` is what does not build. */
function testsIn(cwd, packages, env, names = values.tests) {
  const args = [
    'test',
    '-json',
    '-count=1',
    '-vet=off',
    `-timeout=${values.timeout}`,
    ...(names === '' ? [] : [`-run=${names}`]),
    ...packages,
  ]
  const run = spawnSync('go', args, { cwd, encoding: 'utf8', maxBuffer: 2 ** 30, env: { ...process.env, ...env } })
  const events = run.stdout.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line)] : []))
  const passed = new Set(
    events.flatMap(({ Action, Package, Test }) => (Action === 'pass' && Test ? [`${Package} ${Test}`] : [])),
  )
  const broken = events.flatMap(({ Action, Output }) => (Action === 'build-output' ? [Output] : [])).join('')
  return { passed, broken: `${broken}${run.stderr}`.trim().slice(0, 2000) }
}

/** The complaint with the first frames that are not the lock's own. */
function shorten(text) {
  const [what, ...lines] = text.trim().split('\n')
  const frames = lines.filter((line) => /^\S/.test(line) && !/watchlock|^goroutine|^panic|^runtime/.test(line))
  return `${what}: ${frames.slice(0, 4).join(' < ')}`
}
