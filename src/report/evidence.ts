/** What evidence says, for people. Everything in it comes from others' files, and is made printable here. */
import { dirname } from 'node:path'
import { rules } from '../analysis/rules/index.js'
import { type Frame, plainFunction } from '../evidence/frames.js'
import { type Gathered, ownFrames } from '../evidence/incidents.js'
import { printable } from '../evidence/lines.js'
import type { Fused } from '../fusion/fuse.js'
import type { Measured, NamedProfile, Together } from '../fusion/measure.js'
import type { MapEvidence, Observation, Observed } from '../fusion/observe.js'
import type { PlacedParty, Settled } from '../fusion/settle.js'
import type { Finding } from '../types.js'
import type { Positions } from './positions.js'
import type { EvidenceReport, FindingReport } from './schema.js'

export interface Counted {
  readonly gathered: Pick<Gathered, 'races' | 'crashes' | 'goroutines'> & { readonly profiles: readonly NamedProfile[] }
  readonly notes: readonly string[]
}

type Entry = FindingReport['evidence'][number]
type Stack = EvidenceReport['maps'][number]['stacks'][number]

/** The evidence of a finding about a map's guard: each side of each race and crash on its map. */
export function entriesFor({ map, rule }: Finding, { maps }: Observed, positions: Positions): Entry[] {
  const own = GUARD.has(rule) ? maps.find((one) => one.map === map) : undefined
  const seen = (own?.observations ?? []).flatMap((observation): Entry[] => [
    ...observation.parties.map((party) => entryOf(party, observation, positions)),
    ...observation.inferred.slice(0, SHOWN_INFERRED).map(({ access, why }) => ({
      ...commonOf(observation),
      at: positions.at(access.range),
      op: access.op,
      function: access.func.display,
      inferred: true,
      what: `inferred: ${why}`,
    })),
  ])
  return [
    ...seen,
    ...(own?.measured?.together ?? []).slice(0, SHOWN_INFERRED).flatMap((one) => suspicions(one, positions)),
  ]
}

/** What would prove a finding about a race, and how to get that. */
export function settling({ map, rule, racing, confidence }: Finding, positions: Positions): { settle?: string } {
  const [a, b] = racing
  if (map === null || !a || !b || !GUARD.has(rule) || confidence === 'proven') return {}
  const folder = positions.file(dirname(a.range.file))
  const places =
    a === b ? `${positions.at(a.range)} with itself` : `${positions.at(a.range)} and ${positions.at(b.range)}`
  const tests = folder === '' ? '.' : folder.startsWith('.') || folder.startsWith('/') ? folder : `./${folder}`
  return {
    settle: `a race report, or a crash, that names ${places}: run "mapfix collect -- go test ${tests}", or a build with -race under load, and pass its log with --evidence`,
  }
}

/** All of it: maps, the most urgent first; what no map could be given for. */
export function describeEvidence(
  { gathered, notes, maps, unplaced, contradicted }: Observed & Fused & Counted,
  suppressed: readonly { readonly finding: Finding }[],
  positions: Positions,
): EvidenceReport {
  const { races, crashes, goroutines, profiles } = gathered
  return {
    races,
    crashes,
    goroutines,
    profiles: profiles.map(({ file, kind, samples }) => ({ file: printable(file), kind, samples })),
    maps: maps.map((one) => ({
      name: one.map.name,
      at: positions.at(one.map.decl),
      races: countOf(one, 'race'),
      crashes: countOf(one, 'crash'),
      first: printable(one.observations.map(({ incident }) => incident.first).find((time) => time !== '') ?? ''),
      last: printable(one.observations.map(({ incident }) => incident.last).findLast((time) => time !== '') ?? ''),
      contradicts: contradicted.has(one.map),
      suppressed: suppressed.some(({ finding }) => finding.map === one.map && GUARD.has(finding.rule)),
      ...measuredOf(one.measured, positions),
      stacks: stacksOf(one, positions),
    })),
    unplaced: unplaced.map((one) => ({
      kind: one.incident.kind,
      from: fromOf(one),
      count: one.incident.count,
      why: printable(one.why),
      frames: one.parties.flatMap(({ party }) => ownFrames(party.stack).slice(0, 1).map(frameText)),
    })),
    notes: notes.map(printable),
  }
}

