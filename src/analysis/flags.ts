/** Flags of objects: fields of type bool that are set when the object is made, as in `if s.safe { s.mu.Lock() }`. */
import type { Flag, Stmt } from '../facts.js'
import { type Paths, targetKey } from './paths.js'
import { type Fn, type Program, stmtParts } from './program.js'
import { flowOf, type Site } from './walk.js'

/** A condition on a flag, as what holds where it comes out true, and false: the flag's object key, "!" before it where it is off. */
export interface FlagTest {
  readonly when: string
  readonly otherwise: string
}

/**
 * The flag that a condition asks, if it stays what it is while the object is used: no function that asks it, or locks, sets it. Null for
 * other conditions. Instances are not told apart.
 */
export function constantFlag(program: Program, paths: Paths, fn: Fn, { p, is }: Flag): FlagTest | null {
  const key = targetKey(paths.raw(fn, p))
  if (key === '' || changing(program, paths).has(key)) return null
  return is ? { when: key, otherwise: `!${key}` } : { when: `!${key}`, otherwise: key }
}

/** What flags are where a site is reached. */
export function flagsAt(program: Program, paths: Paths, { fn, flags }: Site): string[] {
  return flags.flatMap((flag) => constantFlag(program, paths, fn, flag)?.when ?? [])
}

const found = new WeakMap<Program, ReadonlySet<string>>()

/** The fields, by object key, that some function sets which asks them too, or locks. */
function changing(program: Program, paths: Paths): ReadonlySet<string> {
  const before = found.get(program)
  if (before) return before
  const keys = new Set<string>()
  for (const pkg of program.packages) {
    for (const fn of program.fns(pkg)) {
      const { sites } = flowOf(fn)
      const sets = sites.flatMap(({ ev }) => (ev.k === 'set' ? [targetKey(paths.raw(fn, ev.to))] : []))
      if (sets.length === 0) continue
      const locks = sites.some(({ ev }) => ev.k === 'call' && ev.callee.k === 'func' && /\.R?Lock$/.test(ev.callee.key))
      const asked = askedIn(paths, fn)
      for (const key of sets) if (key !== '' && (locks || asked.has(key))) keys.add(key)
    }
  }
  found.set(program, keys)
  return keys
}

function askedIn(paths: Paths, fn: Fn): ReadonlySet<string> {
  const keys = new Set<string>()
  const look = (stmts: readonly Stmt[]): void => {
    for (const stmt of stmts) {
      if (stmt.k === 'if' && stmt.flag) keys.add(targetKey(paths.raw(fn, stmt.flag.p)))
      for (const part of stmtParts(stmt)) if ('stmts' in part) look(part.stmts)
    }
  }
  look(fn.facts.stmts)
  return keys
}
