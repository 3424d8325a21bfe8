/** Critical sections to be: runs of statements in one list, and what they cover. */
import type { Span, Stmt } from '../facts.js'
import { coveringRun } from './flow.js'
import type { Scene } from './scene.js'
import type { Touch } from './touches.js'
import { type Anchor, anchorOf, contains, type List } from './tree.js'

export interface Region {
  readonly list: List
  readonly from: number
  readonly to: number
  /** All touches of the scene inside, in the order of evaluation. */
  readonly touches: readonly Touch[]
  readonly why: string
}

/** The smallest region that holds the touches, and what else lies in it. */
export function regionOf(scene: Scene, touches: readonly Touch[], why: string): Region {
  const { list, from, to } = coveringRun(touches.map((touch) => touch.spot.place))
  return { list, from, to, touches: touchesIn(scene, list.stmts.slice(from, to + 1)), why }
}

export function statementsOf(region: Region): readonly Stmt[] {
  return region.list.stmts.slice(region.from, region.to + 1)
}

/** From the first statement's start to the last one's end. */
export function spanOf(stmts: readonly Stmt[]): Span {
  const [first] = stmts
  const last = stmts.at(-1)
  if (first === undefined || last === undefined) throw new Error('bug: an empty region')
  return [first.span[0], last.span[1]]
}

export function touchesIn(scene: Scene, stmts: readonly Stmt[]): Touch[] {
  if (stmts.length === 0) return []
  return scene.touches.filter((touch) => stmts.some((stmt) => contains(stmt.span, touch.span)))
}

/** Regions of one function with those that overlap, or lie in one another, made one; in the order of the source. */
export function mergeRegions(scene: Scene, regions: readonly Region[]): Region[] {
  const merged: Region[] = []
  for (const region of regions) {
    const touching = merged.filter((other) => overlap(region, other))
    if (touching.length === 0) {
      merged.push(region)
      continue
    }
    for (const other of touching) merged.splice(merged.indexOf(other), 1)
    merged.push(joined(scene, [region, ...touching]))
  }
  const stable = merged.length === regions.length
  const sorted = merged.sort((a, b) => spanOf(statementsOf(a))[0] - spanOf(statementsOf(b))[0])
  return stable ? sorted : mergeRegions(scene, sorted)
}

/** Whether the second region begins where the first one ends. */
export function adjoin(a: Region, b: Region): boolean {
  return a.list === b.list && a.to + 1 === b.from
}

/** The statement of the outermost loop around the touches, where all loops around them come to their end by themselves; null if not, or if there is none. */
export function aroundLoops(scene: Scene, touches: readonly Touch[]): Region | null {
  let { list } = regionOf(scene, touches, '')
  let around: Anchor | null = null
  while (list.owner !== null) {
    const anchor = anchorOf(list.owner)
    if (list.kind === 'loop') {
      const { stmt } = list.owner
      if (stmt.k !== 'range' || !ENDS.test(stmt.xt)) return null
      around = anchor
    }
    list = anchor.list
  }
  if (around === null) return null
  const { list: outer, index } = around
  return {
    list: outer,
    from: index,
    to: index,
    touches: touchesIn(scene, outer.stmts.slice(index, index + 1)),
    why: '',
  }
}

/** What a range goes over only so often. */
const ENDS = /^(slice|array|map|string|int)$/

/** One region of several. */
export function joined(scene: Scene, regions: readonly Region[]): Region {
  const why = regions.map((part) => part.why).find((text) => text !== '') ?? ''
  return regionOf(
    scene,
    regions.flatMap((part) => part.touches),
    why,
  )
}

function overlap(a: Region, b: Region): boolean {
  const [x, y] = [spanOf(statementsOf(a)), spanOf(statementsOf(b))]
  return x[0] < y[1] && y[0] < x[1]
}
