/** `mapfix batch`: many modules, of one repository or of many. */
import { resolve } from 'node:path'
import { type BatchEvent, type BatchResult, runBatch, statusOf } from '../batch/batch.js'
import { readLedger } from '../batch/ledger.js'
import { madeLine, type Standing, standingLine, unitLine } from '../batch/progress.js'
import type { Preview } from '../batch/publish.js'
import { Interrupted, UserError } from '../errors.js'
import { counted } from '../quantity.js'
import { newestIn, stateFolder } from '../write/state.js'
import { type BatchFlags, readBatchFlags } from './batch-flags.js'
import { BATCH_HELP } from './batch-help.js'
import { requestOf } from './batch-request.js'
import { type Io, signalOf } from './io.js'
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
  const asked = { ...(again?.flags ?? flags), resume: flags.resume, retry: flags.retry }
  if (asked.approve && io.stdout.isTTY !== true)
    throw new UserError('--approve asks, and there is no terminal: look with --dry-run first')
  const request = await requestOf(asked, {
    env: io.env,
    cwd: again?.cwd ?? io.cwd,
    version: run.version,
    signal: signalOf(io),
    work: await run.temp('.'),
    approve: asked.approve ? (preview) => approved(preview, io) : null,
    onEvent: telling(asked, run),
    argv: (again?.argv ?? argv).filter((word) => word !== '--resume' && !word.startsWith('--retry')),
  })
  const result = await resumable(runBatch(request), request.ledger, run)
  run.clear()
  const shown = request.dryRun ? 'would make' : 'not made'
  for (const one of result.notMade) await print(io.stdout, previewText(one, shown))
  const count = (state: string): number => result.units.filter((unit) => unit.state === state).length
  const counts = (['clean', 'fixed', 'left', 'failed'] as const).flatMap((s) =>
    count(s) > 0 ? [`${count(s)} ${s}`] : [],
  )
  const made = result.made.filter(({ state }) => state === 'made').length
  await print(
    io.stdout,
    `${counted(result.units.length, 'unit')}: ${counts.join(', ')}; ${counted(made, request.output)} made\nledger: ${request.ledger}\n`,
  )
  return statusOf(result)
}

/** Whoever interrupts a batch is told how it goes on. */
async function resumable(ran: Promise<BatchResult>, ledger: string, { io, clear }: Run): Promise<BatchResult> {
  try {
    return await ran
  } catch (error) {
    clear()
    if (error instanceof Interrupted)
      await print(io.stderr, `what was done is in the ledger: "mapfix batch --resume --ledger=${ledger}" goes on\n`)
    throw error
  }
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

/** Says what goes on: a line for each unit, and on a terminal one below for the whole. */
function telling({ jobs, exec, dryRun, quiet }: BatchFlags, { io, say, clear }: Run): (event: BatchEvent) => void {
  const running = new Map<string, string>()
  let standing: Standing = {
    total: 0,
    done: 0,
    running: [],
    found: 0,
    fixed: 0,
    refused: 0,
    seconds: [],
    jobs,
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
      if (exec !== '' && !dryRun) line(`${event.preview.name}: then "${exec}"`)
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
  const { confirm } = await import('@inquirer/prompts')
  const { answered } = await import('../review/prompts.js')
  await print(io.stdout, previewText(preview, 'about to make'))
  return answered(() =>
    confirm({ message: `make ${preview.name}?`, default: false }, { input: io.stdin, output: io.stdout }),
  )
}
