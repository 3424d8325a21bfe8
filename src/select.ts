/** Which maps and findings the user asked about. */
import type { Suppressed, Suppression } from './analysis/index.js'
import { rules, SELECTED } from './analysis/rules/index.js'
import { UserError } from './errors.js'
import type { Judgement } from './judgement.js'
import { didYouMean } from './nearest.js'
import type { Positions } from './report/positions.js'
import type { Confidence, Finding, MapFinding, Range, SharedMap } from './types.js'

export interface Selection {
  /** Names as the contract has them: globs, unique suffixes, NAME@file:line; empty means all. */
  readonly only: readonly string[]
  readonly skip: readonly string[]
  /** Rules to report; empty means all. */
  readonly rules: readonly string[]
  readonly noRules: readonly string[]
  readonly select: 'findings' | 'shared' | 'all'
  readonly minConfidence: Confidence
}

const SURENESS: readonly Confidence[] = ['possible', 'likely', 'proven']

/** What a selection leaves of an analysis. */
export interface Selected {
  readonly findings: readonly Finding[]
  /** What would be reported, did no comment keep it back. */
  readonly suppressed: readonly Suppressed[]
  /** Findings that are less sure than was asked for. */
  readonly hidden: { readonly likely: number; readonly possible: number }
  /** Comments that suppress nothing, where the rules they name are reported; what is wrong with a comment always counts. */
  readonly idle: readonly Suppression[]
}

/** The findings to report. Refused: a name that no map has, or several have. */
export function select(analysis: Judgement, selection: Selection, positions: Positions): Selected {
  const all = [...analysis.findings, ...analysis.suppressed.map(({ finding }) => finding)]
  const subjects = [...analysis.maps, ...all.flatMap(({ subject }) => subject ?? [])]
  const only = selection.only.map((name) => matching(name, subjects, positions))
  const skip = selection.skip.map((name) => matching(name, subjects, positions))
  const rule = ruleFilter(selection)
  const wanted = ({ map, subject, rule: name }: Finding): boolean => {
    const about = (map ?? subject)?.name ?? ''
    const isNamed = only.length === 0 || only.some((names) => names.has(about))
    return isNamed && !skip.some((names) => names.has(about)) && rule(name)
  }
  const everyRule = selection.rules.length === 0 && selection.noRules.length === 0
  const idle = analysis.idle.filter(
    ({ problem, rules: named }) => problem !== '' || (named.length > 0 ? named.some(rule) : everyRule),
  )
  if (selection.select !== 'findings') {
    const maps = selection.select === 'shared' ? analysis.shared : analysis.maps.filter((map) => map.kind !== 'local')
    const findings = maps.map(selected(analysis)).filter(wanted)
    return { findings, suppressed: [], hidden: { likely: 0, possible: 0 }, idle: [] }
  }
  const least = SURENESS.indexOf(selection.minConfidence)
  const isSure = ({ confidence }: Finding): boolean => SURENESS.indexOf(confidence) >= least
  const findings = analysis.findings.filter(wanted)
  const unsure = (confidence: Confidence): number =>
    findings.filter((finding) => !isSure(finding) && finding.confidence === confidence).length
  return {
    findings: findings.filter(isSure),
    suppressed: analysis.suppressed.filter(({ finding }) => wanted(finding) && isSure(finding)),
    hidden: { likely: unsure('likely'), possible: unsure('possible') },
    idle,
  }
}

/** Whether findings of a rule are reported. */
function ruleFilter({ rules: chosen, noRules }: Selection): (name: string) => boolean {
  const onRequest = new Set(rules.filter((rule) => rule.onRequest).map((rule) => rule.name))
  return (name) => (chosen.length === 0 ? !onRequest.has(name) : chosen.includes(name)) && !noRules.includes(name)
}

/** The names of the maps (or other subjects) that a name or glob of the user's means. */
export function matching(name: string, maps: readonly Named[], positions: Positions): ReadonlySet<string> {
  const [plain = '', place] = name.split('@')
  const candidates =
    place === undefined ? maps : maps.filter((map) => `${positions.at(map.decl)}:`.startsWith(`${place}:`))
  const exact = candidates.filter((map) => map.name === plain)
  if (exact.length > 0) return new Set(exact.map((map) => map.name))
  const pattern = globPattern(plain)
  const found = candidates.filter((map) => pattern.test(map.name))
  if (found.length > 1 && !plain.includes('*')) {
    const all = found.map((map) => `    ${map.name}@${positions.at(map.decl)}`).join('\n')
    throw new UserError(`${name} could be any of\n${all}\n  give more of the name, or NAME@file:line`)
  }
  if (found.length === 0 && !plain.includes('*')) {
    const ends = maps.flatMap((map) => [map.name, shortName(map.name)])
    throw new UserError(`no map of these packages is called ${name}${didYouMean(plain, ends)}`)
  }
  return new Set(found.map((map) => map.name))
}

interface Named {
  readonly name: string
  readonly decl: Range
}

function selected(analysis: Judgement): (map: SharedMap) => Finding {
  const shared = new Set(analysis.shared)
  return (map) =>
    selectedMap(
      map,
      shared.has(map) ? `${map.object.name} can be reached by more than one goroutine` : `${map.object.name} is a map`,
    )
}

/** What stands for a map that is looked at for being one, not for a fault. */
export function selectedMap(map: SharedMap, message: string): MapFinding {
  return {
    rule: SELECTED,
    map,
    subject: null,
    at: null,
    confidence: 'possible',
    message,
    racing: [],
    related: [],
  }
}

/** "Store.items" of "example.com/m/cache.Store.items". */
function shortName(name: string): string {
  const base = name.slice(name.lastIndexOf('/') + 1)
  return base.slice(base.indexOf('.') + 1)
}

/** Matches the end of a name from a "." or "/" on; `*` crosses no "/", `**` does. */
function globPattern(glob: string): RegExp {
  const body = glob
    .split(/(\*{1,2})/)
    .map((part) => (part === '**' ? '.*' : part === '*' ? '[^/]*' : part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&')))
  return new RegExp(`(?:^|[./])${body.join('')}$`, 's')
}
