/** Findings and evidence as one: what was observed is proven, and where the analysis found nothing the two contradict each other. */
import { rules } from '../analysis/rules/index.js'
import { megabytes } from '../quantity.js'
import type { Access, Finding, MapFinding, Range, SharedMap } from '../types.js'
import type { MapEvidence, Observation, Observed } from './observe.js'

export interface Fused {
  /** In the order of the analysis; those that evidence alone brings are at the end. */
  readonly findings: readonly Finding[]
  /** Maps that the analysis holds to be safe. */
  readonly contradicted: ReadonlySet<SharedMap>
}

/** What the analysis said of the program. */
export interface Judged {
  readonly findings: readonly Finding[]
  /** Findings that comments keep back: they stay there, whatever was observed. */
  readonly suppressed: readonly { readonly finding: Finding }[]
  /** What keeps the accesses of a map without findings apart. */
  whySafe(map: SharedMap): string
}

/** Races and crashes make the findings about a map's guard proven, or make one. */
export function fuse({ findings, suppressed, whySafe }: Judged, { maps }: Pick<Observed, 'maps'>): Fused {
  const observed = new Set(maps.filter(({ observations }) => observations.length > 0).map(({ map }) => map))
  const isAboutRace = ({ map, rule }: Finding): boolean => map !== null && observed.has(map) && GUARD.has(rule)
  const known = new Set(
    [...findings, ...suppressed.map(({ finding }) => finding)].filter(isAboutRace).map(({ map }) => map),
  )
  const raced = maps.filter(({ observations }) => observations.length > 0)
  const fresh = raced.filter(({ map }) => !known.has(map))
  return {
    findings: [
      ...findings.map((finding) => (isAboutRace(finding) ? { ...finding, confidence: 'proven' as const } : finding)),
      ...fresh.map((one) => contradiction(one, whySafe(one.map))),
      ...maps.flatMap((one) => grown(one, findings, suppressed) ?? []),
    ],
    contradicted: new Set(fresh.map(({ map }) => map)),
  }
}

/** A map that took more memory in each heap profile, and from which nothing is ever taken, where the source alone did not show it. */
function grown(
  { map, measured }: MapEvidence,
  findings: Judged['findings'],
  suppressed: Judged['suppressed'],
): MapFinding | null {
  const { bytes = [], growth = null } = measured ?? {}
  const [first = 0, last = 0] = [bytes[0], bytes.at(-1)]
  const all = [...findings, ...suppressed.map(({ finding }) => finding)]
  if (growth === null || bytes.length < 2 || last < LARGE || last < first * GROWN || !onlyGrows(map)) return null
  if (bytes.some((n, i) => n < (bytes[i - 1] ?? 0))) return null
  if (all.some((finding) => finding.map === map && finding.rule === 'unbounded-map')) return null
  return {
    rule: 'unbounded-map',
    map,
    subject: null,
    at: growth.range,
    confidence: 'likely',
    message: `${megabytes(last)} in use come from putting entries into ${map.object.name}, ${megabytes(first)} in the first of ${bytes.length} heap profiles, and nothing deletes from it or replaces it`,
    racing: [],
    related: [],
  }
}

const LARGE = 1 << 20
const GROWN = 1.2

function onlyGrows({ accesses }: SharedMap): boolean {
  return accesses.every(
    ({ op, write, exclusive, func }) =>
      op !== 'delete' && op !== 'clear' && (op !== 'replace' || exclusive || func.test) && !(op === 'read' && write),
  )
}

/** Rules whose findings a race on the map proves. */
const GUARD = new Set(rules.filter(({ aboutGuard }) => aboutGuard).map(({ name }) => name))

function contradiction({ map, observations }: MapEvidence, safe: string): MapFinding {
  const [first] = observations
  const racing = pairOf(first)
  const what = first?.incident.kind === 'crash' ? 'the program was ended at' : 'a race report is about'
  return {
    rule: map.guard === null ? 'unguarded-map' : 'inconsistent-guard',
    map,
    subject: null,
    at: racing[0]?.range ?? null,
    confidence: 'proven',
    message: `${what} ${map.object.name}, and the analysis finds nothing there (${safe}): one of the two is wrong`,
    racing,
    related: [],
  }
}

/** The two accesses, the second of a crash the likeliest; none where one is not known. */
function pairOf(observation: Observation | undefined): readonly [Access, Access] | readonly [] {
  const { parties, inferred } = observation ?? { parties: [], inferred: [] }
  const known = parties.flatMap(({ access }) => access ?? [])
  const [a, b] = known.length === 1 ? [...known, ...inferred.slice(0, 1).map(({ access }) => access)] : known
  return a && b ? [a, b] : []
}

/**
 * An access that was seen to race while the analysis holds that nothing runs at the same time: what is built on that would be wrong.
 * Null where evidence and analysis agree.
 */
export function disputed({ observations }: MapEvidence): Range | null {
  const seen = observations.flatMap(({ parties }) => parties.flatMap(({ access }) => access ?? []))
  return seen.find(({ exclusive }) => exclusive)?.range ?? null
}
