/** `mapfix worker`: runs units that a batch on another machine has put into a queue. */
import { join } from 'node:path'
import { work } from '../batch/work.js'
import { UserError } from '../errors.js'
import { stateFolder } from '../write/state.js'
import { commandOf, readArguments } from './arguments.js'
import { signalOf } from './io.js'
import { print } from './output.js'
import type { Run } from './standalone.js'
import { bytes, count, milliseconds } from './values.js'

const HELP = `mapfix worker --queue=redis://HOST    runs units that "mapfix batch --queue=…" has put into a queue

  --jobs=1 (units at one time)   --memory=4GB (all of them together)   --lease=30s (how long a unit of a
  worker that is gone waits for another)   --clones=DIR (kept between units)   --quiet   --verbose

It clones what the units name, with git as it is set up here, and runs their tests. Whoever can write to that Redis can
have it run code. It works until it is interrupted; exit status 0 then, 2 where there is no Redis.
`

/** Works until it is interrupted; exit status 0 then. */
export async function worker(argv: readonly string[], { io, version, temp }: Run): Promise<number> {
  const program = commandOf('worker').allowExcessArguments(false)
  for (const name of ['queue', 'jobs', 'memory', 'lease', 'clones']) program.option(`--${name} <value>`)
  program.option('--quiet').option('--verbose').option('-h, --help')
  const { text, on } = readArguments(
    program,
    argv,
    'mapfix worker --queue=redis://HOST [--jobs=1] [--memory=4GB] [--lease=30s] [--clones=DIR]',
  )
  if (on('help')) {
    await print(io.stdout, HELP)
    return 0
  }
  if (!/^rediss?:\/\//.test(text('queue')))
    throw new UserError('worker needs --queue=redis://HOST: where the units are')
  await work({
    url: text('queue'),
    version,
    env: { ...io.env, GIT_TERMINAL_PROMPT: '0' },
    jobs: count('jobs', text('jobs'), 1),
    memory: bytes(text('memory')),
    leaseMs: milliseconds('lease', text('lease') || '30s'),
    work: await temp('.'),
    clones: text('clones') || join(stateFolder(io.env), 'worker-clones'),
    signal: signalOf(io),
    onEvent: (line) => {
      if (!on('quiet')) io.stderr.write(`${line}\n`, () => undefined)
    },
  })
  return 0
}
