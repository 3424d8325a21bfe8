/** Loops that end only when another goroutine lets them: they wait, whatever they call. */
import type { Ev, PackageFacts, Span, Stmt } from '../facts.js'
import { type Fn, type Program, pathAt, stmtParts } from './program.js'

export type Loop = Extract<Stmt, { k: 'for' }>

/**
 * Whether nothing bounds the loop: its turns change nothing that its condition names, or it asks an atomic, the clock or
 * the scheduler how things stand. A loop that counts is never one.
 */
export function waits(program: Program, fn: Fn, file: number, loop: Loop): boolean {
  if (loop.cond !== undefined && loop.post !== undefined && changes(fn.pkg, file, loop.cond, [loop.post])) return false
  return polls(program, fn, loop) || !progresses(fn.pkg, file, loop)
}

/** Something is assigned in a turn that the condition names; anything, where there is none. */
function progresses(pkg: PackageFacts, file: number, { cond, block, post }: Loop): boolean {
  return changes(pkg, file, cond, post ? [...block.body, post] : block.body)
}

function changes(pkg: PackageFacts, file: number, cond: Span | undefined, stmts: readonly Stmt[]): boolean {
  const named = cond === undefined ? null : localsIn(pkg, file, cond)
  const counts = (ref: number): boolean => {
    const [root] = pathAt(pkg, ref)
    if (named === null) return true
    return typeof root === 'number' && (named.has(root) || pkg.objects[root]?.kind === 'package')
  }
  return eventsIn(stmts).some((ev) => changed(ev).some(counts))
}

/** Paths of what the event changes, or may change as a receiver or by address. */
function changed(ev: Ev): number[] {
  if (ev.k === 'set') return [ev.to]
  if (ev.k === 'acc') return ev.write ? [ev.p] : []
  if (ev.k !== 'call') return []
  const given = ev.recv === undefined ? ev.args : [ev.recv, ...ev.args]
  return given.flatMap((value) => (value.k === 'path' ? [value.p] : []))
}

function localsIn(pkg: PackageFacts, file: number, [start, end]: Span): Set<number> {
  const found = new Set<number>()
  for (const [ref, object] of pkg.objects.entries()) {
    if (object.file === file && object.uses?.some((use) => use >= start && use < end)) found.add(ref)
  }
  return found
}

const POLLS = /^(sync\/atomic\.(\w+\.)?(Load|CompareAndSwap)|runtime\.Gosched$|time\.(Now|Since|Until)$)/

/** The loop, or what it calls, looks at what other goroutines may change meanwhile. */
function polls(program: Program, fn: Fn, loop: Loop): boolean {
  const seen = new Set<Fn>()
  const looks = (stmts: readonly Stmt[]): boolean =>
    eventsIn(stmts).some((ev) => {
      if (ev.k !== 'call' || ev.callee.k !== 'func' || ev.mode === 'go') return false
      const callee = program.funcs.get(ev.callee.key)
      if (callee !== undefined && !callee.pkg.standard) seen.add(callee)
      return POLLS.test(ev.callee.key)
    })
  if (looks([loop])) return true
  for (const callee of seen) if (callee !== fn && looks(callee.facts.stmts)) return true
  return false
}

function eventsIn(stmts: readonly Stmt[]): Ev[] {
  const flat = (evs: readonly Ev[]): Ev[] => evs.flatMap((ev) => (ev.k === 'and' || ev.k === 'or' ? flat(ev.e) : [ev]))
  return stmts.flatMap((stmt) =>
    stmtParts(stmt).flatMap((part) => ('events' in part ? flat(part.events) : eventsIn(part.stmts))),
  )
}
