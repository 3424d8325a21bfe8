/** One pass over a text, for everything that it may hold. */
import { type Goroutine, goroutineReader } from './goroutines.js'
import type { Line } from './lines.js'
import { type RaceReport, raceReader } from './races.js'
import type { Reader } from './reader.js'
import { type Printed, unwrapper } from './unwrap.js'

/** The commit that a program was built at, as its build information says. */
export interface Revision {
  readonly kind: 'revision'
  readonly commit: string
}

export type Seen = RaceReport | Goroutine | Revision

/** Everything that a file's lines hold, in the order of their ends. Memory does not grow with the file. */
export async function* recognise(lines: AsyncIterable<Line> | Iterable<Line>): AsyncGenerator<Seen> {
  const all = readers()
  for await (const line of lines) yield* all.line(line)
  yield* all.end()
}

/** The same of lines that are there. */
export function* recogniseIn(lines: Iterable<Line>): Generator<Seen> {
  const all = readers()
  for (const line of lines) yield* all.line(line)
  yield* all.end()
}

/** Sources whose reports may stand mixed; the one that was silent longest is given up first. */
const SOURCES = 256

function readers(): { line(line: Line): readonly Seen[]; end(): readonly Seen[] } {
  const wrapping = unwrapper()
  const sources = new Map<string, readonly Reader<Seen>[]>()
  const of = (source: string): { readers: readonly Reader<Seen>[]; ended: readonly Seen[] } => {
    const known = sources.get(source)
    sources.delete(source)
    const readers = known ?? [raceReader(), goroutineReader(), revisionReader()]
    sources.set(source, readers)
    const [oldest] = sources.keys()
    if (sources.size <= SOURCES || oldest === undefined) return { readers, ended: [] }
    const ended = (sources.get(oldest) ?? []).flatMap((reader) => reader.end())
    sources.delete(oldest)
    return { readers, ended }
  }
  const read = (printed: Printed): readonly Seen[] => {
    const { readers, ended } = of(printed.source)
    return [...ended, ...readers.flatMap((reader) => reader.line(printed))]
  }
  return {
    line: (line) => wrapping.line(line).flatMap(read),
    end: () => [
      ...wrapping.end().flatMap(read),
      ...[...sources.values()].flatMap((all) => all.flatMap((reader) => reader.end())),
    ],
  }
}

function revisionReader(): Reader<Revision> {
  return {
    line({ text }) {
      const commit = /\bvcs\.revision=([0-9a-f]{40})\b/.exec(text)?.[1]
      return commit === undefined ? [] : [{ kind: 'revision', commit }]
    },
    end: () => [],
  }
}
