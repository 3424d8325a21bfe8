/** What one call adds to the effects of the function it stands in. */
import type { Val } from '../facts.js'
import type { Range } from '../types.js'
import { callbacksOf } from './callbacks.js'
import type { Reason } from './effects.js'
import { type Gathered, type Gathering, pathText, type World } from './gathering.js'
import { lockOp } from './lockops.js'
import { argumentFor, targetKey } from './paths.js'
import { type CallEv, type Fn, objectAt, typeAt, underlying } from './program.js'
import { type StdEffect, stdEffect } from './stdlib.js'

/** Adds what the call does, `at` its place: nothing for a goroutine's body, everything for a deferred call. */
export function judgeCall(to: Gathering, call: CallEv, at: Range): void {
  if (call.mode === 'go') {
    to.reason('spawn', at, 'go')
    return
  }
  if (judgeLock(to, call, at)) return
  const { callee } = call
  if (callee.k === 'builtin') judgeBuiltin(to, callee.name, at)
  else if (callee.k === 'func') runNamed(to, callee.key, call, at)
  else if (callee.k === 'iface') judgeInterface(to, callee.type, callee.method, call, at)
  else runValue({ to, home: to.fn, call, at, label: valueText(to.fn, callee.v), depth: 0 }, callee.v)
}

/** A lock taken is reported by its key; one given back needs nothing. */
function judgeLock(to: Gathering, call: CallEv, at: Range): boolean {
  const { program, paths } = to.world
  const op = lockOp(program, paths, to.fn, call)
  if (op === null) return false
  if (call.callee.k === 'func' && stdEffect(call.callee.key) === undefined) return false
  if (op.op === 'release') return true
  const path = call.recv?.k === 'path' ? pathText(to.fn, call.recv.p) : op.lock.key
  to.lock({ path, object: targetKey(op.lock.path) || null, mode: op.mode })
  to.reason('lock', at, path)
  return true
}

function judgeBuiltin(to: Gathering, name: string, at: Range): void {
  if (name === 'panic') {
    to.reason('panics', at, 'panic')
    to.panics()
  } else if (name === 'recover') to.reason('recover', at, 'recover')
  else if (name === 'print' || name === 'println') to.reason('io', at, name)
  else if (name === 'close') to.panics()
}

/** The implementations in the program are not looked into: there may be others, so that no answer would be enough. */
function judgeInterface(to: Gathering, type: string, method: string, call: CallEv, at: Range): void {
  const effect = stdEffect(`${type}.${method}`)
  if (effect && !effect.blocks && !effect.io && !effect.callbacks) {
    judgeStd(to, `${type}.${method}`, effect, call, at)
    return
  }
  to.reason('interface call', at, `${nameIn(to.fn, type)}.${method}`)
  to.panics()
}

function runNamed(to: Gathering, key: string, call: CallEv, at: Range): void {
  const fn = to.world.program.funcs.get(key)
  const effect = stdEffect(key)
  if (fn && fn.facts.body[1] > 0 && !(fn.pkg.standard && effect)) addCallee(to, fn, call, at, nameIn(to.fn, key))
  else if (effect) judgeStd(to, key, effect, call, at)
  else {
    to.reason('unknown call', at, shortName(key))
    to.panics()
  }
}

function judgeStd(to: Gathering, key: string, effect: StdEffect, call: CallEv, at: Range): void {
  const name = shortName(key)
  const inMemory = writesToMemory(to, key, call)
  if (effect.blocks && !effect.io) to.reason('blocks', at, name)
  if (effect.io && !inMemory) to.reason('io', at, name)
  if (effect.panics) to.panics()
  if (effect.spawns.length > 0) to.reason('spawn', at, name)
  for (const index of effect.callsNow) {
    const arg = call.args[index]
    if (arg) runValue({ to, home: to.fn, call: null, at, label: valueText(to.fn, arg), depth: 0 }, arg)
  }
  if (effect.callbacks) judgeCallbacks(to, key, call, at, inMemory ? 1 : 0)
  call.args.forEach((arg, index) => {
    const mode = effect.maps[index] ?? effect.rest
    if (mode && arg.k === 'path' && isMap(to.fn, call.argTypes[index])) {
      to.map(targetKey(to.world.paths.resolve(to.fn, arg.p)) || '?', mode)
    }
  })
}

