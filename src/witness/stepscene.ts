/** A test of a step: two calls of one function, and what is observed of them. */
import { type Fn, namedKey, type Program, typeAt, underlying } from '../analysis/program.js'
import { freshName } from '../edit/index.js'
import type { PackageFacts, TypeRef } from '../facts.js'
import type { SharedMap } from '../types.js'
import { importsOf, isNameable, type Typing, typeText } from './gotypes.js'
import { takenIn } from './names.js'
import { argumentsOf, instance, objectsOf } from './objects.js'
import { globalsOf, typeArguments } from './scene.js'
import type { Step } from './step.js'
import type { Value } from './values.js'

/** The parts of such a test, without its name. */
export interface StepScene {
  readonly pkg: PackageFacts
  /** The function's name, for the test's comment. */
  readonly call: string
  readonly files: readonly string[]
  readonly imports: readonly string[]
  /** What is made anew for each pair of calls. */
  readonly setup: readonly string[]
  /** There is one map for all of them, so that each pair has keys of its own, made of a number i. */
  readonly numbered: boolean
  /** Declarations of the variables that keep what the calls return: "var a, b *Item". */
  readonly results: readonly string[]
  readonly first: string
  readonly second: string
  /** Whether each call is made several times. */
  readonly repeated: boolean
  /** Each of them is true wherever something can be told at all. */
  readonly same: boolean
  /** Expressions that together tell what came of the calls. */
  readonly observed: readonly string[]
}

/** Observers that are asked. */
const OBSERVERS = 4

/** The scenes of a step: the two calls differ in all arguments but the first, or in none. None where a value cannot be made, or nothing can be observed. */
export function stepScenes(program: Program, maps: readonly SharedMap[], step: Step): StepScene[] {
  const scenes = [4, 0].map((seed) => sceneWith(program, maps, step, seed)).filter((scene) => scene !== null)
  return scenes.filter((scene, i) => scenes.findIndex((other) => other.second === scene.second) === i)
}

function sceneWith(program: Program, maps: readonly SharedMap[], step: Step, seed: number): StepScene | null {
  const { entry, context } = step.route
  const { pkg, facts } = entry
  const typing: Typing = { pkg, given: typeArguments(pkg, [step.route]) }
  const numbered = context.map.root.startsWith('g:')
  const owners = maps.map(({ object }) => object.owner)
  const types = [facts.recvType, ...owners].filter((key) => key !== undefined)
  const objects = objectsOf(program, typing, {
    shared: new Set(types.filter((key) => program.named.get(key)?.pkg === pkg)),
    globals: globalsOf(pkg, [step.route]),
    makers: new Map(),
    failing: false,
    turn: 'i',
  })
  const firstArgs = argumentsOf(objects.maker, entry, { varies: false, seed: 0, depth: 0 })
  const otherArgs = argumentsOf(objects.maker, entry, { varies: false, seed, depth: 0 })
  // What stands first is the key, mostly: the same for both.
  const [key] = numbered ? argumentsOf(objects.maker, entry, { varies: true, seed: 0, depth: 0 }) : firstArgs
  if (numbered && (key === undefined || !/\bi\b/.test(key.text) || /i%/.test(key.text))) return null
  const [one, two] = [firstArgs, otherArgs].map((args) => (key ? [key, ...args.slice(1)] : args))
  if (one === undefined || two === undefined) return null
  const receiver = facts.recvType === undefined ? '' : `${objects.receiver(facts.recvType)}.`
  const { filler } = step
  const filling = filler ? argumentsOf(objects.maker, filler, { varies: false, seed: 0, depth: 0 }) : []
  const setup = objects.setup()
  const values = [...one, ...two, ...filling]
  if ([...setup.guesses, ...values.flatMap(({ guesses }) => guesses)].length > 0) return null
  const call = (fn: Fn, args: readonly string[]): string =>
    `${receiver}${fn.facts.display.replace(/^.*\./, '')}${instance(typing, fn)}(${args.join(', ')})`
  const named = results(typing, step, new Set([...takenIn(pkg), ...words(setup.statements.join(' '))]))
  const assign = (side: 0 | 1, args: readonly Value[]): string =>
    `${named.some(({ names }) => names) ? `${named.map(({ names }) => names?.[side] ?? '_').join(', ')} = ` : ''}${call(entry, texts(args))}`
  const own = named.flatMap(({ observed }) => observed)
  // Where all pairs share one map, only what is told of a pair's own key is that pair's.
  const asked = step.observers
    .flatMap((fn) => observations(typing, fn, entry, numbered ? [one.slice(0, 1)] : [one, two], call))
    .filter((text) => !numbered || /\bi\b/.test(text))
  const observed = [...own, ...asked.slice(0, OBSERVERS)]
  if (observed.length === 0) return null
  return {
    pkg,
    call: facts.display.replace(/^.*\./, ''),
    files: [pkg.files[facts.file]?.path ?? ''].filter((path) => path !== ''),
    imports: [
      ...setup.imports,
      ...values.flatMap(({ imports }) => imports),
      ...named.flatMap(({ imports }) => imports),
    ],
    setup: [...setup.statements, ...(filler && key ? [call(filler, texts([key, ...filling.slice(1)]))] : [])],
    numbered,
    results: named.flatMap(({ names, type }) => (names ? [`var ${names.join(', ')} ${type}`] : [])),
    first: assign(0, one),
    second: assign(1, two),
    repeated: own.length === 0,
    same: !step.whole,
    observed,
  }
}

