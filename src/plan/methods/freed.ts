/** A lock that guarded one map alone, and goes when a container takes the map's place. */
import { type CallEv, type Fn, objectAt, type Program, pathAt, typeAt } from '../../analysis/program.js'
import { stdEffect } from '../../analysis/stdlib.js'
import type { Ev, ObjectFacts, PackageFacts, Path, Span, Stmt, Val } from '../../facts.js'
import type { Access, Guard, Range, Refusal, SharedMap, TextEdit } from '../../types.js'
import { holdingOf } from '../holding.js'
import { guardName } from '../locks.js'
import { openPage, type Page } from '../page.js'
import { isRefusal, type Pass, refuse } from '../pass.js'
import { anchors, eventsOf, funcTree } from '../tree.js'
import { cleared, withoutDeclaration } from './cleared.js'
import { withoutStatements } from './pruned.js'
import { isOwn } from './pure.js'

/** The program as it is without the lock, and what it takes to make it so. */
export interface Freed {
  readonly program: Program
  readonly map: SharedMap
  /** The lock's name. */
  readonly lock: string
  readonly edits: readonly TextEdit[]
  /** What was one critical section stays one step: an access → the section it stood in. */
  readonly sections: ReadonlyMap<Ev, string>
}

/**
 * Every Lock and Unlock of the map's guard out of the program, and its declaration. Refused, naming guard, where the lock is more than
 * that map's: exported, embedded, shared by pointer, used otherwise than by statements, held by callers, around a loop of steps, or
 * around anything but accesses of this map, the function's own variables, and calls that only compute.
 */
export function freeOfLock(map: SharedMap, pass: Pass): Freed | Refusal {
  const { guard } = map
  if (guard === null) throw new Error(`bug: ${map.name} has no guard`)
  const work = new Work(map, guard, pass)
  return work.run()
}

class Work {
  readonly #map: SharedMap
  readonly #guard: Guard
  readonly #lock: ObjectFacts
  readonly #pass: Pass
  readonly #packages: readonly PackageFacts[]
  readonly #pages = new Map<string, Page>()

  constructor(map: SharedMap, guard: Guard, pass: Pass) {
    this.#map = map
    this.#guard = guard
    this.#lock = guard.object
    this.#pass = pass
    this.#packages = pass.program.packages.filter(({ dir }) => dir === map.pkg.dir)
  }

