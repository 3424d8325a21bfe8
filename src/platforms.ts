/** The same fixes on several platforms: planned on each of them alone, and put together file by file. */
import type { Engine } from './analysis/engine.js'
import type { Program } from './analysis/program.js'
import { isRefusal, type PlannedFix, refuse } from './plan/pass.js'
import type { MapFinding, Refusal, SharedMap, SuggestedFix, TextEdit } from './types.js'

/** The program as another platform has it. */
export interface Elsewhere {
  /** "windows/amd64". */
  readonly platform: string
  readonly program: Program
  readonly engine: Engine
  readonly maps: readonly SharedMap[]
}

/** The findings that are about maps which that platform has, too: about its own. */
export function findingsOn({ maps }: Elsewhere, findings: readonly MapFinding[]): MapFinding[] {
  const byName = new Map(maps.map((map) => [map.name, map]))
  return findings.flatMap((finding) => {
    const map = byName.get(finding.map.name)
    return map === undefined ? [] : [{ ...finding, map }]
  })
}

/**
 * The plan for this platform with what another one has besides. Refused: fixes that are refused there, that have other groups of maps there, and
 * that would do something else to a file which both have.
 */
export function withThose(
  here: readonly PlannedFix[],
  there: readonly PlannedFix[],
  { platform, program, maps }: Elsewhere,
): PlannedFix[] {
  const names = new Set(maps.map(({ name }) => name))
  const shared = new Set(program.packages.flatMap(({ files }) => files.map(({ path }) => path)))
  return here.map((planned) => {
    if (isRefusal(planned.outcome)) return planned
    const own = namesOf(planned).filter((name) => names.has(name))
    if (own.length === 0) return planned
    const other = there.find((one) => namesOf(one).some((name) => own.includes(name)))
    const decl = planned.maps[0]?.decl
    if (other === undefined || decl === undefined) throw new Error('bug: a map without a plan')
    if (isRefusal(other.outcome)) {
      const { at, reason } = other.outcome
      return { ...planned, outcome: refuse(at, `on ${platform}, ${reason}`) }
    }
    if (namesOf(other).join() !== own.join())
      return { ...planned, outcome: refuse(decl, `on ${platform} it changes together with other maps`) }
    return { ...planned, outcome: together(planned.outcome, other.outcome, shared, decl, platform) }
  })
}

function together(
  here: SuggestedFix,
  there: SuggestedFix,
  shared: ReadonlySet<string>,
  decl: SharedMap['decl'],
  platform: string,
): SuggestedFix | Refusal {
  const own = new Set(here.edits.map(({ file }) => file))
  const both = (edits: readonly TextEdit[]): string[] =>
    edits.filter(({ file }) => shared.has(file) && own.has(file)).map(textOf)
  const [mine, theirs] = [new Set(both(here.edits)), new Set(both(there.edits))]
  const differs =
    here.edits.find((edit) => shared.has(edit.file) && !theirs.has(textOf(edit))) ??
    there.edits.find((edit) => own.has(edit.file) && !mine.has(textOf(edit)))
  if (differs) return refuse(differs, `on ${platform} this would be rewritten in another way`)
  for (const [path, text] of there.added)
    if ((here.added.get(path) ?? text) !== text)
      return refuse(decl, `on ${platform} its container would be another one`)
  return {
    ...here,
    edits: [...here.edits, ...there.edits.filter(({ file }) => !own.has(file))],
    added: new Map([...here.added, ...there.added]),
    notes: [...new Set([...here.notes, ...there.notes])],
    compound: [
      ...here.compound,
      ...there.compound.filter(
        ({ at }) => !here.compound.some((one) => one.at.file === at.file && one.at.start === at.start),
      ),
    ],
    applicability: there.applicability === 'unsafe' ? 'unsafe' : here.applicability,
  }
}

function textOf({ file, start, end, newText }: TextEdit): string {
  return `${file}\0${start}\0${end}\0${newText}`
}

function namesOf({ maps }: PlannedFix): string[] {
  return maps.map(({ name }) => name).sort()
}
