/** Evidence of races as a library: what the race detector, the runtime and profiles say, without the program that it is about. */
import type { Goroutine } from './goroutines.js'
import { type Line, linesIn } from './lines.js'
import type { RaceReport } from './races.js'
import { recognise, recogniseIn } from './recognise.js'

export type { Frame } from './frames.js'
export type { Goroutine } from './goroutines.js'
export { type Line, linesIn, linesOf } from './lines.js'
export { type Charge, type ChargedProfile, chargeProfile, NoProfile } from './profiles.js'
export type { RaceAccess, RaceReport } from './races.js'

/** The race reports of a file, in the order of their ends; those without a single access are not reports. */
export async function* parseRaceReports(lines: AsyncIterable<Line> | Iterable<Line>): AsyncGenerator<RaceReport> {
  for await (const seen of recognise(lines)) if (seen.kind === 'race') yield seen
}

/** The goroutines of a file's dumps, one after the other: a dump need not fit into memory. */
export async function* parseGoroutineDump(lines: AsyncIterable<Line> | Iterable<Line>): AsyncGenerator<Goroutine> {
  for await (const seen of recognise(lines)) if (seen.kind === 'goroutine') yield seen
}

/** The same of a text that is there. */
export function goroutinesIn(text: string): readonly Goroutine[] {
  return [...recogniseIn(linesIn(text))].filter((seen) => seen.kind === 'goroutine')
}
