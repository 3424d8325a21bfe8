/** What evidence says of the maps of a program. */
import type { Gathered, Incident } from '../evidence/incidents.js'
import type { PackageFacts } from '../facts.js'
import type { Access, Range, SharedMap } from '../types.js'
import { type Inferred, inferOther } from './infer.js'
import { type Locator, locator, type Moved } from './locate.js'
import { type Measured, measure, type NamedProfile } from './measure.js'
import { type AccessIndex, type Settled, settle } from './settle.js'

/** A race or crash, with the map that it is about. */
export interface Observation extends Settled {
  readonly map: SharedMap
  /** Of a crash: the writes that it can have met, the likeliest first. */
  readonly inferred: readonly Inferred[]
}

export interface MapEvidence {
  readonly map: SharedMap
  /** The most frequent first. */
  readonly observations: readonly Observation[]
  /** What profiles and dumps say of it; null for nothing. */
  readonly measured: Measured | null
}

export interface Observed {
  /** The maps that evidence names: those that crashed programs first, then by how often they were seen. */
  readonly maps: readonly MapEvidence[]
  /** Races and crashes that no map can be given for, each with the reason. */
  readonly unplaced: readonly Settled[]
}

/** What the analysis knows of the program. */
export interface Scene {
  readonly packages: readonly PackageFacts[]
  readonly maps: readonly SharedMap[]
  /** 1-based lines of a range's first and last character. */
  lines(range: Range): { readonly first: number; readonly last: number }
  readonly moved: Moved
}

/** Places every race and crash. Pure. */
export function observe(
  { incidents, dumps }: Pick<Gathered, 'incidents' | 'dumps'>,
  profiles: readonly NamedProfile[],
  scene: Scene,
): Observed {
  const where = locator(scene.packages, scene.moved)
  const index = indexOf(scene)
  const settled = incidents.map((incident) => settle(incident, index, where))
  const byMap = new Map<SharedMap, Observation[]>()
  for (const one of settled) {
    if (one.map === null) continue
    const observation = { ...one, map: one.map, inferred: inferredFor(one.incident, one.map, where) }
    byMap.set(one.map, [...(byMap.get(one.map) ?? []), observation])
  }
  const measured = new Map(measure(profiles, dumps, scene.maps, index, where).map((one) => [one.map, one] as const))
  const maps = [...new Set([...byMap.keys(), ...measured.keys()])].map((map) => ({
    map,
    observations: (byMap.get(map) ?? []).sort((a, b) => b.incident.count - a.incident.count),
    measured: measured.get(map) ?? null,
  }))
  return {
    maps: maps.sort((a, b) => weight(b) - weight(a) || (a.map.name < b.map.name ? -1 : 1)),
    unplaced: settled.filter(({ map }) => map === null),
  }
}

function inferredFor(incident: Incident, map: SharedMap, where: Locator): readonly Inferred[] {
  return incident.kind === 'crash' ? inferOther(map, incident.dump, where) : []
}

/** A crash weighs more than any number of reports, those more than a suspicion, and that more than what is slow or large. */
function weight({ observations, measured }: MapEvidence): number {
  const { together = [], waited = 0, bytes = [] } = measured ?? {}
  const seen = observations.reduce(
    (sum, { incident: { kind, count } }) => sum + count * (kind === 'crash' ? 1e6 : 1),
    0,
  )
  return seen * 1e6 + Math.min(together.length, 1e3) * 1e3 + Math.min(waited / 1e8 + (bytes.at(-1) ?? 0) / 1e7, 999)
}

/** Accesses by line; a file's are computed when a frame is in it. */
export function indexOf({ maps, lines }: Pick<Scene, 'maps' | 'lines'>): AccessIndex {
  const byFile = new Map<string, { map: SharedMap; access: Access }[]>()
  for (const map of maps) {
    for (const access of map.accesses) {
      const known = byFile.get(access.range.file)
      if (known) known.push({ map, access })
      else byFile.set(access.range.file, [{ map, access }])
    }
  }
  const byLine = new Map<string, Map<number, { map: SharedMap; access: Access }[]>>()
  const linesIn = (file: string): Map<number, { map: SharedMap; access: Access }[]> => {
    const found = new Map<number, { map: SharedMap; access: Access }[]>()
    for (const use of byFile.get(file) ?? []) {
      // A range statement goes on to the end of its body, and asks the runtime at its first line.
      const { first, last } = lines(use.access.op === 'range' ? use.access.operand : use.access.range)
      for (let line = first; line <= last; line++) found.set(line, [...(found.get(line) ?? []), use])
    }
    byLine.set(file, found)
    return found
  }
  return { at: ({ file, line }) => (byLine.get(file) ?? linesIn(file)).get(line) ?? [] }
}
