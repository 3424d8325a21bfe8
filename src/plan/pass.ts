/** What a planner is given, and what it gives back. Planning is pure: sources come in through `Pass`. */
import type { Program } from '../analysis/program.js'
import type { Finding, Range, Refusal, SharedMap, SuggestedFix } from '../types.js'
import type { Container } from './container.js'
import type { Transform } from './transform.js'

export interface Pass {
  readonly program: Program
  /** All maps of the program, those that nothing is planned for included. */
  readonly maps: readonly SharedMap[]
  /** The text of a file of the program, by absolute path. */
  source(path: string): string
}

export interface Request {
  /** A name, or where `own` comes from. */
  readonly transform: string
  /** The user's, in place of the one that is named. */
  readonly own?: Transform | null
  readonly style: 'wrapper' | 'inline'
  readonly exported: 'refuse' | 'rewrite'
  /** Where wrappers go: "package", a path within the module, or "" for what fits the map. */
  readonly emit: string
  readonly unsafeFixes: boolean
  /** Files that are read on some platform: all that the platforms asked for have. */
  readonly read?: ReadonlySet<string>
  /** What the files of containers need, by their paths; grows while planning. */
  readonly needed?: Map<string, Pick<Container, 'methods' | 'functions'>>
  /** Guarded fields get comments for that analyzer. */
  readonly annotate?: 'checklocks' | ''
  /** What the user wants for single maps, by their names, in place of the above. */
  readonly chosen?: ReadonlyMap<string, Chosen>
}

/** A transform, by name, and its style. */
export interface Chosen {
  readonly transform: string
  readonly style: Request['style']
}

/** What became of findings that are fixed (or refused) together. Those about one map share one. */
export interface PlannedFix {
  readonly group: string
  /** The maps that they are about, if they are about maps. */
  readonly maps: readonly SharedMap[]
  readonly findings: readonly Finding[]
  readonly outcome: SuggestedFix | Refusal
  /** The transform that was chosen. */
  readonly transform: string
}

export function refuse(at: Range, reason: string): Refusal {
  return { kind: 'refusal', at, reason }
}

export function isRefusal(value: unknown): value is Refusal {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'refusal'
}
