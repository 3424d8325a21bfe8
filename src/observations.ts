/** Where evidence meets the program: its files read, its frames placed, and what comes of it for the findings. */
import { relative } from 'node:path'
import type { Analysis } from './analysis/index.js'
import { UserError } from './errors.js'
import { type Gathered, gatherer } from './evidence/incidents.js'
import { linesOf } from './evidence/lines.js'
import { recognise } from './evidence/recognise.js'
import type { PackageFacts } from './facts.js'
import { type Fused, fuse } from './fusion/fuse.js'
import type { Moved } from './fusion/locate.js'
import { type Observed, observe } from './fusion/observe.js'
import { lineMap } from './prove/lines.js'
import type { Positions } from './report/positions.js'
import type { Sentence } from './types.js'
import { chunksOf, evidenceFiles } from './write/evidencefiles.js'
import type { Place } from './write/git.js'
import { textsAt } from './write/revision.js'

/** The user's evidence. */
export interface EvidenceRequest {
  /** Absolute paths of files and folders. */
  readonly paths: readonly string[]
  /** Report only maps that it names. */
  readonly only: boolean
  /** The commit that the program was built at; "" for what the evidence says, or else what is there now. */
  readonly rev: string
}

/** What evidence says, and how it was read. */
export interface Evidence extends Observed, Fused {
  readonly gathered: Gathered
  /** What people should know of it. */
  readonly notes: readonly string[]
  readonly only: boolean
}

interface Scene extends Place {
  readonly cwd: string
  readonly progress: (what: string) => void
}

/** Reads the files. Refused: one that is not there; a revision that git does not know. */
export async function gather({ paths }: EvidenceRequest, { cwd, progress }: Scene): Promise<Gathered> {
  const all = gatherer()
  for (const path of await evidenceFiles(paths)) {
    const shown = relative(cwd, path)
    progress(`reading ${shown}`)
    for await (const seen of recognise(linesOf(chunksOf(path)))) all.see(seen, shown)
  }
  return all.done()
}

/** What it says of the program. */
export async function weigh(
  request: EvidenceRequest,
  gathered: Gathered,
  program: {
    analysis: Analysis
    packages: readonly PackageFacts[]
    positions: Positions
    source: (path: string) => string
  },
  scene: Scene,
): Promise<Evidence> {
  const { analysis, packages, positions, source } = program
  const { moved, notes } = await movedSince(request.rev, gathered.revisions, source, scene)
  const observed = observe(gathered, { packages, maps: analysis.maps, lines: positions.lines, moved })
  const say = (sentence: Sentence): string =>
    sentence.map((part) => (typeof part === 'string' ? part : positions.at(part))).join('')
  const whySafe = (map: Parameters<Analysis['explain']>[0]): string => {
    const [fact] = analysis.explain(map).facts
    return fact === undefined ? 'no two accesses that can meet' : say(fact)
  }
  const { findings, suppressed } = analysis
  const fused = fuse({ findings, suppressed, whySafe }, observed)
  const nothing =
    gathered.incidents.length === 0 ? ['the evidence holds no race report and no fatal error about a map'] : []
  return { ...observed, ...fused, gathered, notes: [...notes, ...nothing], only: request.only }
}

async function movedSince(
  rev: string,
  named: readonly string[],
  source: (path: string) => string,
  { cwd, ...place }: Scene,
): Promise<{ moved: Moved; notes: readonly string[] }> {
  const stay: Moved = (_, line) => line
  const [only, ...more] = named
  const chosen = rev !== '' ? rev : more.length === 0 ? (only ?? '') : ''
  if (chosen === '') {
    const several = `the evidence is of several commits (${named.join(', ')}), and lines are taken as they are now: --evidence-rev names one`
    return { moved: stay, notes: more.length > 0 ? [several] : [] }
  }
  const texts = await textsAt(chosen, cwd, place)
  if (texts === null) {
    if (rev !== '') throw new UserError(`--evidence-rev: git knows no revision ${rev} in ${cwd}`)
    return {
      moved: stay,
      notes: [`git does not have the commit ${chosen} of the evidence: lines are taken as they are now`],
    }
  }
  const maps = new Map<string, Moved>()
  const ofFile = (file: string, before: string): Moved => {
    const after = source(file)
    const [from, to] = [before.split('\n'), after.split('\n')]
    const map = lineMap(before, after)
    return (_, line) => {
      const [first, last] = map(line)
      return first === last && from[line - 1] === to[first - 1] ? first : null
    }
  }
  return {
    moved(file, line) {
      const before = texts.get(file)
      if (before === undefined) return line
      const known = maps.get(file) ?? ofFile(file, before)
      maps.set(file, known)
      return known(file, line)
    },
    notes: [],
  }
}
