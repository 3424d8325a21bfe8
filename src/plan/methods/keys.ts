/** Whether a key, and what holds the map, are the same wherever a step uses them. */
import { objectAt, pathAt, underlying } from '../../analysis/program.js'
import type { Ev, PackageFacts, Span, Stmt } from '../../facts.js'
import type { Refusal } from '../../types.js'
import { localUses } from '../locals.js'
import { refuse } from '../pass.js'
import { at, type Scene } from '../scene.js'
import type { Touch } from '../touches.js'
import { contains, eventsOf } from '../tree.js'

/**
 * Why the key of the touch cannot be written once for all of the statements; null if it can. It can if it is a constant, a
 * local, a field of a local, or a value made of those, which nothing in the statements declares or assigns, and no other
 * goroutine could.
 */
export function keyMoves(scene: Scene, touch: Touch, stmts: readonly Stmt[]): Refusal | null {
  if (touch.ev.k !== 'acc' || touch.ev.key === undefined)
    return refuse(at(scene, touch.span), 'it is not the use of one key')
  return touch.ev.keyConst === true ? null : expressionMoves(scene, touch.ev.key, stmts, 'the key')
}

/** The same of the expression that leads to the map. */
export function holderMoves(scene: Scene, touch: Touch, stmts: readonly Stmt[]): Refusal | null {
  if (touch.ev.k !== 'acc') return null
  return localsMove(scene, touch.ev.x, stmts, `what holds ${touch.map.object.name}`)
}

function expressionMoves(scene: Scene, span: Span, stmts: readonly Stmt[], what: string): Refusal | null {
  const inside = eventsOf(scene.fn.facts.stmts).filter((ev) => contains(span, ev.span))
  if (inside.some((ev) => ev.k !== 'may' && ev.k !== 'ref'))
    return refuse(at(scene, span), `${what} is computed each time`)
  const text = scene.page.slice(span)
  const { pkg } = scene.fn
  const shared = pkg.objects.find(({ kind, name }) => kind === 'package' && new RegExp(word(name), 'u').test(text))
  if (shared) return refuse(at(scene, span), `${what} depends on ${shared.name}`)
  return localsMove(scene, span, stmts, what) ?? fieldsMove(scene, span, stmts, what)
}

function localsMove(scene: Scene, span: Span, stmts: readonly Stmt[], what: string): Refusal | null {
  const { pkg, facts } = scene.fn
  for (const ref of localUses(pkg, facts.file).within(span)) {
    const { name, span: declared } = objectAt(pkg, ref)
    const inStep = stmts.some((stmt) => contains(stmt.span, declared) && !contains(stmt.span, span))
    const below = stmts.some((stmt) => contains(stmt.span, declared) && stmt.span[0] <= declared[0])
    if (inStep || below) return refuse(at(scene, span), `${what} depends on ${name}, which the step itself declares`)
    if (isAssigned(pkg, ref, stmts) || isAssignedByLiterals(scene, ref))
      return refuse(at(scene, span), `${what} depends on ${name}, which is assigned meanwhile`)
  }
  return null
}

/** x.f, x[i], *x: it may change where a call, or an assignment to such a thing, stands in the step. */
function fieldsMove(scene: Scene, span: Span, stmts: readonly Stmt[], what: string): Refusal | null {
  const text = scene.page.slice(span)
  const reaches = /\*|[\p{L}\p{N}_)\]]\s*\[/u.test(text)
  const fields = new Set([...text.matchAll(/\.\s*([\p{L}_][\p{L}\p{N}_]*)/gu)].map(([, name]) => name))
  if (!reaches && fields.size === 0) return null
  const { pkg } = scene.fn
  const moved = eventsOf(stmts).some((ev) => {
    if (ev.k === 'call') return ev.callee.k !== 'builtin' && (reaches || throughPointer(scene, span))
    if (ev.k !== 'set') return false
    const path = pathAt(pkg, ev.to)
    const last = path.at(-1)
    return reaches
      ? path.length > 1 || ev.star === true
      : typeof last === 'number' && fields.has(objectAt(pkg, last).name)
  })
  return moved ? refuse(at(scene, span), `${what} may change on the way`) : null
}

/** A local that is no struct leads elsewhere: to what others may change. */
function throughPointer({ fn: { pkg, facts } }: Scene, span: Span): boolean {
  return [...localUses(pkg, facts.file).within(span)].some((ref) => {
    const under = underlying(pkg, objectAt(pkg, ref).type)
    return under.kind !== 'struct' && under.kind !== 'basic'
  })
}

function isAssigned(pkg: PackageFacts, ref: number, stmts: readonly Stmt[]): boolean {
  return eventsOf(stmts).some((ev) => sets(pkg, ev, ref))
}

/** A function literal, perhaps another goroutine, assigns to the local, or its address is taken. */
function isAssignedByLiterals({ fn: { pkg, facts } }: Scene, ref: number): boolean {
  const object = objectAt(pkg, ref)
  return pkg.funcs.some((fn) => {
    if (fn.file !== facts.file) return false
    return eventsOf(fn.stmts).some(
      (ev) => (fn !== facts && sets(pkg, ev, ref) && inside(fn.span, object.uses ?? [])) || takes(pkg, ev, ref),
    )
  })
}

function inside(span: Span, uses: readonly number[]): boolean {
  return uses.some((use) => use >= span[0] && use < span[1])
}

function sets(pkg: PackageFacts, ev: Ev, ref: number): boolean {
  if (ev.k !== 'set' || ev.def === true || ev.star === true) return false
  const path = pathAt(pkg, ev.to)
  return path.length === 1 && path[0] === ref
}

function takes(pkg: PackageFacts, ev: Ev, ref: number): boolean {
  const values =
    ev.k === 'call' ? ev.args : ev.k === 'set' || ev.k === 'chansend' ? [ev.v] : ev.k === 'return' ? ev.vals : []
  return values.some((v) => v.k === 'path' && v.addr === true && pathAt(pkg, v.p)[0] === ref)
}

function word(name: string): string {
  return `(?<![\\p{L}\\p{N}_.])${name}(?![\\p{L}\\p{N}_])`
}
