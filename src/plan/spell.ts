/** How the lock of a map, and the map under it, are written at one of its accesses. */
import { type Fn, objectAt, type Program, pathAt } from '../analysis/program.js'
import type { PathStep, Stmt } from '../facts.js'
import type { Access, Range, Refusal } from '../types.js'
import { isRefusal, refuse } from './pass.js'
import { eventsOf } from './tree.js'

/** Where the lock of a group of maps is. */
export type LockPlace =
  | { readonly where: 'wrapper'; readonly lock: string; readonly map: string } // X.mu, the map X.m: the fields' names
  | { readonly where: 'sibling'; readonly path: string } // base.path; "" for an embedded lock
  | { readonly where: 'variable'; readonly name: string }
  | { readonly where: 'methods' } // none but those of a container's own

/** A region's lock, as it is written there, and the calls that take and release it. */
export interface Lock {
  readonly name: string
  readonly take: string
  readonly release: string
}

/** The lock as an expression at the access, which names the map itself (no alias, no inner map); refused where that cannot be repeated. */
export function lockAt(fn: Fn, access: Access, place: LockPlace, text: string): string | Refusal {
  if (place.where === 'variable') return place.name
  if (place.where === 'methods') return refuse(access.operand, 'the container shows no lock')
  const operand = text.slice(access.operand.start, access.operand.end)
  if (place.where === 'wrapper') return repeatable(access, operand) ?? `${operand}.${place.lock}`
  const base = holder(fn, access, operand)
  if (isRefusal(base)) return base
  return repeatable(access, base) ?? (place.path === '' ? base : `${base}.${place.path}`)
}

/** What holds the field, as the access writes it, embedded structs that it leaves out spelled. */
function holder(fn: Fn, access: Access, operand: string): string | Refusal {
  const { event } = access
  const written = /^([\s\S]*?)\s*\.\s*([\p{L}_][\p{L}\p{N}_]*)$/u.exec(operand)
  if (event.k !== 'acc' || written === null) return refuse(access.operand, 'what holds the map is not named here')
  const path = pathAt(fn.pkg, event.p)
  const steps = path.slice(1, path.length - access.depth - 1)
  const left: string[] = []
  const base = written[1] ?? ''
  for (const step of steps.reverse()) {
    if (typeof step !== 'number') break
    const field = objectAt(fn.pkg, step)
    if (!field.embedded || base === field.name || base.endsWith(`.${field.name}`)) break
    left.unshift(field.name)
  }
  return [base, ...left].join('.')
}

const NAME = String.raw`[\p{L}_][\p{L}\p{N}_]*`
const REPEATABLE = new RegExp(`^\\(?[*&]?${NAME}\\)?(\\.${NAME}|\\[(${NAME}(\\.${NAME})*|\\d+)\\])*$`, 'u')

/** A refusal where evaluating the expression twice is not the same as once. */
function repeatable(access: Access, expression: string): Refusal | null {
  if (REPEATABLE.test(expression)) return null
  return refuse(
    access.operand,
    `the map is reached through ${expression.replace(/\s+/g, ' ')}, which cannot be written twice`,
  )
}

/** Keys of the fields that the program assigns outside composite literals: a path through one may lead elsewhere the next time. */
function reassignedFields(program: Program): ReadonlySet<string> {
  const known = reassigned.get(program)
  if (known) return known
  const fields = new Set<string>()
  for (const pkg of program.packages) {
    for (const fn of program.fns(pkg)) {
      for (const ev of eventsOf(fn.facts.stmts)) {
        if (ev.k !== 'set') continue
        const path = pathAt(pkg, ev.to)
        const last = path[path.length - 1]
        if (path.length > 1 && typeof last === 'number' && !isBeingMade(fn, path[0]))
          fields.add(objectAt(pkg, last).key)
      }
    }
  }
  reassigned.set(program, fields)
  return fields
}

/** The root is a local that the function itself made. */
function isBeingMade({ pkg, facts }: Fn, root: number | string | undefined): boolean {
  if (typeof root !== 'number' || objectAt(pkg, root).kind !== 'local') return false
  return eventsOf(facts.stmts).some((ev) => {
    const path = ev.k === 'set' && ev.v.k === 'fresh' ? pathAt(pkg, ev.to) : undefined
    return path?.length === 1 && path[0] === root
  })
}

/** The path to what holds the map of the access; empty for a variable. */
export function holderPath({ pkg, event, depth }: Access): PathStep[] {
  return event.k === 'acc' ? pathAt(pkg, event.p).slice(0, -depth - 1) : []
}

/** Why the holder of the map, by its path, may not be the same throughout the statements; null if it is. */
export function unstable(
  program: Program,
  fn: Fn,
  [root, ...steps]: readonly PathStep[],
  at: Range,
  stmts: readonly Stmt[],
): Refusal | null {
  const fields = reassignedFields(program)
  for (const step of steps) {
    if (typeof step !== 'number') continue
    const field = objectAt(fn.pkg, step)
    if (fn.pkg.types[field.type]?.kind === 'pointer' && fields.has(field.key)) {
      return refuse(at, `${field.name}, which leads to the map, is assigned elsewhere`)
    }
  }
  if (typeof root !== 'number') return null
  const moved = eventsOf(stmts).some((ev) => ev.k === 'set' && ev.def !== true && isOnly(fn, ev.to, root))
  return moved ? refuse(at, `${objectAt(fn.pkg, root).name}, which leads to the map, is assigned meanwhile`) : null
}

function isOnly(fn: Fn, ref: number, root: number): boolean {
  const path = pathAt(fn.pkg, ref)
  return path.length === 1 && path[0] === root
}

const reassigned = new WeakMap<Program, ReadonlySet<string>>()
