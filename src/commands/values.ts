/** What the values of flags say; all are refused with the flag's name. */
import { totalmem } from 'node:os'
import { transforms } from '../../transforms/index.js'
import { rules } from '../analysis/rules/index.js'
import { parseDuration } from '../duration.js'
import { UserError } from '../errors.js'
import { didYouMean } from '../nearest.js'
import { STAGES, type Stage } from '../prove/stages.js'

/** "a, b": its parts. */
export function list(value: string): string[] {
  return value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

/** "dryRun" as the command line writes it: "dry-run". */
export function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

/** One of the known values; "" is the first. */
export function oneOf<T extends string>(flag: string, value: string, known: readonly [T, ...T[]]): T {
  const found = value === '' ? known[0] : known.find((one) => one === value)
  if (found !== undefined) return found
  throw new UserError(`--${flag} cannot be ${value}${didYouMean(value, known)}\n  it is one of ${known.join(', ')}`)
}

/** A number from 1 on. */
export function count(flag: string, value: string, otherwise: number): number {
  if (value === '') return otherwise
  if (/^[1-9]\d{0,3}$/.test(value)) return Number(value)
  throw new UserError(`--${flag} cannot be ${value}: it is a number from 1 on`)
}

/** "4GB", "500MB": bytes; three quarters of the machine's where nothing is said. */
export function bytes(text: string): number {
  if (text === '') return Math.floor(totalmem() * 0.75)
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*([KMGT])i?B?$/i.exec(text) ?? []
  if (number === '') throw new UserError(`--memory cannot be ${text}: write it like 4GB or 500MB`)
  return Math.floor(Number(number) * 1000 ** ' KMGT'.indexOf(unit.toUpperCase()))
}

/** "90s", "2h30m": milliseconds, which are more than none and, where said, no more than so many. */
export function milliseconds(flag: string, text: string, most = Number.POSITIVE_INFINITY): number {
  const value = parseDuration(text) ?? 0
  if (value > 0 && value <= most) return value
  throw new UserError(
    `--${flag} cannot be ${text}: write it like 90s or 30m${value > most ? `, up to ${most / 60_000}m` : ''}`,
  )
}

/** The name of a transform, "auto" for "", or the path of a module. */
export function transformName(value: string): string {
  const names = transforms.map(({ name }) => name)
  if (value === '') return 'auto'
  if (names.includes(value) || /[./\\]/.test(value)) return value
  throw new UserError(
    `there is no transform ${value}${didYouMean(value, names)}\n  it is one of ${names.join(', ')}, or the path of a module`,
  )
}

/** "package", or the path of a package within the module. */
export function emitted(value: string): string {
  const path = value.replace(/^\.\//, '').replace(/\/$/, '')
  if (value === '' || /^[\w-][\w.-]*(\/[\w-][\w.-]*)*$/.test(path)) return path
  throw new UserError(
    `--emit cannot be ${value}: it is "package", or the path of one package within the module, like internal/safemap`,
  )
}

/** The analyzer that comments are for, "" for none. */
export function annotated(value: string): 'checklocks' | '' {
  if (value === '' || value === 'checklocks') return value
  throw new UserError(`--annotate cannot be ${value}: there are comments for checklocks`)
}

/** Names of rules, between commas. */
export function ruleNames(flag: string, value: string): string[] {
  const names = rules.map((rule) => rule.name)
  for (const name of list(value)) {
    if (!names.includes(name))
      throw new UserError(
        `${flag}: there is no rule ${name}${didYouMean(name, names)}\n  the rules are ${names.join(', ')}`,
      )
  }
  return list(value)
}

/** Those of the proof that run. */
export function readStages(names: readonly string[]): ReadonlySet<Stage> {
  if (names.length === 1 && names[0] === 'none') return new Set()
  const stages = new Set<Stage>()
  for (const name of names) {
    const stage = STAGES.find((s) => s === name)
    if (stage === undefined)
      throw new UserError(
        `--validate: there is no stage ${name}${didYouMean(name, [...STAGES, 'none'])}\n  it is any of ${STAGES.join(', ')}, or none`,
      )
    stages.add(stage)
  }
  return stages
}

/** A duration as it goes on to the go command; 0s is no limit there. */
export function goDuration(value: string): string {
  if (parseDuration(value) !== null) return value
  throw new UserError(`--timeout cannot be ${value}: write it as the go command does, like 90s or 2m`)
}

/** "linux/amd64,windows/arm64". */
export function platforms(value: string): readonly string[] {
  const wrong = list(value).find((one) => !/^[a-z0-9]+\/[a-z0-9]+$/.test(one))
  if (wrong === undefined) return [...new Set(list(value))]
  throw new UserError(
    `--platforms cannot be ${wrong}: a platform is an operating system and an architecture, like windows/amd64\n  go tool dist list lists them`,
  )
}
