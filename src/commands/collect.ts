/** `mapfix collect`: evidence, from a program that runs or from tests. */
import { basename, join, resolve } from 'node:path'
import { endpointAt } from '../collect/endpoint.js'
import { fetchAll } from '../collect/fetching.js'
import { type Folder, freeName, makeFolder } from '../collect/folder.js'
import type { Known, Suspicion } from '../collect/suspicion.js'
import { type Seen, watch } from '../collect/watching.js'
import { check } from '../driver.js'
import { ToolError, UserError } from '../errors.js'
import { printable } from '../evidence/lines.js'
import { relay, run } from '../go/run.js'
import { mapWrites } from '../observations.js'
import { nodeFiles } from '../write/files.js'
import { commandOf, readArguments } from './arguments.js'
import { readFlags } from './flags.js'
import { signalOf } from './io.js'
import { print } from './output.js'
import type { Run } from './standalone.js'
import { contextOf } from './start.js'
import { milliseconds } from './values.js'

const HELP = `mapfix collect gathers evidence into one folder, for mapfix --evidence=FOLDER.

  mapfix collect URL                    what a net/http/pprof endpoint tells: profiles, a trace, two dumps
  mapfix collect URL --watch=5s         look again and again; save everything on a suspected race or a map without bounds
  mapfix collect -- go test ./...       run a command with the race detector on, and keep all it says

  --out=FOLDER (default mapfix-evidence)   --seconds=5 (of the processor profile)   --quiet
  --watch=5s --on-suspect=CMD   CMD is run by sh, with MAPFIX_EVIDENCE naming the folder

A look takes a processor profile of one second now and then, and has the program collect its garbage.
Exit status: 0 collected, 2 it could not be done, 130 interrupted; behind -- that of the command.
`

interface Settings {
  readonly url: string
  /** What stands behind "--". */
  readonly command: readonly string[]
  readonly out: string
  readonly seconds: number
  /** Milliseconds between looks, 0 to collect once. */
  readonly watch: number
  readonly onSuspect: string
  readonly quiet: boolean
}

/** Returns 0, or the exit status of the command that was run. */
export async function collect(argv: readonly string[], tools: Run): Promise<number> {
  const { io } = tools
  const settings = settingsOf(argv)
  if (settings === null) {
    await print(io.stdout, HELP)
    return 0
  }
  const path =
    settings.out === '' ? await freeName(resolve(io.cwd, 'mapfix-evidence'), nodeFiles) : resolve(io.cwd, settings.out)
  if (settings.command.length > 0) return runCommand(settings.command, path, tools)
  return settings.watch > 0 ? watchEndpoint(settings, path, tools) : collectOnce(settings, path, tools)
}

async function collectOnce({ url, seconds }: Settings, path: string, { io, say, clear }: Run): Promise<number> {
  const endpoint = endpointAt(url, signalOf(io))
  // Nothing is made for an endpoint that is not there.
  await endpoint.whole('cmdline')
  const folder = await makeFolder(path, nodeFiles)
  const missing = await fetchAll(endpoint, folder, seconds, say)
  clear()
  await print(io.stderr, missing.map((why) => `mapfix: left out: ${printable(why)}\n`).join(''))
  await print(io.stdout, next(folder))
  return 0
}

async function watchEndpoint(settings: Settings, path: string, tools: Run): Promise<number> {
  const { io, say, clear } = tools
  const signal = signalOf(io)
  const endpoint = endpointAt(settings.url, signal)
  let nth = 0
  const found = async (suspicions: readonly Suspicion[], seen: Seen): Promise<void> => {
    nth++
    const folder = await makeFolder(nth === 1 ? path : await freeName(`${path}-${nth}`, nodeFiles), nodeFiles)
    const lines = suspicions.map(({ kind, where, why }) =>
      printable(`${kind === 'race' ? 'suspected race' : 'suspected to grow without bounds'}: ${where}: ${why}`),
    )
    await folder.save('suspicions.txt', [Buffer.from(lines.map((line) => `${line}\n`).join(''))])
    for (const [name, bytes] of seen) await folder.save(name, [bytes])
    await fetchAll(endpoint, folder, settings.seconds, say)
    clear()
    await print(io.stdout, `${lines.map((line) => `${line}\n`).join('')}${next(folder)}`)
    if (settings.onSuspect === '') return
    const env = { ...io.env, MAPFIX_EVIDENCE: folder.path }
    const { code, stdout, stderr } = await run('sh', ['-c', settings.onSuspect], { cwd: io.cwd, env, signal })
    await print(io.stdout, stdout)
    await print(
      io.stderr,
      `${stderr}${code === 0 ? '' : `mapfix: the command of --on-suspect ended with status ${code}\n`}`,
    )
  }
  await endpoint.whole('cmdline')
  return watch(endpoint, settings.watch, await sourceHere(tools), signal, found, say)
}

