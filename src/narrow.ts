/** Takes out of a selection what is known already, and what did not change. */
import type { Known, KnownEntry } from './report/known.js'
import type { Positions } from './report/positions.js'
import type { Selected } from './select.js'
import type { Finding, Range } from './types.js'
import { type Changed, changesSince } from './write/changes.js'
import type { Place } from './write/git.js'

export interface Narrowing {
  /** Findings that are known and accepted; null for none. */
  readonly known: Known | null
  /** Only what changed since this revision, "" for all. */
  readonly newFrom: string
  /** Only findings with these ids; all when left out. */
  readonly wanted?: ReadonlySet<string> | null | undefined
}

export interface Narrowed extends Selected {
  /** Findings that the file of known ones keeps back. */
  readonly known: readonly { readonly finding: Finding; readonly entry: KnownEntry }[]
  /** Entries of that file that no finding has; empty unless all packages were read. */
  readonly gone: readonly KnownEntry[]
  /** How many findings have nothing on a changed line. */
  readonly unchanged: number
}

/** What is left. `ids` has every finding of the program; `whole` says that the program is the whole module. */
export async function narrow(
  selected: Selected,
  { known, newFrom, wanted = null }: Narrowing,
  program: { ids: ReadonlyMap<Finding, string>; positions: Positions; cwd: string; whole: boolean },
  place: Place,
): Promise<Narrowed> {
  const { ids, positions, cwd, whole } = program
  const entries = new Map(known?.entries.map((entry) => [entry.id, entry]))
  const entryOf = (finding: Finding): KnownEntry | undefined => entries.get(ids.get(finding) ?? '')
  const found = new Set(ids.values())
  const isWanted = (finding: Finding): boolean => wanted === null || wanted.has(ids.get(finding) ?? '')
  const news = selected.findings.filter((finding) => entryOf(finding) === undefined && isWanted(finding))
  const files = news.flatMap((finding) => placesOf(finding).map(({ file }) => file))
  const changed = newFrom === '' ? null : await changesSince(newFrom, cwd, [...new Set(files)], place)
  const findings = changed === null ? news : news.filter((finding) => touches(finding, changed, positions))
  return {
    ...selected,
    findings,
    known: selected.findings.flatMap((finding) => {
      const entry = entryOf(finding)
      return entry ? [{ finding, entry }] : []
    }),
    gone: whole ? [...entries.values()].filter(({ id }) => !found.has(id)) : [],
    unchanged: news.length - findings.length,
  }
}

function touches(finding: Finding, changed: Changed, positions: Positions): boolean {
  return placesOf(finding).some((range) => changed(range.file, positions.lines(range)))
}

/** The declaration, where it is reported, and every access. */
function placesOf({ map, subject, at, racing }: Finding): Range[] {
  const accesses = [...(map?.accesses ?? []), ...racing].map(({ range }) => range)
  return [(map ?? subject)?.decl, at ?? undefined, ...accesses].filter((range) => range !== undefined)
}
