/** `mapfix batch-status`: what a ledger says. */
import { resolve } from 'node:path'
import { Command, CommanderError } from 'commander'
import { burndown } from '../batch/burndown.js'
import { readLedger } from '../batch/ledger.js'
import { statusPage, statusText } from '../batch/statuspage.js'
import { UserError } from '../errors.js'
import { ownPid } from '../go/self.js'
import { nodeFiles } from '../write/files.js'
import { saveFile } from '../write/save.js'
import { newestIn, stateFolder } from '../write/state.js'
import { print } from './output.js'
import type { Run } from './standalone.js'

/** Prints the burndown, or writes it as a page. Exit status: 0 when every unit is clean or fixed, else 1. */
export async function batchStatus(argv: readonly string[], { io }: Run): Promise<number> {
  const program = new Command('batch-status').exitOverride().helpOption(false).argument('[ledger]')
  program.configureOutput({ writeErr: () => undefined, writeOut: () => undefined })
  program
    .option('--ledger <file>')
    .option('--html <file>')
    .option('--format <format>')
    .option('--quiet')
    .option('--verbose')
  try {
    program.parse([...argv], { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    throw new UserError(
      `${error.message.replace(/^error: /, '')}\n  mapfix batch-status [LEDGER] [--html=FILE] [--format=pretty|json]`,
    )
  }
  const opts = new Map<string, unknown>(Object.entries(program.opts()))
  const format = String(opts.get('format') ?? 'pretty')
  if (format !== 'pretty' && format !== 'json')
    throw new UserError(`--format cannot be ${format}: it is pretty or json`)
  const named = String(opts.get('ledger') ?? program.args[0] ?? '')
  const path = named === '' ? await newestIn(stateFolder(io.env), '.jsonl') : resolve(io.cwd, named)
  const history = path === '' ? null : await readLedger(path)
  if (history === null || history.runs.length === 0)
    throw new UserError(`there is no ledger${path === '' ? '' : ` in ${path}`}: "mapfix batch" writes one`)
  const status = burndown(history)
  const html = String(opts.get('html') ?? '')
  if (html !== '') await saveFile(resolve(io.cwd, html), statusPage(status), nodeFiles, ownPid)
  else await print(io.stdout, format === 'json' ? `${JSON.stringify(status, null, 2)}\n` : statusText(status))
  const { all = 0, clean = 0, fixed = 0 } = status.runs.at(-1)?.units ?? {}
  return clean + fixed === all ? 0 : 1
}
