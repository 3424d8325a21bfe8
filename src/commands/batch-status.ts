/** `mapfix batch-status`: what a ledger says. */
import { resolve } from 'node:path'
import { burndown } from '../batch/burndown.js'
import { readLedger } from '../batch/ledger.js'
import { statusPage, statusText } from '../batch/statuspage.js'
import { UserError } from '../errors.js'
import { ownPid } from '../go/self.js'
import { nodeFiles } from '../write/files.js'
import { saveFile } from '../write/save.js'
import { newestIn, stateFolder } from '../write/state.js'
import { commandOf, readArguments } from './arguments.js'
import { print } from './output.js'
import type { Run } from './standalone.js'
import { oneOf } from './values.js'

const HELP = `mapfix batch-status [LEDGER]    what batches have done, and what is left, by owner, rule and state, over time

  LEDGER is the file that "mapfix batch" wrote; the default is the newest below ~/.local/state/mapfix.
  --html=FILE (a page)   --format=pretty|json   --quiet   --verbose

Exit status: 0 every unit is clean or fixed, 1 something is left, 2 there is no such ledger.
`

/** Prints the burndown, or writes it as a page. Exit status: 0 when every unit is clean or fixed, else 1. */
export async function batchStatus(argv: readonly string[], { io }: Run): Promise<number> {
  const program = commandOf('batch-status').argument('[ledger]').option('--ledger <file>').option('--html <file>')
  program.option('--format <format>').option('--quiet').option('--verbose').option('-h, --help')
  const { operands, text, on } = readArguments(
    program,
    argv,
    'mapfix batch-status [LEDGER] [--html=FILE] [--format=pretty|json]',
  )
  if (on('help')) {
    await print(io.stdout, HELP)
    return 0
  }
  const format = oneOf('format', text('format'), ['pretty', 'json'])
  const named = text('ledger') || (operands[0] ?? '')
  const path = named === '' ? await newestIn(stateFolder(io.env), '.jsonl') : resolve(io.cwd, named)
  const history = path === '' ? null : await readLedger(path)
  if (history === null || history.runs.length === 0)
    throw new UserError(`there is no ledger${path === '' ? '' : ` in ${path}`}: "mapfix batch" writes one`)
  const status = burndown(history)
  const html = text('html')
  if (html !== '') await saveFile(resolve(io.cwd, html), statusPage(status), nodeFiles, ownPid)
  else await print(io.stdout, format === 'json' ? `${JSON.stringify(status, null, 2)}\n` : statusText(status))
  const { all = 0, clean = 0, fixed = 0 } = status.runs.at(-1)?.units ?? {}
  return clean + fixed === all ? 0 : 1
}
