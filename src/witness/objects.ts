/** The objects that the drivers of a test share: made once, by the package's own constructors where it has some. */
import { type Fn, namedKey, type Program, underlying } from '../analysis/program.js'
import { freshName } from '../edit/index.js'
import type { PackageFacts, TypeRef } from '../facts.js'
import { importsOf, type Typing, typeText } from './gotypes.js'
import { takenIn } from './names.js'
import { fieldsOf, type Maker, makeValue, type Need, type Value } from './values.js'

/** Statements before the start, and what they bring along. */
export interface Setup {
  readonly statements: readonly string[]
  readonly imports: readonly string[]
  readonly guesses: readonly string[]
}

export interface Objects {
  readonly maker: Maker
  /** How the object of that type (by key) is called, made before where it was not there. */
  receiver(key: string): string
  setup(): Setup
}

interface Variable {
  readonly text: string
  readonly pointer: boolean
}

/** What stands for objects that are there already: package variables by the key of their type. */
export type Globals = ReadonlyMap<string, string>

const ONCE: Need = { varies: false, seed: 0, depth: 1 }
/** Fields between an object and another one that it holds. */
const FAR = 3

/** What one test's objects are made from. */
export interface Stock {
  /** Keys of the types of which there is one object each. */
  readonly shared: ReadonlySet<string>
  readonly globals: Globals
  /** Functions that are to make the objects of a type: their goroutines are wanted. */
  readonly makers: ReadonlyMap<string, Fn>
  /** Functions that the test passes fail. */
  readonly failing: boolean
  /** An int that tells the turns of a loop apart. */
  readonly turn: string
}

/** Objects of one test in a package. */
export function objectsOf(
  program: Program,
  typing: Typing,
  { shared, globals, makers, failing, turn }: Stock,
): Objects {
  const { pkg } = typing
  const taken = takenIn(pkg)
  let variables = new Map<string, Variable>()
  let statements: string[] = []
  let imports: string[] = []
  let guesses: string[] = []
  const making = new Set<string>()

  const use = (value: Value): string => {
    imports.push(...value.imports)
    guesses.push(...value.guesses)
    return value.text
  }
  /** What an attempt would bring along, undone. */
  const tried = (attempt: () => void): number => {
    const before = { variables, statements, imports, guesses }
    variables = new Map(variables)
    statements = [...statements]
    imports = [...imports]
    guesses = []
    attempt()
    const cost = guesses.length * 10 + statements.length - before.statements.length
    ;({ variables, statements, imports, guesses } = before)
    return cost
  }
  const declare = (key: string, text: (name: string) => string, pointer: boolean): Variable => {
    const name = freshName(new Set([...taken, ...[...variables.values()].map((v) => v.text)]), namesFor(key))
    statements.push(text(name))
    return { text: name, pointer }
  }
  const construct = (fn: Fn, key: string): Variable => {
    const args = argumentsOf(maker, fn, ONCE).map(use)
    const [result = 0, ...others] = fn.facts.resultTypes
    const rest = others.map((type) =>
      underlying(pkg, type).kind === 'interface' && namedKey(pkg, type) === 'error' ? 'err' : '_',
    )
    const call = `${fn.facts.display}${instance(typing, fn)}(${args.join(', ')})`
    const check = rest.includes('err') ? '\nif err != nil {\nt.Fatal(err)\n}' : ''
    return declare(key, (name) => `${[name, ...rest].join(', ')} := ${call}${check}`, isPointer(pkg, result))
  }
  const literal = (key: string): Variable => {
    const type = program.named.get(key)?.facts.type
    if (type === undefined) return { text: 'nil', pointer: true }
    imports.push(...importsOf(typing, type))
    if (underlying(pkg, type).kind !== 'struct') {
      const text = typeText(typing, type)
      return declare(
        key,
        (name) => (underlying(pkg, type).kind === 'map' ? `${name} := ${text}{}` : `var ${name} ${text}`),
        false,
      )
    }
    const fields = use(fieldsOf(maker, type, ONCE, true))
    return declare(key, (name) => `${name} := &${typeText(typing, type)}{${fields}}`, true)
  }
  const make = (key: string): Variable => {
    const known = variables.get(key)
    if (known) return known
    making.add(key)
    const by = makers.get(key)
    const made = by ? construct(by, key) : (globalOf(key) ?? heldBy(key) ?? fresh(key))
    making.delete(key)
    variables.set(key, made)
    return made
  }
  const globalOf = (key: string): Variable | null => {
    for (const [type, text] of globals) {
      const path = type === key ? [] : fieldPath(program, pkg, type, key)
      if (path) return { text: [text, ...path].join('.'), pointer: true }
    }
    return null
  }
  const heldBy = (key: string): Variable | null => {
    for (const other of shared) {
      const path = other === key || making.has(other) ? null : fieldPath(program, pkg, other, key)
      if (path) return { text: [make(other).text, ...path].join('.'), pointer: true }
    }
    return null
  }
  const fresh = (key: string): Variable => {
    const ways = constructorsOf(program, pkg, key).map((fn) => ({
      by: () => construct(fn, key),
      cost: distance(fn, key),
    }))
    const all = [...ways, { by: () => literal(key), cost: 8 }].map((way) => ({
      ...way,
      cost: way.cost + tried(way.by),
    }))
    const best = all.reduce((a, b) => (b.cost < a.cost ? b : a))
    return best.by()
  }
  const maker: Maker = {
    typing,
    program,
    failing,
    turn,
    object(ref, need) {
      const key = namedKey(pkg, ref)
      if (!key.startsWith(`${pkg.path}.`) || making.has(key) || !program.named.has(key)) return null
      const pointer = isPointer(pkg, ref)
      if (shared.has(key)) {
        const { text, pointer: is } = make(key)
        return { text: pointer === is ? text : pointer ? `&${text}` : `*${text}`, imports: [], guesses: [] }
      }
      const fn = constructorsOf(program, pkg, key).find(
        (f) =>
          f.facts.resultTypes.length === 1 &&
          isPointer(pkg, f.facts.resultTypes[0] ?? 0) === pointer &&
          distance(f, key) === 0,
      )
      if (!fn || need.depth > 2) return null
      making.add(key)
      const args = argumentsOf(maker, fn, { ...need, depth: need.depth + 1 })
      making.delete(key)
      if (args.some((arg) => arg.guesses.length > 0)) return null
      return {
        text: `${fn.facts.display}${instance(typing, fn)}(${args.map((a) => a.text).join(', ')})`,
        imports: args.flatMap((a) => a.imports),
        guesses: [],
      }
    },
  }
  return {
    maker,
    receiver: (key) => make(key).text,
    setup: () => ({ statements, imports, guesses }),
  }
}

