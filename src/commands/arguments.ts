/** The arguments of a command, as commander reads them. */
import { Command, CommanderError } from 'commander'
import { UserError } from '../errors.js'

export interface Arguments {
  readonly operands: readonly string[]
  /** Flags by their attribute names: --dry-run is "dryRun". */
  has(name: string): boolean
  /** The value of a flag, "" without. */
  text(name: string): string
  /** Those of a flag that may be given several times. */
  texts(name: string): readonly string[]
  on(name: string): boolean
}

/** A command that leaves help, printing and exiting to its caller. */
export function commandOf(name: string): Command {
  return new Command(name)
    .exitOverride()
    .helpOption(false)
    .configureOutput({ writeErr: () => undefined, writeOut: () => undefined })
}

/** Refused, with the hint in a line below: flags that there are not, and those without their value. */
export function readArguments(program: Command, argv: readonly string[], hint: string): Arguments {
  try {
    program.parse([...argv], { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    throw new UserError(`${error.message.replace(/^error: /, '')}\n  ${hint}`)
  }
  const flags = new Map<string, unknown>(Object.entries(program.opts()))
  return {
    operands: program.args,
    has: (name) => flags.has(name),
    text(name) {
      const value = flags.get(name)
      return typeof value === 'string' ? value : ''
    },
    texts(name) {
      const value = flags.get(name)
      return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []
    },
    on: (name) => flags.get(name) === true,
  }
}
