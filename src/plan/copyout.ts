/** Maps that are handed out under their lock: a copy is handed out instead. */
import { isInternal } from '../analysis/callers.js'
import { type AccessEv, type CallEv, type Fn, objectAt, type Program, pathAt } from '../analysis/program.js'
import { importEdits } from '../edit/imports.js'
import type { Ev, Val } from '../facts.js'
import type { Access, Refusal, SharedMap, TextEdit } from '../types.js'
import { typeArguments } from './declare.js'
import { holdingOf } from './holding.js'
import { guardName, holdsGuard } from './locks.js'
import { openPage } from './page.js'
import { isRefusal, type Pass, refuse } from './pass.js'
import { callsOf, runBy } from './reach.js'
import { isReadByLibrary } from './refusals.js'
import { freshNames } from './scope.js'
import { fnOf } from './surroundings.js'
import { anchorOf, eventsOf, type FuncTree, funcTree, inLoop } from './tree.js'
import { atLeast } from './types.js'

/** What handing out a copy takes, and the map as the other accesses then leave it. */
export interface CopyOut {
  readonly edits: readonly TextEdit[]
  /** Without those who have the copy. */
  readonly map: SharedMap
  readonly note: string
  /** Why code outside may notice; "" where it cannot. */
  readonly noticed: string
}

/**
 * return s.items → return maps.Clone(s.items), and the same for items := s.items that outlives the lock; a loop before Go 1.21. Null
 * where the map is not handed out.
 *
 * Safe because whoever has the map only reads it, and nothing that its own goroutine does in between changes the map: it finds in the copy
 * what it would have found. Refused where someone writes to it, stores it or hands it on, or could see a later change. Callers outside the
 * workspace cannot be seen: then `noticed` says so.
 */
export function copyOut(map: SharedMap, pass: Pass): CopyOut | Refusal | null {
  const out = map.accesses.filter((access) => isTaken(pass.program, access, map))
  if (map.guard === null || out.length === 0) return null
  const work = new Work(map, pass)
  for (const access of out) {
    const refusal = work.copy(access)
    if (refusal) return refusal
  }
  return work.done()
}

/** Taken as a value, to be returned or kept in a local, by a function that takes the lock itself or holds none. */
function isTaken(program: Program, access: Access, map: SharedMap): boolean {
  const { event, alias, exclusive, depth, op } = access
  if (event.k !== 'acc' || op !== 'read' || alias || exclusive || depth > 0 || access.func.test) return false
  const fn = fnOf(program, access)
  const { guard } = map
  if (fn === undefined || guard === null) return false
  const own = holdingOf(program).at(fn, event, guard.object.key) !== null
  // Where callers hold it, they use the map itself.
  if (!own && access.held.has(guardName(guard))) return false
  const bare = map.accesses.some((other) => other.alias && !other.exclusive && !holdsGuard(other, guard))
  if (event.use === 'assign') return bare
  return event.use === 'return' && (bare || (own && fn.facts.exported))
}

class Work {
  readonly #map: SharedMap
  readonly #pass: Pass
  readonly #program: Program
  readonly #edits: TextEdit[] = []
  /** Accesses of the copy. */
  readonly #copied = new Set<Access>()
  readonly #noticed = new Set<string>()
  readonly #writers: ReadonlySet<Fn>
  readonly #functions = new Set<Fn>()

  constructor(map: SharedMap, pass: Pass) {
    this.#map = map
    this.#pass = pass
    this.#program = pass.program
    const writers = new Set<Fn>()
    for (const access of map.accesses) {
      const fn = access.write && !access.exclusive ? fnOf(pass.program, access) : undefined
      if (fn) writers.add(fn)
    }
    for (const fn of writers) for (const { caller } of callsOf(pass.program, fn)) writers.add(caller)
    this.#writers = writers
  }

