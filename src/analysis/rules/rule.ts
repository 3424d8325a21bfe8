import type { Finding } from '../../types.js'
import type { Engine } from '../engine.js'
import type { Judged } from '../findings.js'

/** What a rule looks at: the program as the engine knows it, and every map with its judgement. */
export interface RulePass {
  readonly engine: Engine
  readonly judged: readonly Judged[]
}

/** One rule: what it finds, what `explain --rule` says of it, and how it finds it. */
export interface Rule {
  readonly name: string
  /** What is wrong, as a noun phrase in lower case. */
  readonly meaning: string
  /** What mends it. */
  readonly remedy: string
  /** A few declarations of Go that the rule reports, and the same without the fault. */
  readonly bad: string
  readonly good: string
  /**
   * What makes a file of either when it stands before it: the package clause, the imports and declarations that both use. A rule
   * about an older language begins with "//go:build go1.21".
   */
  readonly setting: string
  /** When it is wrong to follow the rule. */
  readonly unless: string
  /** It is about a map's guard: every transform ends it, a named one too. Other findings stay open under a named transform. */
  readonly aboutGuard: boolean
  /** Reported only where --rules names it, or evidence does. */
  readonly onRequest: boolean
  /** Pure. The findings of the program, in any order and of any confidence. */
  find(pass: RulePass): readonly Finding[]
}
