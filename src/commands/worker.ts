/** `mapfix worker`: runs units that a batch on another machine has put into a queue. */
import { join } from 'node:path'
import { Command, CommanderError } from 'commander'
import { work } from '../batch/work.js'
import { UserError } from '../errors.js'
import { stateFolder } from '../write/state.js'
import { bytes, count, milliseconds } from './batch-flags.js'
import type { Run } from './standalone.js'

/** Works until it is interrupted; exit status 0 then. */
export async function worker(argv: readonly string[], { io, version, temp }: Run): Promise<number> {
  const program = new Command('worker').exitOverride().helpOption(false).allowExcessArguments(false)
  program.configureOutput({ writeErr: () => undefined, writeOut: () => undefined })
  for (const name of ['queue', 'jobs', 'memory', 'lease', 'clones']) program.option(`--${name} <value>`)
  program.option('--quiet').option('--verbose')
  try {
    program.parse([...argv], { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    throw new UserError(
      `${error.message.replace(/^error: /, '')}\n  mapfix worker --queue=redis://HOST [--jobs=1] [--memory=4GB] [--lease=30s] [--clones=DIR]`,
    )
  }
  const opts = new Map<string, unknown>(Object.entries(program.opts()))
  const text = (name: string): string => String(opts.get(name) ?? '')
  if (!/^rediss?:\/\//.test(text('queue')))
    throw new UserError('worker needs --queue=redis://HOST: where the units are')
  const signal = io.signal ?? new AbortController().signal
  await work({
    url: text('queue'),
    version,
    env: { ...io.env, GIT_TERMINAL_PROMPT: '0' },
    jobs: count('jobs', text('jobs'), 1),
    memory: bytes(text('memory')),
    leaseMs: milliseconds(text('lease') || '30s', 'lease'),
    work: await temp('.'),
    clones: text('clones') || join(stateFolder(io.env), 'worker-clones'),
    signal,
    onEvent: (line) => {
      if (opts.get('quiet') !== true) io.stderr.write(`${line}\n`, () => undefined)
    },
  })
  return 0
}
