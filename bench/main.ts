/** `npm run bench`: what `mapfix check`, go vet and staticcheck cost on the same packages, in one run. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Cost, type Row, table } from './table.js'

const USAGE = `usage: npm run bench -- [-C DIR] [--touch FILE] [--staticcheck VERSION] [packages]

  -C DIR                  measure in this folder
  --touch FILE            the file that gets a function for the third run, and its old text back afterwards;
                          else the largest one of the main modules
  --staticcheck VERSION   latest, or "" to leave it out
`

const MAPFIX = fileURLToPath(new URL('../../bin/mapfix.js', import.meta.url))
const MEASURE = fileURLToPath(new URL('../../bench/measure', import.meta.url))
const FIRST = 'mapfix check, empty cache'
const RIVAL = 'staticcheck, empty cache'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    dir: { type: 'string', short: 'C', default: '.' },
    touch: { type: 'string' },
    staticcheck: { type: 'string', default: 'latest' },
    help: { type: 'boolean', short: 'h', default: false },
  },
})
if (values.help) process.stdout.write(USAGE)
else bench(resolve(values.dir), positionals.length > 0 ? positionals : ['./...'])

function bench(cwd: string, packages: readonly string[]): void {
  const temp = mkdtempSync(join(tmpdir(), 'mapfix-bench-'))
  try {
    const tools = prepare(temp, cwd, packages)
    const rows: Row[] = []
    const run = (name: string, argv: readonly string[], env: Readonly<Record<string, string>> = {}): void => {
      process.stderr.write(`${name} …\n`)
      rows.push({ name, cost: measured(tools.measure, argv, cwd, env) })
    }
    const mapfix = [process.execPath, MAPFIX, 'check', '--quiet', ...packages]
    const own = { MAPFIX_CACHE: folder(temp, 'mapfix') }
    run(FIRST, mapfix, own)
    run('mapfix check, again', mapfix, own)
    const touched = values.touch === undefined ? largestFile(cwd, packages) : resolve(cwd, values.touch)
    if (touched === '') process.stderr.write('no file of a main module here: --touch FILE names one\n')
    else
      changed(touched, () => {
        execFileSync('go', ['list', '-export', '-deps', '-test', '--', ...packages], { cwd, stdio: 'ignore' })
        run('mapfix check, one file changed', mapfix, own)
      })
    // The go command keeps what vet said: by its flags too, and nobody else has this one.
    run('go vet, nothing cached', ['go', 'vet', `-unusedresult.funcs=bench.F${process.pid}x${Date.now()}`, ...packages])
    if (tools.staticcheck !== '')
      run(RIVAL, [tools.staticcheck, ...packages], { STATICCHECK_CACHE: folder(temp, 'staticcheck') })
    process.stdout.write(`${cwd} ${packages.join(' ')}${touched === '' ? '' : `\nchanged: ${touched}`}\n\n`)
    process.stdout.write(table(rows, FIRST, RIVAL))
  } finally {
    rmSync(temp, { recursive: true, force: true })
  }
}

interface Tools {
  readonly measure: string
  /** "" when it is left out. */
  readonly staticcheck: string
}

/** Builds what measures and what is measured, and fills the build cache with the packages and with mapfix's reader. */
function prepare(temp: string, cwd: string, packages: readonly string[]): Tools {
  process.stderr.write('building the tools, filling the build cache …\n')
  const bin = folder(temp, 'bin')
  const env = { ...process.env, GOBIN: bin, GOFLAGS: '-mod=mod', GOWORK: 'off' }
  execFileSync('go', ['install', '.'], { cwd: MEASURE, env, stdio: ['ignore', 'ignore', 'inherit'] })
  const staticcheck = values.staticcheck === '' ? '' : `honnef.co/go/tools/cmd/staticcheck@${values.staticcheck}`
  if (staticcheck !== '')
    execFileSync('go', ['install', staticcheck], { cwd: temp, env, stdio: ['ignore', 'ignore', 'inherit'] })
  execFileSync('go', ['list', '-export', '-deps', '-test', '--', ...packages], {
    cwd,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const warm = { ...process.env, MAPFIX_CACHE: folder(temp, 'warm') }
  try {
    execFileSync(process.execPath, [MAPFIX, 'check', '--quiet', packages[0] ?? '.'], {
      cwd,
      env: warm,
      stdio: 'ignore',
    })
  } catch {
    // Findings are no failure here; a real one is seen when it is measured.
  }
  return { measure: join(bin, 'measure'), staticcheck: staticcheck === '' ? '' : join(bin, 'staticcheck') }
}

function measured(measure: string, argv: readonly string[], cwd: string, env: Readonly<Record<string, string>>): Cost {
  const text = execFileSync(measure, argv, {
    cwd,
    env: { ...process.env, ...env },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const value: unknown = JSON.parse(text)
  if (!isCost(value)) throw new Error(`measure printed ${text}`)
  return value
}

function isCost(value: unknown): value is Cost {
  if (typeof value !== 'object' || value === null) return false
  const fields = new Map<string, unknown>(Object.entries(value))
  return ['code', 'cpu', 'wall', 'peak'].every((name) => typeof fields.get(name) === 'number')
}

/** The largest file of the packages of main modules that is no test; "" where there is none. */
function largestFile(cwd: string, packages: readonly string[]): string {
  const format =
    '{{if .Module}}{{if .Module.Main}}{{$d := .Dir}}{{range .GoFiles}}{{$d}}/{{.}}{{"\\n"}}{{end}}{{end}}{{end}}'
  const out = execFileSync('go', ['list', '-e', '-f', format, '--', ...packages], { cwd, encoding: 'utf8' })
  const sizes = out
    .split('\n')
    .filter((path) => path !== '')
    .map((path) => ({ path, size: readFileSync(path).length }))
  return sizes.sort((a, b) => b.size - a.size || (a.path < b.path ? -1 : 1))[0]?.path ?? ''
}

/** Adds a function to a file while `during` runs, and puts its old text back, also when the user interrupts. */
function changed(path: string, during: () => void): void {
  const before = readFileSync(path)
  const restore = (): void => writeFileSync(path, before)
  const onSignal = (): void => {
    restore()
    process.exit(130)
  }
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal)
  try {
    writeFileSync(path, `${before.toString('utf8')}\nfunc mapfixBench() int { return ${process.pid} }\n`)
    during()
  } finally {
    restore()
    process.removeListener('SIGINT', onSignal).removeListener('SIGTERM', onSignal)
  }
}

function folder(temp: string, name: string): string {
  const path = join(temp, name)
  mkdirSync(path)
  return path
}
