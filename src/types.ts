/**
 * The words of mapfix: maps, accesses, findings, edits, fixes. Imports nothing but the facts' types.
 * Offsets are UTF-16, 0-based, half-open; positions for people are made in the report alone.
 */
import type { AccessOp, FuncFacts, ObjectFacts, PackageFacts, Span } from './facts.js'

/** Half-open range of UTF-16 units in one file (absolute path). */
export interface Range {
  readonly file: string
  readonly start: number
  readonly end: number
}
export type TextEdit = Range & { readonly newText: string }

export type LockMode = 'r' | 'w'
/** Lock path (as people would write it in the function: "s.mu", "Tree.mu" for an owner's) → how it is held. */
export type LockSet = ReadonlyMap<string, LockMode>

/** How a goroutine comes to an access: "net/http handler registered" (the report adds " at main.go:14:2"), "callers of (*Store).Get". */
export interface Reach {
  readonly what: string
  readonly at: Range | null
  /** The functions on the (shortest) way from there to the access: the access's own is the last. */
  readonly through: readonly string[]
}

/** One use of a map, in one function. */
export interface Access {
  readonly op: AccessOp
  readonly on: 'variable' | 'contents'
  readonly write: boolean
  readonly range: Range // the access whole
  readonly operand: Range // the map expression
  readonly pkg: PackageFacts
  readonly func: FuncFacts
  /** The event in `func`'s tree that this access is (identity comparison finds the place). */
  readonly event: import('./facts.js').Ev
  /** Keys or indices between the map named and the map touched: 0 for the map itself, 1 for m[k][j] … */
  readonly depth: number
  /** The operand is a local (or parameter) that holds the map, or an inner map of it, not the map's own expression. */
  readonly alias: boolean
  readonly held: LockSet
  readonly reached: readonly Reach[]
  /** It is in a test file, and no goroutine comes to it but a test's own. */
  readonly inTest: boolean
  /** Nothing can run at the same time as this access: before publication, in init, after every goroutine was waited for. */
  readonly exclusive: boolean
}

/** The lock that guards (most accesses of) a map. */
export interface Guard {
  /** The lock's object: a field beside the map, an owner's field, or a package variable or local. */
  readonly object: ObjectFacts
  /** How the lock is reached from the map's own operand: 'sibling' (x.mu for x.m), 'variable' (mu), 'owner' (unknown instance). */
  readonly where: 'sibling' | 'variable' | 'owner'
  /** From the object that holds the map to the lock: "mu", "state.mu"; "" for an embedded mutex (x.Lock()). */
  readonly path: string
  readonly kind: 'mutex' | 'rwmutex'
  readonly held: number // accesses that hold it in a sufficient mode …
  readonly total: number // … of so many that are not exclusive
}

export type MapKind = 'field' | 'variable' | 'local'

export interface SharedMap {
  readonly name: string // the contract's name
  readonly kind: MapKind
  readonly object: ObjectFacts
  readonly pkg: PackageFacts // that declares it
  readonly type: string // as its package writes it
  readonly decl: Range // the identifier
  readonly accesses: readonly Access[]
  readonly guard: Guard | null
  /** Where the map's value leaves what can be followed (returned, stored, passed on), with the reason. */
  readonly escapes: readonly { readonly at: Range; readonly why: string }[]
}

export type Confidence = 'proven' | 'likely' | 'possible'

/** What a finding is about where that is no map: a lock, a sync.Map, a loop variable. */
export interface Subject {
  readonly kind: 'lock' | 'sync.Map' | 'variable'
  readonly name: string // as the contract names a map
  readonly decl: Range // the identifier
  readonly pkg: PackageFacts // that declares it
}

export interface Finding {
  readonly rule: string
  readonly map: SharedMap | null
  /** Where map is null: what it is about. */
  readonly subject: Subject | null
  /** The place to look at: the racing write, the lock taken twice. Null where the declaration is. */
  readonly at: Range | null
  readonly confidence: Confidence
  readonly message: string
  readonly racing: readonly [Access, Access] | readonly []
  /** Further places that convince: "RLock is held from here", "returns here with mu held". */
  readonly related: readonly Place[]
}

/** A sentence without a full stop; the ranges in it are read as positions. */
export type Sentence = readonly (string | Range)[]

export interface Place {
  readonly at: Range
  readonly what: string
}

/** A finding about a map. */
export type MapFinding = Finding & { readonly map: SharedMap }

/** Why a map is not rewritten: the whole map is left alone. */
export interface Refusal {
  readonly kind: 'refusal'
  readonly at: Range
  readonly reason: string
}

export interface CompoundUse {
  readonly at: Range
  readonly operations: number
  readonly now: string
}

export interface SuggestedFix {
  readonly kind: 'fix'
  readonly message: string
  readonly edits: readonly TextEdit[]
  /** Files to be made: absolute path → text. */
  readonly added: ReadonlyMap<string, string>
  readonly notes: readonly string[]
  readonly compound: readonly CompoundUse[]
  readonly applicability: 'safe' | 'unsafe'
  /** The transform that made it: for `auto`, the one chosen. */
  readonly transform: string
}

export interface SourceFile {
  readonly path: string
  readonly text: string
}

/** A file's new content; null deletes it. Absolute path → text. */
export type Overlay = ReadonlyMap<string, string | null>

export type { Span }
