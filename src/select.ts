/** Which maps and findings the user asked about. */
import type { Analysis } from './analysis/index.js'
import { rules, SELECTED } from './analysis/rules/index.js'
import { UserError } from './errors.js'
import { didYouMean } from './nearest.js'
import type { Positions } from './report/positions.js'
import type { Confidence, Finding, Range, SharedMap } from './types.js'

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

/** The findings to report. Refused: a name that no map has, or several have. */
export function select(analysis: Analysis, selection: Selection, positions: Positions): Finding[] {
  const named = [...analysis.maps, ...analysis.findings.flatMap(({ subject }) => subject ?? [])]
  const only = selection.only.map((name) => matching(name, named, positions))
  const skip = selection.skip.map((name) => matching(name, named, positions))
  const wanted = ({ map, subject }: Finding): boolean => {
    const name = (map ?? subject)?.name ?? ''
    return (only.length === 0 || only.some((names) => names.has(name))) && !skip.some((names) => names.has(name))
  }
  const onRequest = new Set(rules.filter((rule) => rule.onRequest).map((rule) => rule.name))
  const rule = (name: string): boolean =>
    (selection.rules.length === 0 ? !onRequest.has(name) : selection.rules.includes(name)) &&
    !selection.noRules.includes(name)
  const least = SURENESS.indexOf(selection.minConfidence)
  const found =
    selection.select === 'findings'
      ? analysis.findings.filter((finding) => SURENESS.indexOf(finding.confidence) >= least)
      : (selection.select === 'shared' ? analysis.shared : analysis.maps.filter((map) => map.kind !== 'local')).map(
          selected(analysis),
        )
  return found.filter((finding) => wanted(finding) && rule(finding.rule))
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

function selected(analysis: Analysis): (map: SharedMap) => Finding {
  const shared = new Set(analysis.shared)
  return (map) => ({
    rule: SELECTED,
    map,
    subject: null,
    at: null,
    confidence: 'possible',
    message: shared.has(map)
      ? `${map.object.name} can be reached by more than one goroutine`
      : `${map.object.name} is a map`,
    racing: [],
    related: [],
  })
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
