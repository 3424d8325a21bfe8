/** Evidence in the report for people. */
import type pc from 'picocolors'
import { counted, megabytes, times } from '../quantity.js'
import type { EvidenceReport, FindingReport } from './schema.js'

type Colors = ReturnType<typeof pc.createColors>

/** What was seen of a finding; where nothing was, and details are wanted, what would settle it. */
export function prettyEntries(
  { evidence, settle }: FindingReport,
  { verbose }: { readonly verbose: boolean },
  c: Colors,
): string[] {
  const seen = evidence.filter(({ kind }) => kind !== 'witness')
  const lines = seen
    .slice(0, SHOWN)
    .map(({ kind, at, op = '', function: name = '', inferred, what = '', from = '', count = 1 }) => {
      const who = `${op}${name === '' ? '' : ` in ${name}`}`
      return inferred
        ? `    ${c.dim(`${at}: ${who}, ${what}`)}`
        : `    ${c.red(kind)} ${at}: ${who}, ${times(count)} from ${from}${what === '' ? '' : ` (${what})`}`
    })
  if (seen.length > SHOWN) lines.push(`    and ${seen.length - SHOWN} more`)
  if (settle !== undefined && verbose) lines.push(c.dim(`    to settle it: ${settle}`))
  return lines
}

/** What the evidence says besides: of maps without findings to show, and of what could not be placed. */
export function prettyEvidence(
  { races, crashes, goroutines, profiles, maps, unplaced, notes }: EvidenceReport,
  c: Colors,
): string {
  const held = [
    counted(races, 'race report'),
    counted(crashes, 'crash'),
    counted(goroutines, 'goroutine'),
    counted(profiles.length, 'profile'),
  ].join(', ')
  const named = maps.map((map, i) => {
    const seen = seenOf(map)
    const when = map.first === '' ? '' : `, ${map.first}${map.last === map.first ? '' : ` to ${map.last}`}`
    const but = map.contradicts
      ? '; the analysis found nothing'
      : map.suppressed
        ? '; a comment suppresses the finding'
        : ''
    return `  ${i + 1}. ${c.bold(map.name)} ${seen.join(', ')}${when}${but}`
  })
  const left = unplaced
    .slice(0, SHOWN)
    .map(
      ({ kind, from, why, frames, count: n }) =>
        `  not placed: ${kind} at ${from}, ${times(n)}: ${why}${frames.map((frame) => `\n    ${frame}`).join('')}`,
    )
  if (unplaced.length > SHOWN) left.push(`  and ${unplaced.length - SHOWN} more that could not be placed`)
  return [`evidence: ${held}`, ...named, ...left, ...notes.map((note) => `  note: ${note}`), ''].join('\n')
}

/** What evidence says of a map, in words; the same everywhere. */
export function seenOf({
  races,
  crashes,
  reads,
  writes,
  labels,
  bytes,
  waited,
  waitedShare,
  together,
}: EvidenceReport['maps'][number]): readonly string[] {
  const share = (some: number, others: number): string => `${Math.round((some / (some + others)) * 100)} % writes`
  const split = labels
    .map((one) => `${one.value}: ${share(one.writes, one.reads)} of ${one.reads + one.writes}`)
    .join(', ')
  const [first = 0, last = 0] = [bytes[0], bytes.at(-1)]
  return [
    races > 0 ? `raced ${times(races)}` : '',
    crashes > 0 ? `crashed ${times(crashes)}` : '',
    together.length > 0 ? `suspected: several goroutines wrote at once in ${counted(together.length, 'dump')}` : '',
    waited > 0 ? `${waited} s waited for its lock (${Math.round(waitedShare * 100)} % of all waiting for locks)` : '',
    reads + writes > 0
      ? `${share(writes, reads)} of ${counted(reads + writes, 'sample')}${split === '' ? '' : ` (${split})`}`
      : '',
    bytes.length > 1 && last > first
      ? `grew from ${megabytes(first)} to ${megabytes(last)}`
      : last > 0
        ? `${megabytes(last)} in use`
        : '',
  ].filter((text) => text !== '')
}

const SHOWN = 12
