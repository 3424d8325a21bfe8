/** The locks that a function takes while it runs, on its caller's goroutine, as its caller would name them. */
import type { Val } from '../facts.js'
import type { LockMode } from '../types.js'
import type { Engine } from './engine.js'
import { staticCallees } from './funcvalues.js'
import { type Given, givenAbove, givenAt } from './given.js'
import { type Lock, lockOp, translateLock } from './lockops.js'
import { argumentFor } from './paths.js'
import { type CallEv, type Fn, objectAt } from './program.js'
import { fateOf } from './spawners.js'
import { flowOf, type Site } from './walk.js'

/** A lock that is taken inside a function, in the function's terms. */
export interface Inner {
  readonly lock: Lock
  readonly mode: LockMode
  /** From the function's own event down to where the lock is taken. */
  readonly way: readonly Site[]
  /** What bool parameters of the function must be. */
  readonly given: Given
  /** Nothing that is not known decides whether it comes to that. */
  readonly sure: boolean
}

/** A function that runs before a call returns. */
export interface Run {
  readonly fn: Fn
  /** The event of the callee that calls it, where the call only passes it on. */
  readonly through: Site | null
  /** Of a method value: the receiver, as the caller writes it. */
  readonly recv: Val | null
  /** The call may reach other bodies too. */
  readonly dynamic: boolean
}

/** The functions of the program that run before the call returns: the callee, and functions that it calls back. */
export function runsOf(engine: Engine, { fn, ev }: Site): readonly Run[] {
  if (ev.k !== 'call' || ev.mode === 'go') return []
  const { program, values } = engine
  const { callee } = ev
  if (callee.k === 'value' && callee.v.k === 'lit')
    return [{ fn: program.fn(fn.pkg, callee.v.fn), through: null, recv: null, dynamic: false }]
  const bodies = staticCallees(program, ev)
  const dynamic = callee.k === 'iface'
  const called = bodies.length === 1 ? bodies.map((body) => ({ fn: body, through: null, recv: null, dynamic })) : []
  const back = ev.args.flatMap((arg, i): Run[] => {
    const value =
      arg.k === 'lit' ? program.fn(fn.pkg, arg.fn) : arg.k === 'func' ? program.funcs.get(arg.key) : undefined
    if (!value || value.facts.body[1] === 0) return []
    const recv = arg.k === 'func' ? (arg.recv ?? null) : null
    if (bodies.length === 0)
      return fateOf(ev, i).how === 'now' ? [{ fn: value, through: null, recv, dynamic: false }] : []
    const through = values.calls(value).find(({ site, call }) => bodies.includes(site.fn) && call.mode === 'call')
    return through ? [{ fn: value, through: through.site, recv, dynamic: dynamic || bodies.length > 1 }] : []
  })
  return [...called, ...back]
}

/** A lock of a function that runs, in the terms of the function that calls it; null where it has no name there. */
export function lockOutside(engine: Engine, lock: Lock, run: Run, { fn, ev }: Site): Lock | null {
  const { program, paths } = engine
  if (ev.k !== 'call') return null
  if (lock.path.root.startsWith('g:')) return lock
  const receiver = run.fn.facts.recv === undefined ? '' : `o:${objectAt(run.fn.pkg, run.fn.facts.recv).key}`
  const passed = run.recv || run.through || run.fn.facts.kind === 'literal'
  if (passed && !(run.recv && lock.path.root === receiver))
    return lock.path.root.startsWith('o:') && paths.object(lock.path.root.slice(2))?.fn !== run.fn ? lock : null
  const here = translateLock(program, paths, lock, run.fn, fn, ev, (root) => (root === receiver ? run.recv : null))
  return here && /^[ogc]:/.test(here.lock.path.root) ? here.lock : null
}

const MAX_INNER = 24
const MAX_WAY = 6

const known = new WeakMap<Engine, Map<Fn, readonly Inner[]>>()

/**
 * The locks taken while the function runs whose names mean something to its callers, each once a mode; those left out that it has
 * given up before (its caller's, for the time being) or holds already. Goroutines that it starts are not looked at.
 */
export function innerLocks(engine: Engine, fn: Fn): readonly Inner[] {
  const all = known.get(engine) ?? new Map<Fn, readonly Inner[]>()
  known.set(engine, all)
  const before = all.get(fn)
  if (before) return before
  // A function that calls itself takes what it takes without that.
  all.set(fn, [])
  const found = new Map<string, Inner>()
  for (const site of flowOf(fn).sites) {
    for (const inner of innerAt(engine, site)) {
      const id = `${inner.lock.id} ${inner.mode}`
      const other = found.get(id)
      if (inner.way.length > MAX_WAY || !isNamedOutside(engine, fn, inner.lock)) continue
      if (isOwn(engine, site, inner.lock)) continue
      const always = site.blocks.length === 0 || inner.given.size > 0
      const sure = inner.sure && always
      if (!other || (sure && !other.sure)) found.set(id, { ...inner, sure })
    }
    if (found.size > MAX_INNER) break
  }
  const list = [...found.values()]
  all.set(fn, list)
  return list
}

/** The locks taken at an event, by itself or by what runs before it is over, in the terms of its function; sure where the event is. */
export function innerAt(engine: Engine, site: Site): readonly Inner[] {
  const { program, paths } = engine
  const { fn, ev } = site
  if (ev.k !== 'call' || ev.mode === 'go') return []
  const op = lockOp(program, paths, fn, ev)
  if (op) {
    const given = op.op === 'acquire' ? givenAt(paths, site) : null
    if (op.op !== 'acquire' || given === null) return []
    return [{ lock: op.lock, mode: op.mode, way: [site], given, sure: true }]
  }
  return runsOf(engine, site).flatMap((run) =>
    innerLocks(engine, run.fn).flatMap((inner): Inner[] => {
      const lock = lockOutside(engine, inner.lock, run, site)
      const given = lock && givenAbove(paths, inner.given, run.fn, site, ev)
      if (!lock || !given) return []
      const told = [...inner.given].every(([key, is]) => isGiven(run.fn, ev, key, is))
      const sure = inner.sure && told && !run.dynamic
      return [{ lock, mode: inner.mode, way: [site, ...inner.way], given, sure }]
    }),
  )
}

function isGiven(callee: Fn, call: CallEv, key: string, is: boolean): boolean {
  const arg = argumentFor(callee, call, `o:${key}`)
  return arg?.k === 'const' && arg.b === is
}

function isNamedOutside({ paths }: Engine, fn: Fn, { path }: Lock): boolean {
  if (path.root.startsWith('g:')) return true
  const object = path.root.startsWith('o:') ? paths.object(path.root.slice(2)) : undefined
  if (object === undefined) return false
  if (object.fn !== fn) return true
  return /^(param|receiver)$/.test(object.facts.kind) && paths.defs(object.facts.key).length === 0
}

/** Whether the function itself holds the lock there, or has given it up. */
function isOwn({ locks }: Engine, { fn, ev }: Site, lock: Lock): boolean {
  const facts = locks.of(fn)
  return facts.at.get(ev)?.has(lock.id) === true || facts.lentAt.get(ev)?.has(lock.id) === true
}