/** Printing to a buffer in memory: what is written to is the first argument, *strings.Builder or *bytes.Buffer. */
function writesToMemory(to: Gathering, key: string, call: CallEv): boolean {
  if (!/^(fmt\.Fprint(f|ln)?|io\.WriteString)$/.test(key)) return false
  const type = call.argTypes[0]
  const pointer = type === undefined ? undefined : typeAt(to.fn.pkg, type)
  const elem = pointer?.kind === 'pointer' && pointer.elem !== undefined ? typeAt(to.fn.pkg, pointer.elem) : undefined
  return elem?.name === 'strings.Builder' || elem?.name === 'bytes.Buffer'
}

function judgeCallbacks(to: Gathering, key: string, call: CallEv, at: Range, from: number): void {
  const name = shortName(key)
  if (call.recv) to.reason('callback', at, name)
  for (const type of call.argTypes.slice(from)) {
    const found = callbacksOf(to.world.program, key, to.fn.pkg, type)
    if (found.unknown) {
      to.reason('callback', at, name)
      to.panics()
    }
    for (const fn of found.methods) addCallee(to, fn, null, at, name)
  }
}

/** A function value that is called: where it was found, and the call (null where a standard function makes it). */
interface Run {
  readonly to: Gathering
  readonly home: Fn
  readonly call: CallEv | null
  readonly at: Range
  /** What the caller calls it. */
  readonly label: string
  readonly depth: number
}

const MAX_DEPTH = 4

function runValue(run: Run, v: Val): void {
  const { to, home, at } = run
  if (run.depth > MAX_DEPTH) unknownValue(to, at, run.label)
  else if (v.k === 'lit') addLiteral(to, to.world.program.fn(home.pkg, v.fn), run)
  else if (v.k === 'func') runFunc(run, v.key)
  else if (v.k === 'call') runResult(run, v)
  else if (v.k === 'path') runVariable(run, v)
  else unknownValue(to, at, run.label)
}

/** All that a variable is ever set to; what a parameter may be besides is the callers' to say. */
function runVariable(run: Run, v: Val & { k: 'path' }): void {
  const { to, home, at } = run
  const path = to.world.paths.raw(home, v.p)
  const key = targetKey(path)
  const object = to.world.paths.object(key)
  const values = path.steps.length === 0 || path.steps.at(-1) === key ? to.world.vars.values(key) : null
  const param = path.steps.length === 0 && object?.facts.kind === 'param'
  if (param && isAround(to.world, to.fn, object.fn)) to.outer(key, at, run.label)
  else if (param || values === null) unknownValue(to, at, run.label)
  for (const given of values ?? []) runValue({ ...run, home: given.fn, depth: run.depth + 1 }, given.v)
}

/** A function or method by name. Where a standard function calls it, the arguments are not known: maps it is given count as unknown. */
function runFunc(run: Run, key: string): void {
  const { to, at } = run
  const fn = to.world.program.funcs.get(key)
  const effect = stdEffect(key)
  if (run.call) runNamed(to, key, run.call, at)
  else if (fn && fn.facts.body[1] > 0 && !(fn.pkg.standard && effect)) {
    addCallee(to, fn, null, at, nameIn(to.fn, key))
  } else if (!effect || effect.blocks || effect.io || effect.callbacks || effect.callsNow.length > 0) {
    to.reason('unknown call', at, shortName(key))
    to.panics()
  } else if (effect.panics) to.panics()
}

/** What a call returned: the iterators and functions of the standard library run what they were given, others what they return. */
function runResult(run: Run, v: Val & { k: 'call' }): void {
  const { to, home } = run
  const made = to.world.paths.call(home, v.n)
  const key = made?.callee.k === 'func' ? made.callee.key : ''
  const fn = to.world.program.funcs.get(key)
  const effect = fn && !fn.pkg.standard ? undefined : stdEffect(key)
  const next = { ...run, depth: run.depth + 1 }
  if (made && effect && !effect.blocks && !effect.io && !effect.callbacks) {
    for (const arg of effect.stores.map((index) => made.args[index])) if (arg) runValue({ ...next, call: null }, arg)
    return
  }
  const returned = fn ? (to.world.paths.returns(fn, v.i) ?? []) : []
  if (fn === undefined || returned.length === 0) unknownValue(to, run.at, run.label)
  else for (const value of returned) if (value.k !== 'nil') runValue({ ...next, home: fn }, value)
}

