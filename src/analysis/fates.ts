/** What becomes of functions, and of values with methods, that code without a body here is given. */
import { type CallEv, type Fn, namedKey, type Program, underlying } from './program.js'
import { calleeKey, type Fate, fateOf } from './spawners.js'
import type { Deed, Summaries } from './summaries.js'
import type { Site } from './walk.js'

/** What is known of a run besides its packages. */
export interface Outside {
  /**
   * Functions that run what they are given in goroutines, as people write them in the configuration: "path.Func",
   * "path.Type.Method", "path.(*Type).Method", the method of an interface too.
   */
  readonly spawners: readonly string[]
  readonly summaries: Summaries
}

/** A method that code without a body here calls on an argument. */
export interface MethodRun {
  readonly fn: Fn
  readonly arg: number
  readonly fate: Fate
}

export interface Fates {
  /** Of a function that is argument `arg` of the call. */
  of(call: CallEv, arg: number): Fate
  /** The methods that a call runs on its arguments. */
  methods(site: Site, call: CallEv): readonly MethodRun[]
  /** Whether all that a function calls is known. */
  isKnown(key: string): boolean
  /** Whether a function is said to start what it is given, whatever its body says. */
  spawns(key: string): boolean
}

/** Services: the methods of what is registered run for several calls at once. */
const REGISTRARS: readonly { readonly key: RegExp; readonly arg: number; readonly what: string }[] = [
  { key: /^net\/rpc\.(Server\.)?Register$/, arg: 0, what: 'net/rpc service' },
  { key: /^net\/rpc\.(Server\.)?RegisterName$/, arg: 1, what: 'net/rpc service' },
  { key: /\.Register\w*Server$/, arg: 1, what: 'gRPC service' },
]

/** Asks, in turn, what the user says, what the tables say, and what the bodies in other modules say. */
export function buildFates(program: Program, { spawners, summaries }: Outside): Fates {
  const said = new Set(spawners.map((name) => name.replace(/\(\*?(\w+)\)/, '$1')))
  for (const pkg of program.packages) for (const key of pkg.spawns ?? []) said.add(key)
  const deeds = (call: CallEv): readonly Deed[] => summaries.get(calleeKey(call)) ?? []
  const methodsOf = (site: Site, call: CallEv, arg: number, wanted: (method: string) => boolean): Fn[] => {
    const type = call.argTypes[arg]
    const name = type === undefined ? '' : namedKey(site.fn.pkg, type)
    const declared = program.named.get(name)
    if (type === undefined || declared === undefined) return []
    if (isInterface(declared.pkg, declared.facts.type))
      return program.packages.flatMap((pkg) =>
        pkg.conversions.flatMap(({ from, to }) => (namedKey(pkg, to) === name ? own(namedKey(pkg, from), wanted) : [])),
      )
    return own(name, wanted)
  }
  const own = (type: string, wanted: (method: string) => boolean): Fn[] =>
    (program.named.get(type)?.facts.methods ?? []).flatMap((key) => {
      const fn = wanted(key.slice(key.lastIndexOf('.') + 1)) ? program.funcs.get(key) : undefined
      return fn ? [fn] : []
    })
  return {
    spawns: (key) => said.has(key),
    isKnown: (key) => summaries.get(key)?.every(({ fate }) => fate.how !== 'unknown') ?? false,
    of(call, arg) {
      const key = calleeKey(call)
      if (said.has(key)) return { how: 'spawn', kind: 'go', many: false, what: key, waits: false }
      const table = fateOf(call, arg)
      if (table.how !== 'unknown') return table
      return deeds(call).find((deed) => deed.method === '' && deed.arg === arg)?.fate ?? table
    },
    methods(site, call) {
      const key = calleeKey(call)
      const services = REGISTRARS.filter((registrar) => registrar.key.test(key)).flatMap(({ arg, what }) =>
        methodsOf(site, call, arg, (method) => /^[A-Z]/.test(method)).map((fn): MethodRun => {
          return { fn, arg, fate: { how: 'spawn', kind: 'handler', many: true, what, waits: false } }
        }),
      )
      const others = deeds(call).flatMap(({ arg, method, fate }) =>
        method === '' ? [] : methodsOf(site, call, arg, (name) => name === method).map((fn) => ({ fn, arg, fate })),
      )
      return [...services, ...others]
    },
  }
}

function isInterface(pkg: Program['packages'][number], ref: number): boolean {
  return underlying(pkg, ref).kind === 'interface'
}
