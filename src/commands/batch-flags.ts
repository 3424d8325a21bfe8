/** The flags of `mapfix batch`. Those of a fix go on to every unit. */
import { availableParallelism, totalmem } from 'node:os'
import { Command, CommanderError } from 'commander'
import { UserError } from '../errors.js'
import { readFlags } from './flags.js'

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
  const program = new Command('batch').exitOverride().helpOption(false)
  program.configureOutput({ writeErr: () => undefined, writeOut: () => undefined }).argument('[roots...]')
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
  try {
    program.parse(own, { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError)
      throw new UserError(`${error.message.replace(/^error: /, '')}\n  mapfix batch --help lists the flags`)
    throw error
  }
  const opts = new Map<string, unknown>(Object.entries(program.opts()))
  const text = (name: string): string => String(opts.get(name) ?? '')
  const on = (name: string): boolean => opts.get(name) === true
  readFlags(['--diff', ...passed])
  const retry = text('retry')
  if (retry !== '' && retry !== 'failed') throw new UserError(`--retry cannot be ${retry}: it is "failed"`)
  if (text('output') === 'branch' && text('out') !== '') throw new UserError('--out is for --output=patch')
  if (on('dryRun') && on('approve')) throw new UserError('--dry-run makes nothing, so there is nothing to approve')
  return {
    roots: program.args,
    manifest: text('manifest'),
    owners: list(text('owner')),
    paths: list(text('path')),
    imports: list(text('imports')),
    jobs: count('jobs', text('jobs'), Math.max(1, Math.min(4, Math.floor(availableParallelism() / 2)))),
    memory: bytes(text('memory')),
    unitTimeoutMs: milliseconds(text('unitTimeout') || '30m'),
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

/** "4GB", "500MB": bytes; three quarters of the machine's where nothing is said. */
export function bytes(text: string): number {
  if (text === '') return Math.floor(totalmem() * 0.75)
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*([KMGT])i?B?$/i.exec(text) ?? []
  if (number === '') throw new UserError(`--memory cannot be ${text}: write it like 4GB or 500MB`)
  return Math.floor(Number(number) * 1000 ** ' KMGT'.indexOf(unit.toUpperCase()))
}

/** "90s", "30m", "2h30m": milliseconds. */
export function milliseconds(text: string, flag = 'unit-timeout'): number {
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text))
    throw new UserError(`--${flag} cannot be ${text}: write it like 90s or 30m`)
  const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)]
  const factor = (unit: string): number => Object.entries(units).find(([name]) => name === unit)?.[1] ?? 0
  return parts.reduce((sum, [, n = '0', unit = '']) => sum + Number(n) * factor(unit), 0)
}

/** A number from 1 on. */
export function count(flag: string, value: string, otherwise: number): number {
  if (value === '') return otherwise
  if (/^[1-9]\d{0,3}$/.test(value)) return Number(value)
  throw new UserError(`--${flag} cannot be ${value}: it is a number from 1 on`)
}

function oneOf<T extends string>(flag: string, value: string, known: readonly [T, ...T[]]): T {
  const found = value === '' ? known[0] : known.find((one) => one === value)
  if (found === undefined) throw new UserError(`--${flag} cannot be ${value}: it is one of ${known.join(', ')}`)
  return found
}

function list(value: string): string[] {
  return value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}
