/** All that planning one function for one group of maps needs. */
import type { Fn, Program } from '../analysis/program.js'
import type { SharedMap } from '../types.js'
import type { LockKind } from './methods.js'
import type { Page } from './page.js'
import type { LockPlace } from './spell.js'
import type { Touch } from './touches.js'
import type { FuncTree } from './tree.js'

export interface Scene {
  readonly program: Program
  readonly fn: Fn
  readonly tree: FuncTree
  readonly page: Page
  readonly maps: readonly SharedMap[]
  readonly place: LockPlace
  readonly kind: LockKind
  /** What touches the maps and may run at the same time as others, in the order of evaluation. */
  readonly touches: readonly Touch[]
  /** Object keys of the lock, if it is one that exists. */
  readonly lockKeys: ReadonlySet<string>
  /** Some access is made with another lock held: one taken under the new lock could close a cycle. */
  readonly heldAround: boolean
  /** Whether writing the map never finds it nil. */
  nonNil(map: SharedMap): boolean
  /** The call touches the maps only in function literals of this function, which its critical section covers. */
  heldInside(touch: Touch): boolean
  /** The type of the map as this file can write it; null if it can't. */
  mapType(map: SharedMap): string | null
  /** A name that nothing in the function has. */
  fresh(candidates: readonly string[]): string
}