  copy(access: Access): Refusal | null {
    const fn = fnOf(this.#program, access)
    const { event } = access
    if (fn === undefined || event.k !== 'acc') return refuse(access.range, 'it is handed out here')
    const edits = this.#cloned(fn, access, event)
    if (isRefusal(edits)) return edits
    this.#edits.push(...edits)
    if (event.use === 'return') return this.#returned(fn)
    const set = eventsOf(fn.facts.stmts).find(
      (ev) => ev.k === 'acc' && ev.op === 'init' && ev.v?.k === 'path' && ev.v.p === event.p && isBeside(fn, event, ev),
    )
    const local = set === undefined ? null : localSetBy(fn, set)
    if (set === undefined || local === null)
      return refuse(access.range, 'the map itself is given to something else than a new variable here')
    return this.#kept(fn, local, set)
  }

  done(): CopyOut {
    const { accesses, escapes } = this.#map
    const ends = [...this.#copied, ...accesses.filter((access) => isTaken(this.#program, access, this.#map))]
    const gone = ({ at }: (typeof escapes)[number]): boolean =>
      ends.some(({ range }) => range.file === at.file && range.start <= at.start && at.end <= range.end)
    const left = accesses.filter((access) => !this.#copied.has(access))
    return {
      edits: this.#edits,
      map: { ...this.#map, accesses: left, escapes: escapes.filter((way) => !gone(way)) },
      note: 'what is handed out is a copy, made under the lock',
      noticed: [...this.#noticed].join('; '),
    }
  }

  #cloned(fn: Fn, access: Access, event: AccessEv): TextEdit[] | Refusal {
    const file = fn.pkg.files[fn.facts.file]
    if (file === undefined) return refuse(access.range, 'it is not in the source')
    const page = openPage(file.path, this.#pass.source(file.path))
    const text = page.slice(event.x)
    if (event.x[0] !== event.span[0] || event.x[1] !== event.span[1])
      return refuse(access.range, 'it is handed out here')
    if (atLeast(file.go, 21)) {
      const { edits, name } = importEdits(file, page.text, 'maps', namesIn(fn))
      return [...edits, page.insert(event.x[0], `${name}.Clone(`), page.insert(event.x[1], ')')]
    }
    const { place } = funcTree(fn).spots.get(event) ?? {}
    const args = typeArguments(this.#map)
    const { stmt } = place ?? {}
    const alone = stmt?.k === 'return' && stmt.results.length === 1 && stmt.results[0]?.[0] === event.x[0]
    if (!alone || place?.list == null || args === null)
      return refuse(access.range, `${file.go} has no maps.Clone, and more than a return of the map stands here`)
    const fresh = freshNames(this.#program, fn, page)
    const [copy, key, value] = [fresh(['all', 'copied']), fresh(['k', 'key']), fresh(['v', 'value'])]
    return [
      page.linesBefore(stmt.span, [
        `if ${text} == nil {`,
        '\treturn nil',
        '}',
        `${copy} := make(map[${args.replace(', ', ']')}, len(${text}))`,
        `for ${key}, ${value} := range ${text} {`,
        `\t${copy}[${key}] = ${value}`,
        '}',
      ]),
      page.replace(event.x, copy),
    ]
  }

  /** What the function's callers do with what it returns. */
  #returned(fn: Fn): Refusal | null {
    if (this.#functions.has(fn)) return null
    this.#functions.add(fn)
    const { facts } = fn
    const at = { file: fn.pkg.files[facts.file]?.path ?? '', start: facts.span[0], end: facts.body[0] }
    if (facts.kind === 'literal') return refuse(at, 'a function literal hands it out')
    for (const pkg of this.#program.packages)
      for (const other of this.#program.fns(pkg))
        if (eventsOf(other.facts.stmts).some((ev) => names(ev, facts.key)))
          return refuse(at, `${facts.display}, which hands it out, is used as a value`)
    if (facts.exported && fn.pkg.name !== 'main' && !isInternal(fn.pkg.path))
      this.#noticed.add(`callers of ${facts.display} outside may write to what it returns, or wait for it to change`)
    for (const { caller, call } of callsOf(this.#program, fn)) {
      const refusal = this.#received(caller, call)
      if (refusal) return refusal
    }
    return null
  }

  #received(fn: Fn, call: CallEv): Refusal | null {
    const here = { file: fn.pkg.files[fn.facts.file]?.path ?? '', start: call.span[0], end: call.span[1] }
    const isResult = (v: Val): boolean => v.k === 'call' && v.n === call.n
    if (call.mode !== 'call') return null
    for (const ev of eventsOf(fn.facts.stmts)) {
      const given =
        ev.k === 'set' ? ev.v : ev.k === 'acc' && (ev.op === 'init' || ev.op === 'replace') ? ev.v : undefined
      if (given !== undefined && isResult(given)) {
        const local = localSetBy(fn, ev)
        if (local === null) return refuse(here, 'what is handed out is stored here')
        const refusal = this.#kept(fn, local, ev)
        if (refusal) return refusal
      } else if (
        (ev.k === 'return' && ev.vals.some(isResult)) ||
        (ev.k === 'chansend' && isResult(ev.v)) ||
        (ev.k === 'call' &&
          ev.args.some(isResult) &&
          !this.#accesses(fn).some(
            ({ event }) => event.k === 'acc' && event.use === 'call' && pathAt(fn.pkg, event.p)[0] === `call:${call.n}`,
          ))
      )
        return refuse(here, 'what is handed out is handed on here')
    }
    return this.#read(
      this.#accesses(fn).filter(
        ({ event }) => event.k === 'acc' && String(pathAt(fn.pkg, event.p)[0]).split('/')[0] === `call:${call.n}`,
      ),
      fn,
      call,
    )
  }

  /** The local that holds the copy, from the event that sets it on. */
  #kept(fn: Fn, local: number, set: Ev): Refusal | null {
    const object = objectAt(fn.pkg, local)
    const of = (access: Access): boolean =>
      access.pkg === fn.pkg && access.event.k === 'acc' && access.alias && pathAt(fn.pkg, access.event.p)[0] === local
    const accesses = this.#map.accesses.filter(of)
    const file = fn.pkg.files[fn.facts.file]?.path ?? ''
    const loose = (object.uses ?? []).find(
      (use) =>
        use !== object.span[0] &&
        !accesses.some(({ event }) => event.k === 'acc' && event.x[0] <= use && use < event.x[1]),
    )
    if (loose !== undefined)
      return refuse(
        { file, start: loose, end: loose + object.name.length },
        `${object.name}, which holds the map, cannot be followed here`,
      )
    return this.#read(accesses, fn, set)
  }

  /** Accesses of the copy, which must all be reads that find what they found before. */
  #read(accesses: readonly Access[], fn: Fn, from: Ev): Refusal | null {
    for (const access of accesses) {
      const { event } = access
      if (event.k !== 'acc' || access.op === 'init') continue
      const read = READS.has(access.op) || (access.op === 'read' && isReadByLibrary(this.#map, access.range))
      if (access.op === 'read' && event.use === 'return' && access.depth === 0) {
        const inner = fnOf(this.#program, access)
        const refusal = inner === undefined ? null : this.#returned(inner)
        if (refusal) return refusal
      } else if (!read || access.write) return refuse(access.range, 'what is handed out is changed, or handed on, here')
      if (access.depth > 0) return refuse(access.range, 'a map inside it is used here')
      if (access.func !== fn.facts && !isStarted(this.#program, fn, access))
        return refuse(access.range, 'what is handed out is used in a function literal here')
      this.#copied.add(access)
    }
    const own = accesses.filter(({ func }) => func === fn.facts)
    return this.#changedBetween(funcTree(fn), from, own)
  }

  /** A call, or a statement, that changes the map between the copy and its last use in the function. */
  #changedBetween(tree: FuncTree, from: Ev, uses: readonly Access[]): Refusal | null {
    const { fn } = tree
    const order = (ev: Ev): number => tree.spots.get(ev)?.order ?? 0
    const ends = uses.map(({ event }) => {
      const stmt = tree.spots.get(event)?.place.stmt
      // The body of a range over it is between its turns.
      return stmt?.k === 'range' ? Math.max(order(event), ...eventsOf([stmt]).map(order)) : order(event)
    })
    const last = Math.max(order(from), ...ends)
    for (const ev of eventsOf(fn.facts.stmts)) {
      if (order(ev) <= order(from) || order(ev) > last) continue
      const writes =
        (ev.k === 'call' && runBy(this.#program, fn, ev).some((body) => this.#writers.has(body))) ||
        this.#map.accesses.some(({ event, write, alias }) => event === ev && write && !alias)
      if (writes)
        return refuse(
          { file: fn.pkg.files[fn.facts.file]?.path ?? '', start: ev.span[0], end: ev.span[1] },
          'it changes here, between being handed out and being read',
        )
    }
    return null
  }

  #accesses(fn: Fn): Access[] {
    return this.#map.accesses.filter(({ func, alias }) => func === fn.facts && alias)
  }
}

const READS: ReadonlySet<string> = new Set(['lookup', 'lookup2', 'len', 'range', 'nil'])

/** The local that the event declares and sets; null for any other. */
function localSetBy({ pkg }: Fn, ev: Ev): number | null {
  const path = ev.k === 'acc' && ev.op === 'init' ? pathAt(pkg, ev.p) : []
  const [local] = path
  return path.length === 1 && typeof local === 'number' && objectAt(pkg, local).kind === 'local' ? local : null
}

function isBeside(fn: Fn, event: Ev, later: Ev): boolean {
  const { spots } = funcTree(fn)
  const [a, b] = [spots.get(event), spots.get(later)]
  return a !== undefined && b !== undefined && a.place.stmt === b.place.stmt
}

function names(ev: Ev, key: string): boolean {
  return ev.k === 'ref' && ev.key === key
}

/** In a literal that the function starts as a goroutine, outside loops: what it sees of later changes is chance. */
function isStarted(program: Program, fn: Fn, access: Access): boolean {
  const inner = fnOf(program, access)
  if (inner?.facts.kind !== 'literal' || inner.facts.parent !== fn.index) return false
  const started = eventsOf(fn.facts.stmts).some(
    (ev) =>
      ev.k === 'call' &&
      ev.mode === 'go' &&
      ev.callee.k === 'value' &&
      ev.callee.v.k === 'lit' &&
      ev.callee.v.fn === inner.index,
  )
  const place = funcTree(inner).spots.get(access.event)?.place
  return started && place !== undefined && !inLoop(anchorOf(place).list)
}

function namesIn({ pkg, facts }: Fn): Set<string> {
  return new Set(
    pkg.objects
      .filter(
        ({ kind, file, name }) => kind === 'package' || (kind !== 'field' && file === facts.file && name === 'maps'),
      )
      .map(({ name }) => name),
  )
}