interface Result {
  /** Of the variables for the first and the second call; null where it is not looked at. */
  readonly names: readonly [string, string] | null
  readonly type: string
  readonly imports: readonly string[]
  readonly observed: readonly string[]
}

/** What is looked at of each result: of an object, whether both calls returned the same one; of a plain value of a closed function, the value. */
function results(typing: Typing, { route, closed }: Step, taken: Set<string>): Result[] {
  const { pkg, facts } = route.entry
  return facts.resultTypes.map((ref): Result => {
    const { kind } = underlying(pkg, ref)
    const isObject = (kind === 'pointer' || kind === 'chan') && isNameable(pkg, ref)
    const isPlain = kind === 'basic' && closed && isNameable(pkg, ref) && typeAt(pkg, ref).kind !== 'typeparam'
    if (!isObject && !isPlain) return { names: null, type: '', imports: [], observed: [] }
    const names = ['first', 'second'].map((base) => freshName(taken, [base]))
    const [a = '', b = ''] = names
    for (const name of names) taken.add(name)
    return {
      names: [a, b],
      type: typeText(typing, ref),
      imports: importsOf(typing, ref),
      observed: isObject ? [`${a} == ${b}`] : [a, b],
    }
  })
}

/** Calls of an observer with what the two calls were given, as expressions of one plain value. */
function observations(
  typing: Typing,
  fn: Fn,
  step: Fn,
  calls: readonly (readonly Value[])[],
  call: (fn: Fn, args: readonly string[]) => string,
): string[] {
  const { pkg } = fn
  const wanted = typesOf(fn)
  const given = typesOf(step)
  const isPlain = (ref: TypeRef): boolean => underlying(pkg, ref).kind === 'basic'
  const [result, ...others] = fn.facts.resultTypes
  if (result === undefined || wanted.length > 1 || fn.facts.variadic) return []
  const [param] = wanted
  const args =
    param === undefined
      ? [[]]
      : calls.flatMap((values) => values.filter((_, i) => given[i] === param).map(({ text }) => [text]))
  const once = [...new Map(args.map((list) => [list.join(), list])).values()]
  if (others.length === 0 && isPlain(result)) return once.map((list) => call(fn, list))
  if (others.length === 0 && underlying(pkg, result).kind === 'pointer')
    return once.map((list) => `${call(fn, list)} != nil`)
  const all = [result, ...others].every((ref) => isPlain(ref) || namedKey(typing.pkg, ref) === 'error')
  return all ? once.map((list) => `fmt.Sprint(${call(fn, list)})`) : []
}

function typesOf({ facts, pkg }: Fn): TypeRef[] {
  return facts.params.map((param, i) => (param >= 0 ? pkg.objects[param]?.type : facts.paramTypes?.[i]) ?? -1)
}

function texts(values: readonly Value[]): string[] {
  return values.map(({ text }) => text)
}

function words(text: string): string[] {
  return text.split(/[^\p{L}\p{N}_]+/u)
}
