/** A test in which two ways to a map meet. */
import { type Fn, namedKey, type Program, typeAt } from '../analysis/program.js'
import type { PackageFacts } from '../facts.js'
import type { SharedMap } from '../types.js'
import type { Typing } from './gotypes.js'
import { argumentsOf, type Globals, instance, objectsOf } from './objects.js'
import type { Route } from './routes.js'

/** A test's parts, without its name. */
export interface Scene {
  readonly pkg: PackageFacts
  /** What it does, for its comment: "Put and Get". */
  readonly calls: readonly string[]
  readonly files: readonly string[]
  readonly imports: readonly string[]
  readonly setup: readonly string[]
  /** What fills the map first, over and over. */
  readonly fill: readonly string[]
  /** What goroutines do over and over, each in several of them. */
  readonly drivers: readonly string[]
  /** What is started once, before them. */
  readonly background: readonly string[]
  /** Goroutines go on after the call that starts them. */
  readonly goesOn: boolean
  /** What one call starts is enough to race. */
  readonly alone: boolean
  readonly guesses: readonly string[]
}

/** What scenes of the same routes differ in. */
export interface Variant {
  /** Functions that the test passes return errors. */
  readonly failing: boolean
  /** What puts something into the map first. */
  readonly filler: Fn | null
  /** What returns the map, which the test then reads. */
  readonly handsOut: Fn | null
}

/** The scene of two routes in one package; both have what they share from one object of each type. */
export function sceneOf(
  program: Program,
  map: SharedMap,
  a: Route,
  b: Route,
  { failing, filler, handsOut }: Variant,
): Scene {
  const { pkg } = a.entry
  const typing: Typing = { pkg, given: typeArguments(pkg, [a, b]) }
  const owner = map.object.owner ?? ''
  const types = [a.entry.facts.recvType, b.entry.facts.recvType, map.pkg === pkg ? owner : undefined]
  const shared = new Set(
    types.filter((type) => type !== undefined).filter((type) => program.named.get(type)?.pkg === pkg),
  )
  const makers = new Map([a, b].flatMap((route) => madeBy(route, shared)))
  const objects = objectsOf(program, typing, { shared, globals: globalsOf(pkg, [a, b]), makers, failing, turn: 'i%8' })
  const imports: string[] = []
  const guesses: string[] = []
  const callOf = ({ entry, runs }: Route): string => {
    const { facts } = entry
    const receiver = facts.recvType === undefined ? '' : `${objects.receiver(facts.recvType)}.`
    const args = argumentsOf(objects.maker, entry, { varies: runs === 'call', seed: 0, depth: 0 })
    for (const arg of args) {
      imports.push(...arg.imports)
      guesses.push(...arg.guesses)
    }
    const name = facts.kind === 'method' ? facts.display.replace(/^.*\./, '') : facts.display
    const call = `${receiver}${name}${instance(typing, entry)}(${args.map((arg) => arg.text).join(', ')})`
    if (entry !== handsOut) return call
    imports.push('fmt')
    return `_ = fmt.Sprint(${call})`
  }
  const routes = a.entry === b.entry && a.runs === b.runs ? [a] : [a, b]
  for (const key of makers.keys()) objects.receiver(key)
  const fill = filler ? [callOf({ ...a, entry: filler, runs: 'call' })] : []
  const calls = routes
    .filter(({ entry }) => ![...makers.values()].includes(entry))
    .map((route) => ({ route, text: callOf(route) }))
  const setup = objects.setup()
  const alone = routes.length === 1 && [a, b].every(bringsItsOwn)
  return {
    pkg,
    calls: routes.map(({ entry }) => entry.facts.display.replace(/^.*\./, '')),
    files: routes.map(({ entry }) => pkg.files[entry.facts.file]?.path ?? '').filter((path) => path !== ''),
    imports: [...setup.imports, ...imports],
    setup: setup.statements.map((statement, i, all) =>
      withoutName(statement, [...all.filter((_, k) => k !== i), ...fill, ...calls.map(({ text }) => text)].join('\n')),
    ),
    fill,
    drivers: calls.filter(({ route }) => route.runs === 'call').map(({ text }) => text),
    background: calls
      .filter(({ route }) => route.runs !== 'call')
      .map(({ route, text }) => (route.runs === 'forever' ? `go ${text}` : text)),
    goesOn: routes.some(({ runs }) => runs !== 'call'),
    alone,
    guesses: [...setup.guesses, ...guesses],
  }
}

/** A statement whose variable nobody uses is a call. */
function withoutName(statement: string, rest: string): string {
  const [, name = '', value] = /^([\p{L}\p{N}_]+) := (.*)$/su.exec(statement) ?? []
  return value === undefined || rest.split(/[^\p{L}\p{N}_]+/u).includes(name) ? statement : value
}

/** A constructor that starts goroutines makes the object that they use. */
function madeBy({ entry, runs }: Route, shared: ReadonlySet<string>): [string, Fn][] {
  const [result] = entry.facts.resultTypes
  const key = runs === 'start' && entry.facts.kind === 'func' && result !== undefined ? namedKey(entry.pkg, result) : ''
  return shared.has(key) ? [[key, entry]] : []
}

/** The entry starts the goroutines that race itself. */
function bringsItsOwn({ context: { spawn, forks, root } }: Route): boolean {
  return spawn !== null || forks.length > 0 || root === 'scope' || root === 'joined'
}

/** Package variables that the ways begin with, by the type of what they hold. */
export function globalsOf(pkg: PackageFacts, routes: readonly Route[]): Globals {
  const found = new Map<string, string>()
  for (const { context } of routes) {
    if (!context.map.root.startsWith('g:')) continue
    const object = pkg.objects.find((o) => o.kind === 'package' && `g:${o.key}` === context.map.root)
    if (object === undefined) continue
    const type = typeAt(pkg, object.type)
    const named = type.kind === 'pointer' && type.elem !== undefined ? typeAt(pkg, type.elem) : type
    if (named.kind === 'named' && named.name) found.set(named.name, object.name)
  }
  return found
}

/** What type parameters stand for: strings as keys, numbers as values. */
export function typeArguments(pkg: PackageFacts, routes: readonly Route[]): ReadonlyMap<string, string> {
  const given = new Map<string, string>()
  if (routes.every(({ entry }) => entry.facts.tparams.length === 0)) return given
  for (const type of pkg.types) {
    if (type.kind !== 'typeparam') continue
    const constraint = type.under === undefined ? '' : typeAt(pkg, type.under).text
    const isString = /comparable|Ordered|string/.test(constraint) && !/\bu?int/.test(constraint)
    given.set(type.text, isString ? 'string' : 'int')
  }
  return given
}