  run(): Freed | Refusal {
    const refusal = this.#refuseLock()
    if (refusal) return refusal
    const calls = this.#calls()
    if (isRefusal(calls)) return calls
    const other = this.#otherUse(new Set(calls.map(({ ev }) => ev)))
    if (other) return this.#no(other, `${this.#lock.name} is used here in another way`)
    const sections = new Map<Ev, string>()
    for (const pkg of this.#packages) {
      for (const fn of this.#pass.program.fns(pkg)) {
        const more = this.#sectionsOf(fn, sections)
        if (more) return more
      }
    }
    const gone = new Set(calls.map(({ stmt }) => stmt))
    const { program, map } = withoutStatements(this.#pass.program, this.#map, gone)
    const declaration = withoutDeclaration(this.#map, this.#lock, this.#page(this.#declaringFile()))
    if (isRefusal(declaration)) return declaration
    const edits = [...declaration]
    for (const path of new Set(calls.map(({ path }) => path)))
      edits.push(
        ...cleared(
          this.#page(path),
          calls.filter((call) => call.path === path).map(({ stmt }) => stmt.span),
        ),
      )
    return { program, map: { ...map, guard: null }, lock: this.#lock.name, edits, sections }
  }

  #no(at: Range, why: string): Refusal {
    return refuse(at, `${why}; --transform=guard keeps the lock`)
  }

  #declaringFile(): string {
    return this.#map.pkg.files[this.#lock.file]?.path ?? ''
  }

  /** What the lock itself must be: a mutex beside the map, by value, that nobody outside names. */
  #refuseLock(): Refusal | null {
    const lock = this.#lock
    const [start, end] = lock.span
    const at = lock.file < 0 ? this.#map.decl : { file: this.#declaringFile(), start, end }
    const no = (why: string): Refusal => this.#no(at, why)
    if (this.#guard.where === 'owner')
      return refuse(this.#map.decl, `its lock, ${lock.name}, belongs to another object`)
    if (this.#guard.path !== lock.name) return no(`${lock.name}, which guards it, is not beside it`)
    if (lock.embedded) return no('its lock is embedded: others may take it')
    if (lock.exported) return no(`${lock.name}, which guards it, is exported`)
    if (lock.owner !== this.#map.object.owner || lock.file < 0)
      return no(`${lock.name}, which guards it, is not beside it`)
    const owner = this.#packages
      .flatMap((pkg) => pkg.objects.map((object) => ({ pkg, object })))
      .find(({ object }) => object.key === lock.key)
    const type = owner && typeAt(owner.pkg, owner.object.type)
    if (type?.kind !== 'named' || !/^sync\.(RW)?Mutex$/.test(type.name ?? ''))
      return no(`${lock.name}, which guards it, is no mutex of its own`)
    if (lock.decl?.names !== 1 || lock.decl.value !== undefined)
      return no(`${lock.name} is declared together with others`)
    if (this.#map.pkg.ignored.some(({ idents }) => idents.includes(lock.name)))
      return no(`files that this platform leaves out may use ${lock.name}`)
    return null
  }

  /** The statements that lock and unlock it. */
  #calls(): { stmt: Stmt; path: string; ev: Ev }[] | Refusal {
    const found: { stmt: Stmt; path: string; ev: Ev }[] = []
    for (const pkg of this.#packages) {
      for (const fn of this.#pass.program.fns(pkg)) {
        const tree = funcTree(fn)
        for (const [ev, { place }] of tree.spots) {
          if (ev.k !== 'call' || !isOn(pkg, ev, this.#lock)) continue
          const { stmt } = place
          const path = pkg.files[stmt.file ?? fn.facts.file]?.path ?? ''
          const at = { file: path, start: ev.span[0], end: ev.span[1] }
          const whole =
            this.#page(path)
              .slice(stmt.span)
              .replace(/^defer\s+/, '') === this.#page(path).slice(ev.span)
          const plain = ev.callee.k === 'func' && /^sync\.(RW)?Mutex\.R?(Lock|Unlock)$/.test(ev.callee.key)
          if (!plain || !whole || (stmt.k !== 'expr' && stmt.k !== 'defer') || place.list === null)
            return this.#no(at, `${this.#lock.name} is used here in another way`)
          found.push({ stmt, path, ev })
        }
      }
    }
    return found
  }

  /** An event that names the lock and is none of the calls. What names it without an event does not compile without it. */
  #otherUse(calls: ReadonlySet<Ev>): Range | null {
    for (const pkg of this.#packages) {
      const paths = new Set(pkg.paths.flatMap((path, ref) => (this.#leads(pkg, path) ? [ref] : [])))
      const fields = new Set(pkg.objects.flatMap(({ key }, ref) => (key === this.#lock.key ? [ref] : [])))
      for (const fn of this.#pass.program.fns(pkg)) {
        // Its own zero value: a lock with an initialiser is refused.
        if (fn.facts.kind === 'varinit') continue
        for (const [ev, { place }] of funcTree(fn).spots) {
          if (calls.has(ev) || !names(ev, paths, fields)) continue
          const file = pkg.files[place.stmt.file ?? fn.facts.file]?.path ?? ''
          return { file, start: ev.span[0], end: ev.span[1] }
        }
      }
    }
    return null
  }

  #leads(pkg: PackageFacts, path: Path): boolean {
    return path.some((step) => typeof step === 'number' && objectAt(pkg, step).key === this.#lock.key)
  }

  /** The accesses that stand in a critical section, by section; refused where something else does. */
  #sectionsOf(fn: Fn, sections: Map<Ev, string>): Refusal | null {
    const { program } = this.#pass
    const { name, key } = this.#lock
    const holding = holdingOf(program)
    const tree = funcTree(fn)
    const path = fn.pkg.files[fn.facts.file]?.path ?? ''
    const own = new Map<Ev, Access>()
    for (const access of this.#map.accesses) if (access.func === fn.facts) own.set(access.event, access)
    let section = ''
    let from: Stmt | null = null
    for (const [ev, { place }] of tree.spots) {
      if (ev.k === 'call' && isOn(fn.pkg, ev, this.#lock)) {
        if (ev.callee.k === 'func' && ev.callee.key.endsWith('Lock') && !ev.callee.key.endsWith('Unlock')) {
          section = `${fn.pkg.id} ${fn.index} ${ev.n}`
          from = place.stmt
        }
        continue
      }
      if (!holding.may(fn, ev, key)) continue
      const at = { file: path, start: ev.span[0], end: ev.span[1] }
      const access = own.get(ev)
      if (access !== undefined || !this.#isQuiet(fn, ev, 0)) {
        if (access === undefined) return this.#no(at, `${name} is held here for more than ${this.#map.object.name}`)
        if (access.depth > 0) return this.#no(at, `${name} guards the maps inside it, too`)
        if (from === null) return this.#no(at, `${name} is held here by callers`)
        const repeated = anchors(place).find(
          ({ list }) => list.kind === 'loop' && !encloses(tree.places, from, list.span),
        )
        const range = repeated?.list.owner?.stmt
        const over =
          range === undefined
            ? undefined
            : [...own.keys()].find((other) => range.k === 'range' && range.e.includes(other))
        if (repeated && over === undefined) return this.#no(at, `${name} is held here around a loop of steps`)
        sections.set(ev, section)
      }
    }
    const outer = [...own.values()].find(
      (access) => !sections.has(access.event) && !access.exclusive && access.held.has(guardName(this.#guard)),
    )
    return outer ? this.#no(outer.range, `${name} is held here by callers`) : null
  }

  /** What may as well happen without the lock: it touches the function's own variables alone. */
  #isQuiet(fn: Fn, ev: Ev, depth: number): boolean {
    const { pkg } = fn
    switch (ev.k) {
      case 'may':
      case 'and':
      case 'or':
      case 'return':
        return true
      case 'acc': {
        const [root] = pathAt(pkg, ev.p)
        return root === 'fresh' || (typeof root === 'number' && isLocalOf(fn, root) && !ev.write) || ev.op === 'init'
      }
      case 'set': {
        const [root] = pathAt(pkg, ev.to)
        if (typeof root !== 'number' || !isLocalOf(fn, root)) return false
        return ev.star !== true && isOwn(pkg, ev, new Set([root]))
      }
      case 'call': {
        if (ev.mode !== 'call') return false
        if (ev.callee.k === 'builtin') return true
        if (ev.callee.k !== 'func') return false
        const effect = stdEffect(ev.callee.key)
        if (effect !== undefined)
          return (
            !effect.blocks &&
            !effect.io &&
            !effect.callbacks &&
            effect.callsNow.length + effect.spawns.length + effect.stores.length === 0
          )
        const body = this.#pass.program.funcs.get(ev.callee.key)
        return (
          body !== undefined &&
          depth < 3 &&
          eventsOf(body.facts.stmts).every((inner) => this.#isQuiet(body, inner, depth + 1))
        )
      }
      default:
        return false
    }
  }

  #page(path: string): Page {
    const known = this.#pages.get(path) ?? openPage(path, this.#pass.source(path))
    this.#pages.set(path, known)
    return known
  }
}

/** Whether the event has one of the paths, or sets one of the fields, in it. */
function names(ev: Ev, paths: ReadonlySet<number>, fields: ReadonlySet<number>): boolean {
  const isIn = (v: Val | undefined): boolean => {
    if (v === undefined) return false
    if (v.k === 'path') return paths.has(v.p)
    if (v.k === 'func') return isIn(v.recv)
    if (v.k !== 'fresh') return false
    return (v.fields ?? []).some((field) => fields.has(field.f) || isIn(field.v)) || (v.elems ?? []).some(isIn)
  }
  switch (ev.k) {
    case 'call':
      return isIn(ev.recv) || ev.args.some(isIn) || (ev.callee.k === 'value' && isIn(ev.callee.v))
    case 'set':
      return paths.has(ev.to) || isIn(ev.v)
    case 'acc':
      return isIn(ev.v)
    case 'return':
      return ev.vals.some(isIn)
    case 'chansend':
      return isIn(ev.v)
    default:
      return false
  }
}

function isOn(pkg: PackageFacts, { recv }: CallEv, lock: ObjectFacts): boolean {
  if (recv?.k !== 'path') return false
  const last = pathAt(pkg, recv.p).at(-1)
  return typeof last === 'number' && objectAt(pkg, last).key === lock.key
}

function isLocalOf({ pkg, index }: Fn, ref: number): boolean {
  const object = objectAt(pkg, ref)
  return object.kind !== 'package' && object.kind !== 'field' && object.func === index
}

/** Whether the statement stands within the range. */
function encloses(places: ReadonlyMap<Stmt, unknown>, stmt: Stmt | null, [start, end]: Span): boolean {
  return stmt !== null && places.has(stmt) && start <= stmt.span[0] && stmt.span[1] <= end
}