function unknownValue(to: Gathering, at: Range, label: string): void {
  to.reason('function value', at, label)
  to.panics()
}

function valueText(fn: Fn, v: Val): string {
  return v.k === 'path' ? pathText(fn, v.p) : 'a function value'
}

/** Whether a function is `inner`, or stands around it. */
function isAround(world: World, inner: Fn, outer: Fn | null): boolean {
  for (let at: Fn | undefined = inner; at !== undefined; ) {
    if (at === outer) return true
    at = at.facts.parent === undefined ? undefined : world.program.fn(at.pkg, at.facts.parent)
  }
  return false
}

/** A literal's causes stand in the text of the function itself, when it is a literal of it: they keep their places. */
function addLiteral(to: Gathering, literal: Fn, run: Run): void {
  if (isAround(to.world, literal, to.fn)) {
    add(to, literal, to.world.summary(literal), run.call, run.at, (reason) => reason)
  } else addCallee(to, literal, run.call, run.at, literal.facts.display)
}

/** A callee's causes all stand at the call: the first of each sort tells enough. */
function addCallee(to: Gathering, callee: Fn, call: CallEv | null, at: Range, name: string): void {
  const told = new Set<Reason['why']>()
  add(to, callee, to.world.summary(callee), call, at, (reason) => {
    // A panic that a callee recovers from is its own affair.
    if (reason.why === 'recover' || told.has(reason.why)) return null
    told.add(reason.why)
    const cause = /\(calls (.*)\)$/.exec(reason.text)?.[1] ?? reason.text
    return { ...reason, at, text: cause === name ? name : `${name} (calls ${cause})` }
  })
}

function add(
  to: Gathering,
  callee: Fn,
  found: Gathered,
  call: CallEv | null,
  at: Range,
  place: (reason: Reason) => Reason | null,
): void {
  for (const reason of found.reasons) {
    const placed = place(reason)
    if (placed) to.reason(placed.why, placed.at, placed.text)
  }
  if (found.mayPanic) to.panics()
  for (const [key, mode] of found.maps) {
    const translated = translate(to, callee, call, key)
    if (translated !== null) to.map(translated, mode)
  }
  for (const lock of found.locks.values()) {
    const object = lock.object === null ? null : translate(to, callee, call, lock.object)
    to.lock({ ...lock, object: object === '?' ? null : object })
  }
  for (const [key, reason] of found.outer) {
    if (!isOwnParam(callee, key)) {
      to.outer(key, place(reason)?.at ?? at, reason.text)
      continue
    }
    const arg = call && argumentFor(callee, call, `o:${key}`)
    if (arg) runValue({ to, home: to.fn, call: null, at, label: valueText(to.fn, arg), depth: 1 }, arg)
    else unknownValue(to, at, reason.text)
  }
}

/** A map or lock of the callee in the caller's terms: what it gives for a parameter; null for what the caller makes for it. */
function translate(to: Gathering, callee: Fn, call: CallEv | null, key: string): string | null {
  if (!isOwnParam(callee, key)) return key
  const arg = call && argumentFor(callee, call, `o:${key}`)
  if (!arg) return '?'
  if (arg.k === 'fresh' || arg.k === 'nil') return null
  return targetKey(to.world.paths.resolveVal(to.fn, arg)) || '?'
}

function isOwnParam({ facts, pkg }: Fn, key: string): boolean {
  return [...facts.params, facts.recv ?? -1].some((param) => param >= 0 && objectAt(pkg, param).key === key)
}

/** A map, or a pointer to one. */
function isMap({ pkg }: Fn, ref: number | undefined): boolean {
  if (ref === undefined) return false
  const type = underlying(pkg, ref)
  return (
    type.kind === 'map' ||
    (type.kind === 'pointer' && type.elem !== undefined && underlying(pkg, type.elem).kind === 'map')
  )
}

/** A function or type as the package of `fn` says it: "Store.flush", of other packages "http.Client.Get". */
function nameIn({ pkg }: Fn, key: string): string {
  return key.startsWith(`${pkg.path}.`) ? key.slice(pkg.path.length + 1) : shortName(key)
}

function shortName(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1)
}
