/** What `explain NAME --format=json` prints: schema/explain.schema.json is made from it. */
import { z } from 'zod'
import type { Explanation } from '../analysis/index.js'
import type { PackageFacts } from '../facts.js'
import type { Finding, Sentence } from '../types.js'
import type { Positions } from './positions.js'
import { describe, describeAccess, errorsOf } from './report.js'
import { access, finding, position, suppressedBy } from './schema.js'

const explainedMap = z.object({
  name: z.string(),
  kind: z.enum(['field', 'variable', 'local']),
  type: z.string(),
  at: position,
  /** More than one goroutine can reach it. */
  shared: z.boolean(),
  /** The lock that was inferred; held at so many of the accesses that others can meet, and where it is missing. */
  guard: z
    .object({
      name: z.string(),
      kind: z.enum(['mutex', 'rwmutex']),
      held: z.int().min(0),
      total: z.int().min(0),
      missing: z.array(position),
    })
    .nullable(),
  /** depth: keys between the map and the inner map that is accessed; alone: why nothing can run beside it, "" where something can. */
  accesses: z.array(access.extend({ write: z.boolean(), depth: z.int().min(0), alone: z.string() })),
  /** Where the map's value goes out of sight. */
  escapes: z.array(z.object({ at: position, why: z.string() })),
  findings: z.array(
    finding.omit({ map: true, accesses: true, evidence: true, fix: true }).extend({
      rule: z.string(),
      /** Null where it is reported. */
      suppressed: suppressedBy.nullable(),
      facts: z.array(z.string()),
      /** What would make it go away, or surer. */
      changes: z.array(z.string()),
    }),
  ),
  /** Where there is no finding: why not, and what would make one. */
  facts: z.array(z.string()),
  changes: z.array(z.string()),
})

export const explanationSchema = z.object({
  schema: z.literal(1),
  tool: z.object({ name: z.literal('mapfix'), version: z.string() }),
  go: z.string(),
  errors: z.array(z.object({ package: z.string(), message: z.string() })),
  maps: z.array(explainedMap),
})

export type ExplanationReport = z.infer<typeof explanationSchema>
export type ExplainedMap = z.infer<typeof explainedMap>

export interface ExplanationInput {
  readonly version: string
  readonly go: string
  readonly packages: readonly PackageFacts[]
  readonly maps: readonly Explanation[]
  readonly ids: ReadonlyMap<Finding, string>
  readonly positions: Positions
}

/** The explanations as data, with positions for people. */
export function buildExplanation({ version, go, packages, maps, ids, positions }: ExplanationInput): ExplanationReport {
  return {
    schema: 1,
    tool: { name: 'mapfix', version },
    go,
    errors: packages.flatMap(errorsOf(positions)),
    maps: maps.map((map) => explained(map, ids, positions)),
  }
}

function explained(explanation: Explanation, ids: ReadonlyMap<Finding, string>, positions: Positions): ExplainedMap {
  const { map, shared, lacking, alone, findings, facts, changes } = explanation
  const text = (sentence: Sentence): string =>
    sentence.map((part) => (typeof part === 'string' ? part : positions.at(part))).join('')
  const { guard } = map
  return {
    name: map.name,
    kind: map.kind,
    type: map.type,
    at: positions.at(map.decl),
    shared,
    guard: guard && {
      name: guard.object.name,
      kind: guard.kind,
      held: guard.held,
      total: guard.total,
      missing: lacking.map(({ range }) => positions.at(range)),
    },
    accesses: map.accesses.map((one) => ({
      ...describeAccess(one, positions),
      write: one.write,
      depth: one.depth,
      alone: alone.get(one) ?? '',
    })),
    escapes: map.escapes.map(({ at, why }) => ({ at: positions.at(at), why })),
    findings: findings.map((one) => {
      const { map: _, accesses: _a, evidence: _e, ...rest } = describe(one.finding, ids, positions)
      const by = one.by && { kind: 'comment' as const, at: positions.at(one.by.at), reason: one.by.reason }
      return { ...rest, suppressed: by, facts: one.facts.map(text), changes: one.changes.map(text) }
    }),
    facts: facts.map(text),
    changes: changes.map(text),
  }
}
