/** Critical sections inside a function of their own, whose deferred unlock also runs where something panics. */
import type { Span, Stmt } from '../facts.js'
import type { Refusal, TextEdit } from '../types.js'
import { exitsOf, terminates } from './exits.js'
import { hoist } from './hoist.js'
import type { Method } from './methods.js'
import { isRefusal, refuse } from './pass.js'
import { judge } from './permit.js'
import { type Region, spanOf, statementsOf, touchesIn } from './regions.js'
import { at, type Scene } from './scene.js'
import { lockFor, prune, type Section } from './sections.js'
import { asName } from './sites.js'
import { eventsOf } from './tree.js'

export interface Closure extends Section {
  /** Of the wrapper. */
  readonly methods: readonly Method[]
}

/** X.Do(func(m map[K]V) { … }) or X.View(…) where the wrapper has them, else func() { mu.Lock(); defer mu.Unlock(); … }(). */
export function closure(scene: Scene, region: Region): Closure | Refusal {
  const stmts = statementsOf(region)
  const span = spanOf(stmts)
  const [exit] = exitsOf(stmts)
  if (exit !== undefined)
    return refuse(at(scene, exit.span), `${exit.k === 'return' ? 'return' : exit.tok} leaves the step`)
  if (eventsOf(stmts).some((ev) => ev.k === 'call' && ev.mode === 'defer'))
    return refuse(at(scene, span), 'a deferred call would run too early')
  const { blocked } = judge(scene, stmts)
  if (blocked) return blocked
  const lock = lockFor(scene, region.touches, stmts)
  if (isRefusal(lock)) return lock
  const hoisted = hoist(scene, stmts, region.list.span[1])
  if (isRefusal(hoisted)) return hoisted
  const named = scene.place.where === 'wrapper' ? parameter(scene, region) : null
  if (named !== null) {
    const method: Method =
      lock.take.endsWith('RLock()') || region.touches.every((touch) => !touch.write && !touch.changes) ? 'View' : 'Do'
    const head = `${named.map}.${method}(func(${named.name} ${named.type}) {`
    return {
      edits: [...wrap(scene, stmts, hoisted.lines, head, [], '})'), ...hoisted.edits, ...named.edits],
      covered: region.touches,
      inside: stmts,
      rewritten: region.touches,
      methods: [method],
    }
  }
  return {
    edits: [
      ...wrap(scene, stmts, hoisted.lines, 'func() {', [lock.take, `defer ${lock.release}`], '}()'),
      ...hoisted.edits,
    ],
    covered: region.touches,
    inside: stmts,
    methods: [],
  }
}

/**
 * if INIT; COND { …way out }; rest, as one step whose way out is taken after the unlock:
 * if !func() bool { mu.Lock(); defer mu.Unlock(); if INIT; COND { return false }; rest; return true }() { …way out }.
 */
