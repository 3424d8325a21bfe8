/** The other side of a crash: the runtime stops one goroutine, and says nothing of the one that it met. */
import type { Frame } from '../evidence/frames.js'
import type { Dump } from '../evidence/incidents.js'
import { counted } from '../quantity.js'
import type { Access, SharedMap } from '../types.js'
import { isIn, type Locator } from './locate.js'

export interface Inferred {
  readonly access: Access
  /** What speaks for it: goroutines of the dump that were in its function. */
  readonly alive: number
  readonly why: string
}

/**
 * The writes that can have been meant: whatever the runtime complains of, the other goroutine was in the middle of a write. Those first
 * in whose function a goroutine of the dump is, at the line itself before elsewhere in it. It is a guess from the source, and called inferred.
 */
export function inferOther(map: SharedMap, dump: Dump | null, locator: Locator): readonly Inferred[] {
  const writes = map.accesses.filter(({ write, on, op }) => write && on === 'contents' && op !== 'init')
  const live = writes.filter(({ exclusive }) => !exclusive)
  const ranked = (live.length > 0 ? live : writes).map((access) => {
    const inside = (dump?.clusters ?? []).filter(({ stack }) => stack.some((frame) => isAt(frame, access, locator)))
    const alive = inside.reduce((sum, { count }) => sum + count, 0)
    const why =
      alive > 0
        ? `${counted(alive, 'goroutine')} of the dump ${alive === 1 ? 'was' : 'were'} in ${access.func.display}`
        : 'it writes to the map'
    return { access, alive, why }
  })
  return ranked.sort((a, b) => b.alive - a.alive)
}

function isAt(frame: Frame, { range, func }: Access, locator: Locator): boolean {
  const spot = locator.locate(frame)
  return spot !== null && 'file' in spot && spot.file === range.file && isIn(frame, func.display)
}
