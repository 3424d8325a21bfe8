/** Get-or-create: compounds of a lookup and a store that are LoadOrStore or LoadOrCompute. */
import type { Span, Stmt } from '../../facts.js'
import type { Refusal } from '../../types.js'
import type { Closure } from '../closures.js'
import { elemText } from '../headers.js'
import type { AtomicMethod } from '../methods.js'
import { isRefusal, refuse } from '../pass.js'
import { judge } from '../permit.js'
import { type Region, spanOf, statementsOf } from '../regions.js'
import { at, type Scene } from '../scene.js'
import type { Touch } from '../touches.js'
import { eventsIn } from '../tree.js'
import { keyMoves } from './keys.js'
import { isPure } from './pure.js'
import { type Shape, shapeOf } from './shapes.js'
import { call } from './updates.js'

/**
 * v, ok := m[k]; if !ok { v = X; m[k] = v } → v, ok := m.LoadOrCompute(k, func() V { return X }), and the same with the lookup in
 * the if's init, with m[k] = X first of what the if does, and with if ok { return v } before it. A value that costs nothing goes in by
 * LoadOrStore. X runs under the container's lock; where others may store meanwhile, running it for nothing must do no harm.
 */
export function getOrMake(scene: Scene, region: Region): Closure | Refusal {
  const no = (reason: string): Refusal => refuse(at(scene, spanOf(statementsOf(region))), reason)
  const [load, store] = region.touches
  if (region.touches.length !== 2 || load?.access?.op !== 'lookup2' || store?.access?.op !== 'assign')
    return no('it is no lookup with a store of the same key')
  if (load.key !== store.key || load.instance !== store.instance || load.access.depth > 0 || load.access.alias)
    return no('it is no lookup with a store of the same key')
  const shape = shapeOf(scene, load, store)
  if (shape === null) return no('it is no lookup with a store of the same key where there was none')
  const moving = keyMoves(
    scene,
    load,
    statementsOf(region).filter((stmt) => stmt !== load.spot.place.stmt),
  )
  if (moving) return moving
  const made = making(scene, store, shape.value, shape.stmt)
  if (isRefusal(made) || load.ev.k !== 'acc') return isRefusal(made) ? made : no('it is no access')
  const { page } = scene
  return {
    edits: [page.replace(load.ev.span, `${call(scene, load.ev, made.method)}, ${made.text})`), ...shape.edits],
    covered: region.touches,
    inside: made.inside,
    rewritten: region.touches,
    methods: [made.method],
    now: `one method, ${made.method}`,
  }
}

/** How the value gets in: evaluated before where it is a constant or the like, else only where it is wanted. */
function making(
  scene: Scene,
  store: Touch,
  value: Span,
  stmt: Shape['stmt'],
): { method: AtomicMethod; text: string; inside: readonly Stmt[] } | Refusal {
  const { page } = scene
  const text = page.slice(value)
  const events = eventsIn(stmt, value).filter((ev) => ev !== store.ev)
  if (events.length === 0 && /^([\p{L}\p{N}_."]+|struct\{\}\{\}|"[^"\n]*")$/u.test(text))
    return { method: 'LoadOrStore', text, inside: [] }
  const inside: Stmt[] = [{ k: 'expr', span: value, e: events }]
  const { blocked } = judge(scene, inside)
  if (blocked) return blocked
  if (!scene.atomic.has('lock') && !isPure(scene.fn.pkg, events, new Set()) && storesElsewhere(store))
    return refuse(at(scene, value), 'it would run for nothing where another goroutine stores a value meanwhile')
  const type = elemText(scene, store)
  if (type === null) return refuse(at(scene, value), 'the type of the value has no name in this file')
  return { method: 'LoadOrCompute', text: `func() ${type} { return ${text} }`, inside }
}

function storesElsewhere({ map, access }: Touch): boolean {
  return map.accesses.some(
    (other) =>
      other !== access &&
      !other.exclusive &&
      !other.func.test &&
      other.depth === 0 &&
      (other.op === 'assign' || other.op === 'update'),
  )
}
