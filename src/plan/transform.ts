/** What a transform is: a choice of lock or container for a group of maps, which the planners carry out. */
import type { Refusal, SharedMap } from '../types.js'
import type { Containers } from './container.js'
import type { Nestings } from './order.js'
import type { Pass, Request } from './pass.js'
import type { LockChoice } from './place.js'
import type { GivenNames } from './scope.js'

export interface Transform {
  /** The flag, the fixture folder, the golden's section. */
  readonly name: string
  /** Before → after, why it is safe, when it refuses. */
  readonly doc: string
  /** How the group is to be locked, and why; pure. */
  choose(group: readonly SharedMap[], job: Job): Choice | Refusal
}

export interface Choice {
  /** The transform that it comes to: `auto` names another, and so do maps that a lock guards already. */
  readonly transform: string
  readonly lock: LockChoice
  /** One line for the report. */
  readonly because: string
}

/** What the fixes of one run share. */
export interface Job {
  readonly pass: Pass
  readonly request: Request
  readonly containers: Containers
  /** All maps of the run. */
  readonly maps: readonly SharedMap[]
  /** Those that the user asked for, and nothing was found about. */
  readonly selected: ReadonlySet<SharedMap>
  readonly nestings: Nestings
  /** Those of mapfix by name, for one that chooses among them. */
  readonly transforms: ReadonlyMap<string, Transform>
  readonly given: GivenNames
  /** Names that fixes of this run give to new package variables and locals. */
  readonly taken: Set<string>
}