export function guardClause(scene: Scene, region: Region): Closure | Refusal {
  const stmts = statementsOf(region)
  const clause = stmts.find((stmt) => exitsOf([stmt]).length > 0)
  const span = spanOf(stmts)
  if (clause === undefined || clause.k !== 'if' || clause.else !== undefined || !terminates2(clause.then.body.at(-1))) {
    return refuse(at(scene, clause?.span ?? span), 'a way out of the step cannot release the lock')
  }
  const index = stmts.indexOf(clause)
  const rest = stmts.slice(index + 1)
  if (rest.length === 0 || exitsOf(rest).length > 0)
    return refuse(at(scene, clause.span), 'a way out of the step cannot release the lock')
  if (touchesIn(scene, clause.then.body).length > 0)
    return refuse(at(scene, clause.then.span), 'the way out uses the map')
  const inits = clause.init?.k === 'assign' ? (clause.init.def ?? []) : []
  const needed = inits.some((ref) =>
    (scene.fn.pkg.objects[ref]?.uses ?? []).some((use) => use >= clause.then.span[0] && use < clause.then.span[1]),
  )
  if (needed) return refuse(at(scene, clause.span), 'the way out needs what was read under the lock')
  const inside = prune(stmts, new Set(clause.then.body))
  const { blocked } = judge(scene, inside)
  if (blocked) return blocked
  const lock = lockFor(scene, region.touches, stmts)
  if (isRefusal(lock)) return lock
  const hoisted = hoist(scene, stmts, region.list.span[1])
  if (isRefusal(hoisted)) return hoisted
  const early = hoist(scene, stmts.slice(0, index), clause.then.span[1])
  if (
    isRefusal(early) ||
    early.lines.some((line) => !hoisted.lines.includes(line) && usedIn(scene, line, clause.then.span))
  ) {
    return refuse(at(scene, clause.span), 'the way out needs what was read under the lock')
  }
  const { page } = scene
  const done = scene.fresh(['ok', 'found', 'done'])
  const body = page.slice(clause.then.span)
  const edits: TextEdit[] = [
    page.linesBefore(span, [...hoisted.lines, `${done} := func() bool {`, lock.take, `defer ${lock.release}`]),
    page.replace(clause.then.span, `{${page.eol}return false${page.eol}}`),
    page.linesAfter(spanOf(rest.slice(-1)), [
      'return true',
      '}()',
      `if !${done} ${body.split(/\r?\n/).join(page.eol)}`,
    ]),
    ...hoisted.edits,
  ]
  return { edits, covered: region.touches, inside, methods: [] }
}

function usedIn(scene: Scene, line: string, span: Span): boolean {
  const name = line.split(' ')[1] ?? ''
  return new RegExp(`(?<![\\p{L}\\p{N}_])${name}(?![\\p{L}\\p{N}_])`, 'u').test(scene.page.slice(span))
}

function terminates2(stmt: Stmt | undefined): boolean {
  return terminates(stmt) || stmt?.k === 'branch'
}

/** The lines of a closure around the statements; on one line where that is how a person would write it. */
function wrap(
  scene: Scene,
  stmts: readonly Stmt[],
  before: readonly string[],
  head: string,
  first: readonly string[],
  tail: string,
): TextEdit[] {
  const { page } = scene
  const span = spanOf(stmts)
  const only = stmts.length === 1 && before.length === 0 && first.length === 0 && !page.slice(span).includes('\n')
  if (only && head.length + span[1] - span[0] + tail.length < 100)
    return [page.insert(span[0], `${head} `), page.insert(span[1], ` ${tail}`)]
  return [page.linesBefore(span, [...before, head, ...first]), page.linesAfter(spanOf(stmts.slice(-1)), [tail])]
}

/** The closure's parameter that stands for the map, if that is possible: contents only, of one map written in one way. */
function parameter(
  scene: Scene,
  region: Region,
): { map: string; name: string; type: string; edits: TextEdit[] } | null {
  const [map] = region.touches.map((touch) => touch.map)
  const direct = region.touches.flatMap(({ access }) => (access && access.depth === 0 && !access.alias ? [access] : []))
  const operand = direct[0] && scene.page.slice([direct[0].operand.start, direct[0].operand.end])
  if (map === undefined || operand === undefined) return null
  const plain = region.touches.every(
    ({ access, map: other }) =>
      other === map &&
      (access === null ||
        access.depth > 0 ||
        access.alias ||
        (access.op !== 'replace' &&
          access.op !== 'addr' &&
          scene.page.slice([access.operand.start, access.operand.end]) === operand)),
  )
  const named = region.touches.find(({ access }) => access !== null && access === direct[0])
  const type = named === undefined ? null : scene.mapType(named)
  if (!plain || type === null) return null
  const name = scene.fresh(['m', map.object.name, 'values'])
  return { map: operand, name, type, edits: direct.flatMap((access) => asName(scene.page, access, name)) }
}