/** The lines that write to maps, where a module is in this folder; null where there is none, or it can't be read. */
async function sourceHere({ io, ...tools }: Run): Promise<Known | null> {
  if (!(await nodeFiles.exists(join(io.cwd, 'go.mod')))) return null
  try {
    const { request } = await contextOf([], readFlags(['check']), io, tools)
    return mapWrites(await check(request))
  } catch (error) {
    if (!(error instanceof UserError || error instanceof ToolError)) throw error
    await print(
      io.stderr,
      `mapfix: the source here is not read, and profiles tell what writes to maps: ${error.message}\n`,
    )
    return null
  }
}

/** With the race detector in whatever the go command builds, and every report kept, of processes that hide their output too. */
async function runCommand([command = '', ...args]: readonly string[], path: string, { io }: Run): Promise<number> {
  const folder = await makeFolder(path, nodeFiles)
  const output = folder.open('output.log')
  let written = Promise.resolve()
  const env = {
    ...io.env,
    GOFLAGS: `${io.env.GOFLAGS ?? ''} -race`.trim(),
    GORACE: `${io.env.GORACE ?? ''} history_size=7 halt_on_error=0 log_path=${join(folder.path, 'race')}`.trim(),
    GOTRACEBACK: 'all',
  }
  try {
    const code = await relay(command, args, { cwd: io.cwd, env, signal: io.signal }, (stream, chunk) => {
      written = written.then(() => output.add(chunk))
      io[stream].write(chunk, () => undefined)
    })
    await written
    await print(io.stderr, next(folder))
    return code
  } finally {
    await output.close()
  }
}

function next({ path }: Folder): string {
  return `collected in ${basename(path)}; now: mapfix check --evidence=${basename(path)}\n`
}

/** Null where help is asked for. */
function settingsOf(argv: readonly string[]): Settings | null {
  const dashes = argv.indexOf('--')
  const own = dashes < 0 ? argv : argv.slice(0, dashes)
  const command = dashes < 0 ? [] : argv.slice(dashes + 1)
  const program = commandOf('collect').argument('[args...]')
  for (const name of ['out', 'seconds', 'watch', 'on-suspect']) program.option(`--${name} <value>`)
  program.option('--quiet').option('--verbose').option('-h, --help')
  const flags = readArguments(program, own, 'mapfix collect --help lists the flags')
  if (flags.on('help')) return null
  const [url = '', ...more] = flags.operands
  if ((url === '') === (command.length === 0) || more.length > 0)
    throw new UserError(
      'collect what? give the URL of a pprof endpoint, or a command behind --\n  mapfix collect --help shows both',
    )
  if (flags.has('onSuspect') && !flags.has('watch'))
    throw new UserError('--on-suspect needs --watch=5s: how often to look')
  if (command.length > 0 && (flags.has('watch') || flags.has('seconds')))
    throw new UserError('--watch and --seconds are for an endpoint, not for a command')
  const { text } = flags
  return {
    url,
    command,
    out: text('out'),
    seconds: milliseconds('seconds', withUnit(text('seconds') || '5'), HOUR) / 1000,
    watch: flags.has('watch') ? Math.round(milliseconds('watch', withUnit(text('watch')), HOUR)) : 0,
    onSuspect: text('onSuspect'),
    quiet: flags.on('quiet'),
  }
}

const HOUR = 3_600_000

/** A number alone is of seconds. */
function withUnit(text: string): string {
  return /^\d+(\.\d+)?$/.test(text) ? `${text}s` : text
}