/** Arguments for a call of the function; two for a variadic parameter. */
export function argumentsOf(maker: Maker, { facts, pkg }: Fn, need: Need): Value[] {
  return facts.params.flatMap((param, i) => {
    const type = param >= 0 ? pkg.objects[param]?.type : facts.paramTypes?.[i]
    if (type === undefined) throw new Error(`bug: ${facts.key} has a parameter without a type`)
    const elem = facts.variadic && i === facts.params.length - 1 ? underlying(pkg, type).elem : undefined
    if (elem === undefined) return [makeValue(maker, type, { ...need, seed: need.seed + i })]
    return [0, 1].map((seed) => makeValue(maker, elem, { ...need, seed: need.seed + i + seed }))
  })
}

/** "[string, int]" for a generic function. */
export function instance({ given }: Typing, { facts }: Fn): string {
  return facts.kind === 'func' && facts.tparams.length > 0
    ? `[${facts.tparams.map((name) => given.get(name) ?? name).join(', ')}]`
    : ''
}

/** Functions of the package that return an object of the type first, tests' helpers too. */
function constructorsOf(program: Program, pkg: PackageFacts, key: string): Fn[] {
  return program.fns(pkg).filter(({ facts }) => {
    const [result, ...others] = facts.resultTypes
    if (facts.kind !== 'func' || result === undefined || namedKey(pkg, result) !== key) return false
    if (/^(Test|Benchmark|Fuzz|Example)/.test(facts.display) || others.length > 2) return false
    return facts.params.every((p) => p < 0 || namedKey(pkg, pkg.objects[p]?.type ?? 0) !== key)
  })
}

/** How far a function is from "New" of the type. */
function distance({ facts }: Fn, key: string): number {
  const type = key.slice(key.lastIndexOf('.') + 1).toLowerCase()
  const name = facts.display.toLowerCase()
  if (name === 'new' || name === `new${type}`) return 0
  return (/^(new|make|create|open|init|setup|must)/.test(name) ? 1 : 4) + (facts.test ? 2 : 0)
}

/** Names of the fields that lead from an object of one type to one of another; null where none do. */
function fieldPath(program: Program, pkg: PackageFacts, from: string, to: string): string[] | null {
  let ways: { type: string; path: string[] }[] = [{ type: from, path: [] }]
  const seen = new Set([from])
  for (let depth = 0; depth < FAR; depth++) {
    const next: typeof ways = []
    for (const { type, path } of ways) {
      const named = program.named.get(type)
      if (named?.pkg !== pkg) continue
      for (const field of underlying(pkg, named.facts.type).fields ?? []) {
        const key = namedKey(pkg, field.type)
        if (key === to) return [...path, field.name]
        if (key === '' || seen.has(key)) continue
        seen.add(key)
        next.push({ type: key, path: [...path, field.name] })
      }
    }
    ways = next
  }
  return null
}

function isPointer(pkg: PackageFacts, ref: TypeRef): boolean {
  return underlying(pkg, ref).kind !== 'struct' && pkg.types[ref]?.kind === 'pointer'
}

/** "path.lockedStore": lockedStore, then s. */
function namesFor(key: string): string[] {
  const name = key.slice(key.lastIndexOf('.') + 1)
  const lower = name.replace(/^\p{Lu}+(?=\p{Lu}\p{Ll}|$)|^\p{Lu}/u, (head) => head.toLowerCase())
  return [lower, name.charAt(0).toLowerCase(), `a${name.charAt(0).toUpperCase()}${name.slice(1)}`]
}
