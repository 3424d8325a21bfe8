import type { Span, Stmt } from '../facts.js'
import type { Engine } from './engine.js'
import { type KnownObject, samePath, targetKey } from './paths.js'
import { contains, type Fn, stmtParts } from './program.js'
import { flowOf, type Site } from './walk.js'

type RangeStmt = Extract<Stmt, { k: 'range' }>

/** A map made without a size, and the loop that puts an entry into it in each turn. */
export interface UnsizedMap {
  readonly object: KnownObject
  readonly fn: Fn
  /** Where the map is made. */
  readonly made: Span
  readonly loop: RangeStmt
  readonly insert: Site
  /** What the loop ranges over, where that is a variable. */
  readonly over: string | null
}

/** What is ranged over and has a length before the loop begins. */
const COUNTABLE: ReadonlySet<RangeStmt['xt']> = new Set(['map', 'slice', 'array', 'int'])

/** The maps that one loop fills, whose number of turns is known when they are made; tests left out. */
export function unsizedMaps(engine: Engine): readonly UnsizedMap[] {
  return engine.program.packages.flatMap((pkg) =>
    engine.program
      .fns(pkg)
      .filter(({ facts }) => !facts.test)
      .flatMap((fn) => unsizedIn(engine, fn)),
  )
}

function unsizedIn({ paths }: Engine, fn: Fn): UnsizedMap[] {
  const { sites } = flowOf(fn)
  return sites.flatMap((make): UnsizedMap[] => {
    const { ev } = make
    if (ev.k !== 'acc' || (ev.op !== 'init' && ev.op !== 'replace') || ev.v?.k !== 'fresh') return []
    const { v } = ev
    if (v.how === 'lit' ? (v.elems?.length ?? 0) > 0 : v.sized === true) return []
    const map = paths.raw(fn, ev.p)
    const object = paths.object(targetKey(map))
    if (!object || object.facts.file < 0) return []
    for (const insert of sites) {
      const at = insert.ev
      if (insert.n <= make.n || at.k !== 'acc' || at.op !== 'assign' || !samePath(paths.raw(fn, at.p), map)) continue
      const loop = isOnceATurn(make, insert) ? loopAround(fn.facts.stmts, at.span) : null
      if (loop?.k !== 'range' || !COUNTABLE.has(loop.xt) || loop.span[0] < ev.span[1]) continue
      if (!isKeyOfTurn(fn, loop, at.key) || skipsTurns(loop.block.body, at.span[0])) continue
      return [{ object, fn, made: v.span, loop, insert, over: variableAt(fn, loop.x) }]
    }
    return []
  })
}

/** Whether the insert stands in one loop more than the making of the map, and there in no branch. */
function isOnceATurn(make: Site, insert: Site): boolean {
  const loop = insert.loops.at(-1)
  return (
    insert.loops.length === make.loops.length + 1 &&
    insert.blocks.at(-1) === loop &&
    make.blocks.every((block, i) => insert.blocks[i] === block)
  )
}

/** The innermost loop around a place. */
function loopAround(stmts: readonly Stmt[], place: Span): Stmt | null {
  for (const stmt of stmts) {
    if (!contains(stmt.span, place)) continue
    for (const part of stmtParts(stmt)) {
      const inner = 'stmts' in part ? loopAround(part.stmts, place) : null
      if (inner) return inner
    }
    return stmt.k === 'for' || stmt.k === 'range' ? stmt : null
  }
  return null
}

/** Whether the key is made of something that the turn has its own of. */
function isKeyOfTurn({ pkg, facts }: Fn, loop: RangeStmt, key: Span | undefined): boolean {
  if (!key) return false
  return pkg.objects.some(
    (object) =>
      object.kind === 'local' &&
      object.file === facts.file &&
      contains(loop.span, object.span) &&
      object.uses?.some((use) => use >= key[0] && use < key[1]),
  )
}

/** Whether some turns do not come to the place: a continue, or a break, stands before it. */
function skipsTurns(stmts: readonly Stmt[], place: number): boolean {
  return stmts.some(
    (stmt) =>
      stmt.span[0] < place &&
      ((stmt.k === 'branch' && stmt.tok !== 'fallthrough') ||
        stmtParts(stmt).some((part) => 'stmts' in part && skipsTurns(part.stmts, place))),
  )
}

/** The name of the variable that the expression is. */
function variableAt({ pkg, facts }: Fn, [start, end]: Span): string | null {
  const at = pkg.objects.find(
    (object) =>
      object.file === facts.file && object.name.length === end - start && (object.uses?.includes(start) ?? false),
  )
  return at?.name ?? null
}
