/** Maps that are given to functions which use them while they run, and keep nothing of them: the caller's lock is enough. */
import { type CallEv, type Fn, objectAt, type Program, pathAt, typeAt, underlying } from '../analysis/program.js'
import { stdEffect } from '../analysis/stdlib.js'
import type { Ev, ObjRef } from '../facts.js'
import type { Access, SharedMap } from '../types.js'
import { changesPointee, writesElement } from './touches.js'
import { eventsOf, funcTree } from './tree.js'

type Mode = 'read' | 'write'

/**
 * The map with the accesses of such functions left out, and where it is given to one an access that reads or writes in their stead.
 * A function that hands its parameter on, stores or returns it, or uses it in a literal, and one that is started or deferred with the
 * map, is none of them.
 */
export function lent(program: Program, map: SharedMap): SharedMap {
  const loans = new Loans(program)
  const given = new Map<Access, Fn>()
  const kept = new Set<Fn>()
  for (const access of map.accesses) {
    const to = loans.borrower(access)
    if (to === null) continue
    if (loans.isPlain(access)) given.set(access, to)
    else kept.add(to)
  }
  if (given.size === 0) return map
  const gone = new Set(
    map.accesses.filter((access) => {
      const fn = loans.fnOf(access)
      return access.alias && fn !== undefined && !kept.has(fn) && loans.isThroughParameter(fn, access)
    }),
  )
  if (gone.size === 0) return map
  const modes = new Map<Access, Mode>()
  for (const [access, to] of given) if (!kept.has(to)) modes.set(access, loans.mode(access, to))
  const accesses = map.accesses
    .filter((access) => !gone.has(access))
    .map((access) => (modes.get(access) === 'write' ? { ...access, write: true } : access))
  const isGone = (file: string, start: number): boolean =>
    [...gone].some(({ range }) => range.file === file && range.start === start)
  return { ...map, accesses, escapes: map.escapes.filter(({ at }) => !isGone(at.file, at.start)) }
}

class Loans {
  readonly #program: Program
  readonly #safe: Map<string, boolean>

  constructor(program: Program) {
    this.#program = program
    this.#safe = safeOf(program)
  }

  fnOf({ pkg, func }: Access): Fn | undefined {
    return this.#program.fns(pkg).find(({ facts }) => facts === func)
  }

  /** The function that the access is an argument or the receiver of, if it borrows there. */
  borrower(access: Access): Fn | null {
    const { event } = access
    return event.k === 'acc' && access.depth === 0 ? (this.#borrowedBy(event)?.fn ?? null) : null
  }

  /** The call runs where it stands, on this goroutine. */
  isPlain(access: Access): boolean {
    const fn = this.fnOf(access)
    return fn !== undefined && callWith(fn, access.event)?.mode === 'call'
  }

  /** The access is one of the parameter through which the function borrows. */
  isThroughParameter(fn: Fn, { event }: Access): boolean {
    if (event.k !== 'acc') return false
    const [root] = pathAt(fn.pkg, event.p)
    return typeof root === 'number' && parametersOf(fn).includes(root) && this.#borrows(fn, root)
  }

  mode(access: Access, to: Fn): Mode {
    const found = access.event.k === 'acc' ? this.#borrowedBy(access.event) : null
    return found === null ? 'write' : this.#modeOf(to, found.param, new Set())
  }

  #modeOf(fn: Fn, param: ObjRef, seen: Set<string>): Mode {
    const id = idOf(fn, param)
    if (seen.has(id)) return 'read'
    seen.add(id)
    const writes = usesOf(fn, param).some((event) => {
      const through = event.op === 'read' ? this.#borrowedBy(event) : null
      return (
        event.write ||
        writesElement(funcTree(fn), event) ||
        changesPointee(funcTree(fn), event) ||
        libraryWrites(event) ||
        (through !== null && this.#modeOf(through.fn, through.param, seen) === 'write')
      )
    })
    return writes ? 'write' : 'read'
  }

  #borrowedBy(event: Acc): { fn: Fn; param: ObjRef } | null {
    if (event.op !== 'read' || (event.use !== 'call' && event.use !== 'method') || !event.callee) return null
    const fn = this.#program.funcs.get(event.callee)
    if (fn === undefined || fn.facts.body[1] === 0) return null
    const param = event.use === 'method' ? fn.facts.recv : parameterAt(fn, event.arg)
    return param === undefined || param < 0 || !this.#borrows(fn, param) ? null : { fn, param }
  }

