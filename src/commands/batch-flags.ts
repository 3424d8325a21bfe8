/** The flags of `mapfix batch`. Those of a fix go on to every unit. */
import { availableParallelism } from 'node:os'
import { UserError } from '../errors.js'
import { commandOf, readArguments } from './arguments.js'
import { readFlags } from './flags.js'
import { bytes, count, list, milliseconds, oneOf } from './values.js'

export interface BatchFlags {
  readonly roots: readonly string[]
  readonly manifest: string
  readonly owners: readonly string[]
  readonly paths: readonly string[]
  readonly imports: readonly string[]
  readonly jobs: number
  /** Bytes. */
  readonly memory: number
  readonly unitTimeoutMs: number
  readonly output: 'branch' | 'patch'
  readonly out: string
  readonly split: 'unit' | 'owner' | 'package'
  readonly maxFixes: number
  readonly dryRun: boolean
  readonly approve: boolean
  readonly exec: string
  readonly ledger: string
  readonly resume: boolean
  readonly retry: boolean
  readonly queue: string
  readonly quiet: boolean
  readonly help: boolean
  /** For every unit, checked. */
  readonly flags: readonly string[]
}

/** Flags of a fix that make sense for units; they take a value, but for those in SWITCHES. */
const PASSED = [
  'transform',
  'style',
  'exported',
  'emit',
  'only',
  'skip',
  'rules',
  'no-rules',
  'select',
  'min-confidence',
  'validate',
  'validate-tests',
  'witness',
  'timeout',
  'tags',
] as const
const SWITCHES = ['unsafe-fixes'] as const

/** Reads the arguments after "batch". Refused: flags and values that there are not, and those that do not go together. */
export function readBatchFlags(argv: readonly string[]): BatchFlags {
  const program = commandOf('batch').argument('[roots...]')
  for (const name of VALUES) program.option(`--${name} <value>`)
  for (const name of ['dry-run', 'approve', 'resume', 'quiet', 'verbose', ...SWITCHES]) program.option(`--${name}`)
  program.option('-h, --help')
  const passed: string[] = []
  const own: string[] = []
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] ?? ''
    if (word === '--') {
      own.push(...argv.slice(i))
      break
    }
    const [, name = '', value] = /^--([\w-]+)(?:=(.*))?$/s.exec(word) ?? []
    const isSwitch = SWITCHES.some((one) => one === name)
    if (isSwitch) passed.push(word)
    else if (PASSED.some((one) => one === name))
      passed.push(value === undefined ? `--${name}=${argv[++i] ?? ''}` : word)
    else own.push(word)
  }
  const { operands, text, on } = readArguments(program, own, 'mapfix batch --help lists the flags')
  readFlags(['--diff', ...passed])
  const retry = text('retry')
  if (retry !== '' && retry !== 'failed') throw new UserError(`--retry cannot be ${retry}: it is "failed"`)
  if (text('output') === 'branch' && text('out') !== '') throw new UserError('--out is for --output=patch')
  if (on('dryRun') && on('approve')) throw new UserError('--dry-run makes nothing, so there is nothing to approve')
  return {
    roots: operands,
    manifest: text('manifest'),
    owners: list(text('owner')),
    paths: list(text('path')),
    imports: list(text('imports')),
    jobs: count('jobs', text('jobs'), Math.max(1, Math.min(4, Math.floor(availableParallelism() / 2)))),
    memory: bytes(text('memory')),
    unitTimeoutMs: milliseconds('unit-timeout', text('unitTimeout') || '30m'),
    output: oneOf('output', text('output'), ['branch', 'patch']),
    out: text('out') || 'mapfix-patches',
    split: oneOf('split', text('split'), ['unit', 'owner', 'package']),
    maxFixes: count('max-fixes', text('maxFixes'), 0),
    dryRun: on('dryRun'),
    approve: on('approve'),
    exec: text('exec'),
    ledger: text('ledger'),
    resume: on('resume'),
    retry: retry === 'failed',
    queue: text('queue'),
    quiet: on('quiet'),
    help: on('help'),
    flags: passed,
  }
}

const VALUES = [
  'manifest',
  'owner',
  'path',
  'imports',
  'jobs',
  'memory',
  'unit-timeout',
  'output',
  'out',
  'split',
  'max-fixes',
  'exec',
  'ledger',
  'retry',
  'queue',
] as const
