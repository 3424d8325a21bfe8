/** `mapfix lsp`: a language server on standard input and output. */
import { dirname } from 'node:path'
import { PassThrough } from 'node:stream'
import { createProtocolConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-languageserver-protocol/node'
import { check } from '../driver.js'
import { UserError } from '../errors.js'
import { type Backend, serve } from '../lsp/server.js'
import { nodeFiles } from '../write/files.js'
import { lookUp } from '../write/lookup.js'
import { tempFolders } from '../write/temp.js'
import type { Context } from './context.js'
import { explain } from './explain.js'
import { repaired } from './fix.js'
import { readFlags } from './flags.js'
import { print } from './output.js'
import type { Run, Standalone } from './standalone.js'
import { contextOf } from './start.js'

const HELP = `mapfix lsp    a language server on standard input and output, for editors to start (--stdio is taken, and changes nothing)

  Diagnostics for what "mapfix check" finds, a code action for each transform, and "mapfix explain" on hover.

Exit status: 0 after the client's "shutdown" and "exit", 1 where it hangs up without.
`

/** Exit status 0 after "shutdown" and "exit", 1 where the client hangs up without. Refused: arguments, but --stdio, which editors pass. */
export const lsp: Standalone = async (argv, run) => {
  if (argv.includes('--help') || argv.includes('-h')) {
    await print(run.io.stdout, HELP)
    return 0
  }
  const other = argv.find((arg) => arg !== '--stdio')
  if (other !== undefined)
    throw new UserError(`mapfix lsp takes no ${other}: it speaks on standard input and output, as editors start it`)
  const { stdin, stdout } = run.io
  const connection = createProtocolConnection(new StreamMessageReader(stdin), new StreamMessageWriter(stdout))
  const ended = await serve(connection, backendOf(run))
  connection.dispose()
  return ended ? 0 : 1
}

function backendOf({ io, version, elapsed }: Run): Backend {
  /** What `use` makes of a command, which has folders of its own as long as it runs. */
  const within = async <T>(
    dir: string,
    argv: readonly string[],
    use: (context: Context, stdout: PassThrough) => Promise<T>,
  ): Promise<T> => {
    const temp = tempFolders(io.env)
    const stdout = new PassThrough()
    const tools = { say: () => undefined, clear: () => undefined, temp: temp.make, elapsed }
    try {
      return await use(
        await contextOf(argv, readFlags(argv), { ...io, cwd: dir, stdout, stderr: new PassThrough() }, tools),
        stdout,
      )
    } finally {
      await temp.remove()
    }
  }
  return {
    version,
    async moduleOf(path) {
      const found = await lookUp(['go.mod'], dirname(path), nodeFiles)
      return found === null ? null : dirname(found)
    },
    check: (dir) => within(dir, ['check'], ({ request }) => check(request)),
    explain: (dir, name) =>
      within(dir, ['explain', name], async (context, stdout) => {
        await explain(context)
        return String(stdout.read() ?? '')
      }),
    rewrite(dir, name, { transform, style }) {
      const chosen = [`--only=${name}`, `--transform=${transform}`, `--style=${style}`]
      const proof = ['--validate=gofmt,build,vet', '--witness=off', '--diff']
      return within(dir, [...chosen, ...proof], async (context) => {
        const { fixed, report } = await repaired(context, () => undefined)
        const [first] = report.findings
        if (first === undefined) throw new UserError(`nothing is found about ${name} any more`)
        if (!report.findings.some(({ fix }) => fix?.status === 'proposed')) {
          const { at = '', reason = '' } = first.fix ?? {}
          throw new UserError(`${at ? `${at}: ` : ''}${reason || `${transform} is not for ${first.rule}`}`)
        }
        return new Map((await fixed.steps()).flatMap(({ overlay }) => [...overlay]))
      })
    },
  }
}
