/** `mapfix batch`: many modules, of one repository or of many. */
import { createHash } from 'node:crypto'
import { dirname, join, resolve } from 'node:path'
import { type BatchEvent, type BatchRequest, runBatch, statusOf } from '../batch/batch.js'
import { readLedger } from '../batch/ledger.js'
import { madeLine, type Standing, standingLine, unitLine } from '../batch/progress.js'
import type { Preview } from '../batch/publish.js'
import { fromManifest, fromRoots } from '../batch/sources.js'
import { readManifest } from '../config/manifest.js'
import { UserError } from '../errors.js'
import { diskReason, nodeFiles } from '../write/files.js'
import { newestIn, stateFolder } from '../write/state.js'
import { type BatchFlags, readBatchFlags } from './batch-flags.js'
import { BATCH_HELP } from './batch-help.js'
import type { Io } from './io.js'
import { print } from './output.js'
import type { Run } from './standalone.js'

/** Exit status: 0 when every unit is clean or fixed and everything was made, else 1. */
export async function batch(argv: readonly string[], run: Run): Promise<number> {
  const { io } = run
  const flags = readBatchFlags(argv)
  if (flags.help) {
    await print(io.stdout, BATCH_HELP)
    return 0
  }
  const again = flags.resume && flags.roots.length === 0 && flags.manifest === '' ? await earlier(flags, io) : null
  const request = await requestOf(again?.flags ?? flags, again?.argv ?? argv, again?.cwd ?? io.cwd, run)
  const told = telling(request, run, flags.quiet)
  const result = await runBatch({ ...request, resume: flags.resume, retry: flags.retry, onEvent: told })
  run.clear()
  const shown = request.dryRun ? 'would make' : 'not made'
  for (const one of result.notMade) await print(io.stdout, previewText(one, shown))
  const count = (state: string): number => result.units.filter((unit) => unit.state === state).length
  const counts = (['clean', 'fixed', 'left', 'failed'] as const).flatMap((s) =>
    count(s) > 0 ? [`${count(s)} ${s}`] : [],
  )
  const made = result.made.filter(({ state }) => state === 'made').length
  const what = request.output === 'branch' ? (made === 1 ? 'branch' : 'branches') : made === 1 ? 'patch' : 'patches'
  await print(
    io.stdout,
    `${result.units.length} units: ${counts.join(', ')}; ${made} ${what} made\nledger: ${request.ledger}\n`,
  )
  return statusOf(result)
}

/** What the last run of a ledger was asked. */
async function earlier(
  { ledger }: BatchFlags,
  io: Io,
): Promise<{ flags: BatchFlags; argv: readonly string[]; cwd: string }> {
  const path = ledger === '' ? await newestIn(stateFolder(io.env), '.jsonl') : resolve(io.cwd, ledger)
  const last = path === '' ? undefined : (await readLedger(path)).runs.at(-1)
  if (last === undefined)
    throw new UserError(`there is no batch to resume${path === '' ? '' : ` in ${path}`}: name its ledger with --ledger`)
  return { flags: { ...readBatchFlags(last.argv), ledger: path }, argv: last.argv, cwd: last.cwd }
}

async function requestOf(
  flags: BatchFlags,
  argv: readonly string[],
  cwd: string,
  { io, version, temp }: Run,
): Promise<BatchRequest> {
  if (flags.manifest !== '' && flags.roots.length > 0)
    throw new UserError('name roots, or a manifest with --manifest, not both')
  if (flags.approve && !(io.stdout.isTTY === true))
    throw new UserError('--approve asks, and there is no terminal: look with --dry-run first')
  const signal = io.signal ?? new AbortController().signal
  const state = stateFolder(io.env)
  const manifest = flags.manifest === '' ? '' : resolve(cwd, flags.manifest)
  const roots = flags.roots.length > 0 ? flags.roots : ['.']
  const sources =
    manifest === ''
      ? fromRoots(roots, cwd)
      : await fromManifest(readManifest(flags.manifest, await text(manifest)), manifest, join(state, 'clones'), {
          env: io.env,
          signal,
        })
  const key = createHash('sha256').update(JSON.stringify(manifest || roots.map((root) => resolve(cwd, root))))
  const ledger =
    flags.ledger === '' ? join(state, `batch-${key.digest('hex').slice(0, 12)}.jsonl`) : resolve(cwd, flags.ledger)
  return {
    ...flags,
    sources,
    env: io.env,
    version,
    out: resolve(cwd, flags.out),
    approve: flags.approve ? (preview) => approved(preview, io) : null,
    ledger,
    argv: argv.filter((word) => word !== '--resume' && !word.startsWith('--retry')),
    cwd,
    work: await temp('.'),
    signal,
    onEvent: () => undefined,
  }
}

/** Says what goes on: a line for each unit, and on a terminal one below for the whole. */
function telling(request: BatchRequest, { io, say, clear }: Run, quiet: boolean): (event: BatchEvent) => void {
  const running = new Map<string, string>()
  let standing: Standing = {
    total: 0,
    done: 0,
    running: [],
    found: 0,
    fixed: 0,
    refused: 0,
    seconds: [],
    jobs: request.jobs,
  }
  const line = (textOf: string): void => {
    clear()
    if (!quiet) io.stderr.write(`${textOf}\n`, () => undefined)
  }
  const show = (): void => {
    const names = [...running].map(([unit, what]) => (what === '' ? unit : `${unit} (${what})`))
    if (running.size > 0) say(standingLine({ ...standing, running: names }))
  }
  return (event) => {
    if (event.kind === 'units') standing = { ...standing, total: event.units.length }
    else if (event.kind === 'started') running.set(event.unit, '')
    else if (event.kind === 'progress') running.set(event.unit, event.text)
    else if (event.kind === 'made') line(madeLine(event.record))
    else if (event.kind === 'preview') {
      if (request.exec !== '' && !request.dryRun) line(`${event.preview.name}: then "${request.exec}"`)
    } else {
      const { record, again } = event
      running.delete(record.unit)
      const count = (status: string): number => record.findings.filter((finding) => finding.status === status).length
      standing = {
        ...standing,
        done: standing.done + 1,
        found: standing.found + record.findings.length,
        fixed: standing.fixed + count('proposed'),
        refused: standing.refused + count('refused'),
        seconds: again || record.seconds === 0 ? standing.seconds : [...standing.seconds, record.seconds],
      }
      line(`[${standing.done}/${standing.total || '?'}] ${unitLine(record, again)}`)
    }
    show()
  }
}

function previewText({ name, repository, units, subjects }: Preview, what: string): string {
  const lines = subjects.map((subject) => `    ${subject}\n`).join('')
  return `${what} ${name} in ${repository}, for ${units.join(', ')}:\n${lines}`
}

async function approved(preview: Preview, io: Io): Promise<boolean> {
  const { createPromptModule } = await import('inquirer')
  const ask = createPromptModule({ input: io.stdin, output: io.stdout })
  await print(io.stdout, previewText(preview, 'about to make'))
  const answers = await ask([{ type: 'confirm', name: 'make', message: `make ${preview.name}?`, default: false }])
  return answers.make
}

async function text(path: string): Promise<string> {
  try {
    return (await nodeFiles.readFile(path)).toString('utf8')
  } catch (error) {
    throw new UserError(`cannot read the manifest ${path} in ${dirname(path)}: ${diskReason(error)}`)
  }
}
