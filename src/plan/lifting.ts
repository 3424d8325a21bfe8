/** Calls of functions that run under the lock of their callers. */
import type { Fn, Program } from '../analysis/program.js'
import { compounds } from './compound.js'
import { calleeOf, type LiftedFns, objectOf } from './lifted.js'
import { type Reach, runBy } from './reach.js'
import { regionOf } from './regions.js'
import type { Scene } from './scene.js'
import type { Touch } from './touches.js'
import { funcTree } from './tree.js'

/** The touches of a function, with calls of lifted functions as touches that need the lock: those of a twin where they are a part of a step. */
export function liftedCalls(
  program: Program,
  fn: Fn,
  lifted: LiftedFns,
  reach: Reach,
  touches: readonly Touch[],
): readonly Touch[] {
  if (lifted.size === 0) return touches
  const marked = touches.map((touch) => {
    const { ev } = touch
    const callee = ev.k === 'call' ? calleeOf(program, ev) : null
    const by = callee === null ? undefined : lifted.get(callee)
    if (by === undefined || ev.k !== 'call') return touch
    // What else the call runs, a literal that it is given, would take the lock again.
    if (runBy(program, fn, ev).some((body) => body !== callee && reach.reaching(touch.map).includes(body))) return touch
    return { ...touch, lifted: { by, object: objectOf(fn, ev, by) }, needs: by.how === 'callers' && !fn.facts.test }
  })
  const steps = new Set(compounds(funcTree(fn), marked).flatMap(({ touches: step }) => (step.length > 1 ? step : [])))
  const isPart = (touch: Touch): boolean => touch.lifted !== null && steps.has(touch) && !fn.facts.test
  return marked.map((touch) => (isPart(touch) ? { ...touch, needs: true } : touch))
}

/** The functions of the program whose calls are parts of a step, or stand between its parts, and take the lock for themselves. */
export function inTheWay(scene: Scene): readonly Fn[] {
  const steps = compounds(scene.tree, scene.touches).filter(({ touches }) => touches.length > 1)
  return steps.flatMap(({ touches }) =>
    regionOf(scene, touches, '').touches.flatMap(({ ev, lifted }) => {
      const callee = ev.k === 'call' && lifted === null ? calleeOf(scene.program, ev) : null
      return callee === null ? [] : [callee]
    }),
  )
}
