/** What evidence says of the maps of a program. */
import type { Gathered, Incident } from '../evidence/incidents.js'
import type { PackageFacts } from '../facts.js'
import type { Access, Range, SharedMap } from '../types.js'
import { type Inferred, inferOther } from './infer.js'
import { type Locator, locator, type Moved } from './locate.js'
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
export function observe({ incidents }: Pick<Gathered, 'incidents'>, scene: Scene): Observed {
  const where = locator(scene.packages, scene.moved)
  const index = indexOf(scene)
  const settled = incidents.map((incident) => settle(incident, index, where))
  const byMap = new Map<SharedMap, Observation[]>()
  for (const one of settled) {
    if (one.map === null) continue
    const observation = { ...one, map: one.map, inferred: inferredFor(one.incident, one.map, where) }
    byMap.set(one.map, [...(byMap.get(one.map) ?? []), observation])
  }
  const maps = [...byMap].map(([map, all]) => ({
    map,
    observations: all.sort((a, b) => b.incident.count - a.incident.count),
  }))
  return {
    maps: maps.sort((a, b) => weight(b) - weight(a) || (a.map.name < b.map.name ? -1 : 1)),
    unplaced: settled.filter(({ map }) => map === null),
  }
}

function inferredFor(incident: Incident, map: SharedMap, where: Locator): readonly Inferred[] {
  return incident.kind === 'crash' ? inferOther(map, incident.dump, where) : []
}

/** A crash weighs more than any number of reports. */
function weight({ observations }: MapEvidence): number {
  return observations.reduce(
    (sum, { incident: { kind, count } }) => sum + count * (kind === 'crash' ? 1_000_000 : 1),
    0,
  )
}

/** Accesses by line; a file's are computed when a frame is in it. */
function indexOf({ maps, lines }: Scene): AccessIndex {
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