  #borrows(fn: Fn, param: ObjRef): boolean {
    const id = idOf(fn, param)
    const known = this.#safe.get(id)
    if (known !== undefined) return known
    // A function that hands it on to itself keeps nothing by that.
    this.#safe.set(id, true)
    const safe = this.#keepsNothing(fn, param)
    this.#safe.set(id, safe)
    return safe
  }

  #keepsNothing(fn: Fn, param: ObjRef): boolean {
    const object = objectAt(fn.pkg, param)
    const type = underlying(fn.pkg, object.type)
    if (type.kind !== 'map' || type.elem === undefined || underlying(fn.pkg, type.elem).kind === 'map') return false
    if (typeAt(fn.pkg, object.type).kind === 'typeparam') return false
    const uses = usesOf(fn, param)
    if (!uses.every((event) => DIRECT.has(event.op) || this.#passes(fn, event))) return false
    const named = new Set(uses.map(({ x }) => x[0]))
    return (object.uses ?? []).every((use) => use === object.span[0] || named.has(use))
  }

  /** Handed on, to what keeps nothing either. */
  #passes(fn: Fn, event: Acc): boolean {
    if (event.op !== 'read' || callWith(fn, event)?.mode !== 'call') return false
    const effect = event.callee === undefined || event.arg === undefined ? undefined : stdEffect(event.callee)
    if (effect !== undefined && event.use === 'call')
      return (
        effect.lazy !== true &&
        effect.stores.length === 0 &&
        effect.spawns.length === 0 &&
        effect.maps[event.arg ?? -1] !== undefined
      )
    return this.#borrowedBy(event) !== null
  }
}

type Acc = Extract<Ev, { k: 'acc' }>

const DIRECT: ReadonlySet<string> = new Set([
  'lookup',
  'lookup2',
  'assign',
  'update',
  'delete',
  'clear',
  'len',
  'range',
  'nil',
])

/** By package and function. */
const known = new WeakMap<Program, Map<string, boolean>>()

function safeOf(program: Program): Map<string, boolean> {
  const found = known.get(program) ?? new Map<string, boolean>()
  known.set(program, found)
  return found
}

function idOf({ pkg, index }: Fn, param: ObjRef): string {
  return `${pkg.id} ${index} ${param}`
}

/** What a function itself, its literals left out, does with a parameter, by its own name. */
function usesOf(fn: Fn, param: ObjRef): Acc[] {
  return eventsOf(fn.facts.stmts).filter((ev): ev is Acc => {
    const path = ev.k === 'acc' ? pathAt(fn.pkg, ev.p) : undefined
    return path?.length === 1 && path[0] === param
  })
}

function parametersOf({ facts }: Fn): readonly ObjRef[] {
  return facts.recv === undefined ? facts.params : [...facts.params, facts.recv]
}

/** The parameter that takes the argument; none for one of those that share a variadic one. */
function parameterAt({ facts }: Fn, arg: number | undefined): ObjRef | undefined {
  if (arg === undefined || (facts.variadic && arg >= facts.params.length - 1)) return undefined
  return facts.params[arg]
}

/** The call that the access is given to. */
function callWith(fn: Fn, event: Ev): CallEv | undefined {
  if (event.k !== 'acc') return undefined
  const place = funcTree(fn).spots.get(event)?.place
  return place?.stmt && eventsOf([place.stmt]).find((ev): ev is CallEv => ev.k === 'call' && takes(ev, event))
}

function takes(call: CallEv, event: Acc): boolean {
  if (call.callee.k !== 'func' || call.callee.key !== event.callee) return false
  if (event.use === 'method') return call.fun[0] <= event.span[0] && event.span[1] <= call.fun[1]
  const span = call.argSpans[event.arg ?? -1]
  return span !== undefined && span[0] === event.span[0] && span[1] === event.span[1]
}

function libraryWrites({ op, use, callee, arg }: Acc): boolean {
  return op === 'read' && use === 'call' && callee !== undefined && stdEffect(callee)?.maps[arg ?? -1] === 'write'
}