/** Rules whose findings evidence of a race is about. */
const GUARD = new Set(rules.filter(({ aboutGuard }) => aboutGuard).map(({ name }) => name))
const SHOWN_INFERRED = 3
const SHOWN_FRAMES = 8
/** Stacks whose innermost frames agree, so many of them, are one. */
const TOLD_BY = 3

function entryOf({ party, frame, access, why }: PlacedParty, observation: Observation, positions: Positions): Entry {
  const [top] = ownFrames(party.stack)
  const unplaced = frame ?? top
  return {
    ...commonOf(observation),
    at: access ? positions.at(access.range) : unplaced ? printable(`${unplaced.file}:${unplaced.line}`) : '',
    op: access?.op ?? party.op ?? party.kind,
    ...(unplaced ? { function: access?.func.display ?? printable(plainFunction(unplaced.func)) } : {}),
    ...(access ? {} : { what: `not placed: ${printable(why)}` }),
  }
}

/** Several goroutines at lines that write, at one instant: they may have been there one after the other, so it proves nothing. */
function suspicions({ file, at, time, goroutines, accesses }: Together, positions: Positions): Entry[] {
  return accesses.map((access) => ({
    kind: 'dump',
    at: positions.at(access.range),
    op: access.op,
    function: access.func.display,
    from: `${printable(file)}:${at}`,
    count: 1,
    ...(time === '' ? {} : { first: printable(time), last: printable(time) }),
    what: `${goroutines} goroutines were writing at once, without a lock: a suspected race`,
  }))
}

type Measurements = Pick<
  EvidenceReport['maps'][number],
  'reads' | 'writes' | 'labels' | 'bytes' | 'waited' | 'waitedShare' | 'together'
>

function measuredOf(measured: Measured | null, positions: Positions): Measurements {
  const {
    reads = 0,
    writes = 0,
    byLabel = new Map(),
    bytes = [],
    waited = 0,
    waitedInAll = 0,
    together = [],
  } = measured ?? {}
  return {
    reads,
    writes,
    labels: [...byLabel].map(([value, uses]) => ({ value: printable(value), ...uses })),
    bytes: [...bytes],
    waited: Math.round(waited / 1e6) / 1e3,
    waitedShare: waitedInAll === 0 ? 0 : Math.round((waited / waitedInAll) * 1e3) / 1e3,
    together: together.map(({ file, at, time, goroutines, accesses }) => ({
      from: `${printable(file)}:${at}`,
      time: printable(time),
      goroutines,
      at: accesses.map(({ range }) => positions.at(range)),
    })),
  }
}

function commonOf(
  observation: Settled,
): Pick<Entry, 'kind' | 'from' | 'count' | 'first' | 'last'> & { kind: 'race' | 'crash' } {
  const { kind, count, first, last } = observation.incident
  const times = first === '' ? {} : { first: printable(first), last: printable(last) }
  return { kind, from: fromOf(observation), count, ...times }
}

function fromOf({ incident: { file, at } }: Settled): string {
  return `${printable(file)}:${at}`
}

function countOf({ observations }: MapEvidence, kind: 'race' | 'crash'): number {
  return observations.reduce((sum, { incident }) => sum + (incident.kind === kind ? incident.count : 0), 0)
}

/** The stacks of a map, each once: the runtime's frames cut, type arguments left out, the same innermost frames one stack. */
function stacksOf({ observations }: MapEvidence, positions: Positions): Stack[] {
  const stacks = new Map<string, Stack>()
  for (const { incident, parties } of observations) {
    for (const { party, access, frame, spot } of parties) {
      const all = ownFrames(party.stack).map((one) =>
        one === frame && spot
          ? `${printable(plainFunction(one.func))} ${positions.file(spot.file)}:${spot.line}`
          : frameText(one),
      )
      const op = access?.op ?? party.op ?? party.kind
      const key = [incident.kind, op, ...all.slice(0, TOLD_BY)].join('\0')
      const known = stacks.get(key)
      const { kind, count } = incident
      const [first, last] = [printable(incident.first), printable(incident.last)]
      if (known) {
        known.count += count
        known.last = last || known.last
      } else stacks.set(key, { kind, op, count, first, last, frames: all.slice(0, SHOWN_FRAMES) })
    }
  }
  return [...stacks.values()].sort((a, b) => b.count - a.count)
}

function frameText({ func, file, line }: Frame): string {
  return printable(`${plainFunction(func)} ${file}:${line}`)
}
