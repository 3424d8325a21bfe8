/** Effects as they are gathered: one function's, in the order in which they are found. */
import type { Range } from '../types.js'
import type { LockUse, Reason, Why } from './effects.js'
import type { FuncVars } from './funcvars.js'
import { isField, type Paths } from './paths.js'
import { type Fn, objectAt, type Program, pathAt } from './program.js'

/** What judging needs. */
export interface World {
  readonly program: Program
  readonly paths: Paths
  readonly vars: FuncVars
  /** The effects of a body, as far as they are known by now. */
  summary(fn: Fn): Gathered
  /** Whether a write to a map that may be nil counts as a panic; a planner who sees the write judges that himself. */
  readonly nilWrites?: boolean
}

/** Effects in object keys: parameters are not yet replaced by what callers give. */
export interface Gathered {
  readonly reasons: readonly Reason[]
  /** Object keys of function parameters (of this function, or of one around it) that are called, and where. */
  readonly outer: ReadonlyMap<string, Reason>
  readonly locks: ReadonlyMap<string, LockUse>
  readonly maps: ReadonlyMap<string, 'read' | 'write'>
  readonly mayPanic: boolean
}

/** Effects being gathered, for one function. */
export interface Gathering {
  readonly world: World
  readonly fn: Fn
  reason(why: Why, at: Range, text: string): void
  outer(key: string, at: Range, text: string): void
  lock(lock: LockUse): void
  map(key: string, mode: 'read' | 'write'): void
  panics(): void
}

/** Effects to be gathered, and what they come to. */
export function gathering(world: World, fn: Fn): [Gathering, () => Gathered] {
  const reasons = new Map<string, Reason>()
  const outer = new Map<string, Reason>()
  const locks = new Map<string, LockUse>()
  const maps = new Map<string, 'read' | 'write'>()
  let mayPanic = false
  const to: Gathering = {
    world,
    fn,
    reason(why, at, text) {
      const id = `${why} ${at.start} ${at.end} ${at.file}`
      if (!reasons.has(id)) reasons.set(id, { why, at, text })
    },
    outer(key, at, text) {
      if (!outer.has(key)) outer.set(key, { why: 'function value', at, text })
    },
    lock(lock) {
      const id = `${lock.object ?? '?'} ${lock.mode}`
      if (!locks.has(id)) locks.set(id, lock)
    },
    map(key, mode) {
      if (maps.get(key) !== 'write') maps.set(key, mode)
    },
    panics() {
      mayPanic = true
    },
  }
  return [to, () => ({ reasons: [...reasons.values()], outer, locks, maps, mayPanic })]
}

/** A path as people write it: "s.items[k]"; "a value" where it has no name. */
export function pathText(fn: Fn, ref: number): string {
  const [root, ...steps] = pathAt(fn.pkg, ref)
  if (typeof root !== 'number') return 'a value'
  return steps.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}.${objectAt(fn.pkg, step).name}`
    return isField(step) || step.startsWith('[') || step.startsWith('.(') ? `${text}${step}` : text
  }, objectAt(fn.pkg, root).name)
}

export function rangeIn(fn: Fn, file: number, [start, end]: readonly [number, number]): Range {
  return { file: fn.pkg.files[file]?.path ?? '', start, end }
}
