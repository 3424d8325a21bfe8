/** All that planning one function for one group of maps needs. */
import type { Fn, Program } from '../analysis/program.js'
import type { Ev, Span } from '../facts.js'
import type { Range, Refusal, SharedMap } from '../types.js'
import type { Lifted } from './lifted.js'
import type { Making } from './methods/declare.js'
import type { LockKind, Method } from './methods.js'
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
  /** The lock of a lifted function, in its own terms. */
  lockIn(lifted: Lifted): string | Refusal
  /** The type of the map as this file can write it; null if it can't. */
  mapType(touch: Touch): string | null
  /** All touches, those that are alone too. */
  readonly all: readonly Touch[]
  /** The methods of the container in the map's place; none where it gets a lock. */
  readonly atomic: ReadonlySet<Method>
  /** The critical section that the access stood in, of a lock that goes; null in none. */
  section(ev: Ev): string | null
  /** How that container is made. */
  readonly making: Making | null
  /** What the shard of the key of a step is called, by the step's first access. */
  shard(first: Ev): string
  /** A name that nothing in the function has. */
  fresh(candidates: readonly string[], again?: boolean): string
}

/** A range of the scene's file. */
export function at({ page }: Pick<Scene, 'page'>, [start, end]: Span): Range {
  return { file: page.path, start, end }
}
