/** What becomes of a value of interface type that a function is given: to which functions it, or something with it inside, is handed on. */
import { type CallEv, type Fn, type Program, pathAt } from '../analysis/program.js'
import type { Conversion, ObjRef, PackageFacts, Span, Val } from '../facts.js'
import { localUses } from './locals.js'
import { eventsOf } from './tree.js'

/** Where a value that becomes an interface is an argument of a call. */
export interface Given {
  readonly call: CallEv
  readonly index: number
}

/** The call whose argument the conversion is; undefined if it is none. */
export function argumentAt(pkg: PackageFacts, { file, span }: Conversion): Given | undefined {
  const index = calls.get(pkg) ?? indexOf(pkg)
  calls.set(pkg, index)
  return index.get(`${file} ${span[0]} ${span[1]}`)
}

/** Whether a function hands its parameter on to a function whose key matches, perhaps through others of the program, or in a literal. */
export function handsOn(program: Program, start: Fn, index: number, known: RegExp): boolean {
  const work: [Fn, ObjRef][] = []
  const seen = new Set<string>()
  const add = (fn: Fn, ref: ObjRef | -1 | undefined): void => {
    const id = `${fn.pkg.id} ${fn.index} ${ref}`
    if (ref === undefined || ref < 0 || seen.has(id)) return
    seen.add(id)
    work.push([fn, ref])
  }
  add(start, parameterAt(start, index))
  for (let at = work.pop(); at !== undefined; at = work.pop()) {
    const [fn, ref] = at
    const held = holders(fn, ref)
    for (const ev of eventsOf(fn.facts.stmts)) {
      if (ev.k === 'lit') add(program.fn(fn.pkg, ev.fn), ref)
      if (ev.k !== 'call' || ev.callee.k !== 'func') continue
      for (const [i, arg] of ev.args.entries()) {
        if (!mentions(fn, arg, ev.argSpans[i], held)) continue
        if (known.test(ev.callee.key)) return true
        const next = program.funcs.get(ev.callee.key)
        if (next && !next.pkg.standard) add(next, parameterAt(next, i))
      }
    }
  }
  return false
}

const calls = new WeakMap<PackageFacts, Map<string, Given>>()

function indexOf(pkg: PackageFacts): Map<string, Given> {
  const found = new Map<string, Given>()
  for (const { file, stmts } of pkg.funcs) {
    for (const ev of eventsOf(stmts)) {
      if (ev.k !== 'call') continue
      for (const [index, [start, end]] of ev.argSpans.entries())
        found.set(`${file} ${start} ${end}`, { call: ev, index })
    }
  }
  return found
}

/** The parameter that takes the argument: the last one all that are left, if it is variadic. */
function parameterAt({ facts }: Fn, index: number): ObjRef | -1 | undefined {
  return facts.params[facts.variadic ? Math.min(index, facts.params.length - 1) : index]
}

/** The variable, and the locals of the function that it is assigned to, or put into. */
function holders(fn: Fn, ref: ObjRef): ReadonlySet<ObjRef> {
  const held = new Set([ref])
  const events = eventsOf(fn.facts.stmts)
  for (let before = 0; before !== held.size; ) {
    before = held.size
    for (const ev of events) {
      const [root] = ev.k === 'set' ? pathAt(fn.pkg, ev.to) : []
      if (ev.k === 'set' && typeof root === 'number' && mentions(fn, ev.v, ev.span, held)) held.add(root)
    }
  }
  return held
}

/** Whether the value, whose text is in the range, is, or has inside, one of the variables: not what a call or a field of it gives. */
function mentions(fn: Fn, value: Val | undefined, span: Span | undefined, held: ReadonlySet<ObjRef>): boolean {
  switch (value?.k) {
    case 'path': {
      const [root, ...steps] = pathAt(fn.pkg, value.p)
      return typeof root === 'number' && held.has(root) && steps.every((step) => typeof step !== 'number')
    }
    case 'fresh': {
      const inside = [...(value.fields ?? []).map(({ v }) => v), ...(value.elems ?? [])]
      return inside.some((v) => mentions(fn, v, value.span, held))
    }
    case 'call': {
      const made = eventsOf(fn.facts.stmts).find((ev): ev is CallEv => ev.k === 'call' && ev.n === value.n)
      return made?.callee.k === 'builtin' && made.args.some((arg, i) => mentions(fn, arg, made.argSpans[i], held))
    }
    case 'other':
      return span === undefined || [...localUses(fn.pkg, fn.facts.file).within(span)].some((ref) => held.has(ref))
    default:
      return false
  }
}
