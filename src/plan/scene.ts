/** All that planning one function for one group of maps needs. */
import type { Fn, Program } from '../analysis/program.js'
import type { Ev } from '../facts.js'
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
  /** Whether taking that lock (by object key, null if not known) under the group's may make two goroutines wait for each other. */
  circular(lock: string | null): boolean
  /** Whether the call comes to an access that lacks the lock. */
  lacks(touch: Touch): boolean
  /** Whether the group's lock may be held already, on some way to the event. */
  mayHold(ev: Ev): boolean
  /** Whether writing the map never finds it nil. */
  nonNil(map: SharedMap): boolean
  /** The call touches the maps only in function literals of this function, which its critical section covers. */
  heldInside(touch: Touch): boolean
  /** The type of the map as this file can write it; null if it can't. */
  mapType(touch: Touch): string | null
  /** A name that nothing in the function has. */
  fresh(candidates: readonly string[]): string
}
