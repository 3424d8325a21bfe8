/** Whose methods a standard function may call, when it is given values through interfaces. */
import type { PackageFacts, TypeRef } from '../facts.js'
import { type Fn, type Program, typeAt } from './program.js'
import { stdEffect } from './stdlib.js'

/** Methods of the program that may run; `unknown` when code that is not known may run as well. */
export interface Callbacks {
  readonly methods: readonly Fn[]
  readonly unknown: boolean
}

/** What `callee` (a standard function that calls back) may call when it is given a value of this static type. */
export function callbacksOf(program: Program, callee: string, pkg: PackageFacts, type: TypeRef): Callbacks {
  const methods = new Set<Fn>()
  const wanted = METHODS.find(({ callees }) => callees.test(callee))?.names ?? null
  const unknown = mayCallUnknown({ program, wanted, methods, seen: new Set() }, pkg, type)
  return { methods: [...methods], unknown }
}

/** Which methods a package looks for; of others, any may be called. */
const METHODS: readonly { readonly callees: RegExp; readonly names: readonly string[] }[] = [
  { callees: /^(fmt|log)\./, names: ['Format', 'GoString', 'Error', 'String'] },
  {
    callees: /^encoding\/json\./,
    names: ['MarshalJSON', 'MarshalText', 'UnmarshalJSON', 'UnmarshalText', 'IsZero'],
  },
  { callees: /^errors\./, names: ['Is', 'As', 'Unwrap', 'Error'] },
]

interface Search {
  readonly program: Program
  readonly wanted: readonly string[] | null
  readonly methods: Set<Fn>
  readonly seen: Set<string>
}

function mayCallUnknown(search: Search, pkg: PackageFacts, ref: TypeRef): boolean {
  const type = typeAt(pkg, ref)
  const elements = [type.key, type.elem].filter((at) => at !== undefined)
  switch (type.kind) {
    case 'basic':
    case 'func':
    case 'chan':
      return false
    case 'interface':
    case 'typeparam':
      return true
    case 'named':
      return namedMayCallUnknown(search, pkg, ref)
    case 'struct':
      return (type.fields ?? []).some((field) => mayCallUnknown(search, pkg, field.type))
    case 'tuple':
      return (type.elems ?? []).some((at) => mayCallUnknown(search, pkg, at))
    default:
      return elements.some((at) => mayCallUnknown(search, pkg, at))
  }
}

function namedMayCallUnknown(search: Search, pkg: PackageFacts, ref: TypeRef): boolean {
  const { name = '', under } = typeAt(pkg, ref)
  const id = `${pkg.id} ${ref}`
  if (search.seen.has(id)) return false
  search.seen.add(id)
  const declared = search.program.named.get(name)
  if (declared === undefined) return foreignMayCallUnknown(search, name)
  const names = search.wanted ?? declared.facts.methods.map((key) => key.slice(key.lastIndexOf('.') + 1))
  for (const method of names) {
    const fn = search.program.method(name, method)
    if (fn) search.methods.add(fn)
  }
  return under === undefined || mayCallUnknown(search, pkg, under)
}

/** Types of the standard library whose methods do nothing outside are fine (time.Time, net/netip.Addr); others are not known. */
function foreignMayCallUnknown(search: Search, name: string): boolean {
  return (search.wanted ?? ['String']).some((method) => {
    const effect = stdEffect(`${name}.${method}`)
    return effect === undefined || effect.io || effect.blocks || effect.callbacks
  })
}
