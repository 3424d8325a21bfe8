/** Where evidence meets the program: its files read, its frames placed, and what comes of it for the findings. */
import { join, relative } from 'node:path'
import type { Analysis } from './analysis/index.js'
import { UserError } from './errors.js'
import type { Frame } from './evidence/frames.js'
import { type Gathered, gatherer } from './evidence/incidents.js'
import { linesOf } from './evidence/lines.js'
import { chargeProfile, isProfile, NoProfile } from './evidence/profiles.js'
import { recognise } from './evidence/recognise.js'
import type { PackageFacts } from './facts.js'
import { type Fused, fuse } from './fusion/fuse.js'
import { isIn, locator, type Moved } from './fusion/locate.js'
import type { NamedProfile } from './fusion/measure.js'
import { indexOf, type Observed, observe } from './fusion/observe.js'
import { run } from './go/run.js'
import { lineMap } from './prove/lines.js'
import type { Positions } from './report/positions.js'
import type { Access, Sentence } from './types.js'
import { chunksOf, evidenceFiles, startOf, unpackedChunks, unpackedStart, wholeFile } from './write/evidencefiles.js'
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
  /** The label by which samples are kept apart; "" for none. */
  readonly label: string
}

/** All that the files hold. */
export interface Material extends Gathered {
  readonly profiles: readonly NamedProfile[]
}

/** What evidence says, and how it was read. */
export interface Evidence extends Observed, Fused {
  readonly gathered: Material
  /** What people should know of it. */
  readonly notes: readonly string[]
  readonly only: boolean
}

interface Scene extends Place {
  readonly cwd: string
  readonly progress: (what: string) => void
  readonly tempFolder: (name: string) => Promise<string>
}

/** Reads the files. Refused: one that is not there; a damaged profile; a revision that git does not know. */
export async function gather({ paths, label }: EvidenceRequest, scene: Scene): Promise<Material> {
  const all = gatherer()
  const profiles: NamedProfile[] = []
  for (const path of await evidenceFiles(paths)) {
    const file = relative(scene.cwd, path)
    scene.progress(`reading ${file}`)
    const kind = kindOf(await startOf(path))
    if (kind === 'log' || kind === 'packed log') {
      const chunks = kind === 'log' ? chunksOf(path) : unpackedChunks(path)
      for await (const seen of recognise(linesOf(chunks))) all.see(seen, file)
    } else {
      const bytes = await wholeFile(kind === 'trace' ? await profileOfTrace(path, scene) : path)
      profiles.push({ ...charged(bytes, label, file), file, traced: kind === 'trace' })
    }
  }
  return { ...all.done(), profiles }
}

function charged(bytes: Uint8Array, label: string, file: string): ReturnType<typeof chargeProfile> {
  try {
    return chargeProfile(bytes, label)
  } catch (error) {
    if (error instanceof NoProfile) throw new UserError(`--evidence: ${file} cannot be read: ${error.message}`)
    throw error
  }
}

/** Profiles are gzipped as a rule, logs sometimes, and traces say what they are. */
function kindOf(start: Buffer): 'log' | 'packed log' | 'profile' | 'trace' {
  if (start[0] === 0x1f && start[1] === 0x8b) return isText(unpackedStart(start)) ? 'packed log' : 'profile'
  return /^go 1\.\d+ trace\0/.test(start.toString('latin1', 0, 16)) ? 'trace' : isProfile(start) ? 'profile' : 'log'
}

/** Whether bytes are of a log, which may hold a stray sign; a profile has lengths and numbers all over. */
function isText(bytes: Buffer): boolean {
  const controls = bytes.filter((byte) => byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d)
  return controls.length * 20 < bytes.length
}

/** The toolchain knows the format of its traces: what it says of waiting for locks, as a profile. */
async function profileOfTrace(path: string, { cwd, tempFolder, ...place }: Scene): Promise<string> {
  const to = join(await tempFolder('trace'), 'sync.pb.gz')
  const script = 'go tool trace -pprof=sync "$1" > "$2"'
  const { code, stderr } = await run('sh', ['-c', script, 'sh', path, to], { cwd, ...place })
  if (code !== 0)
    throw new UserError(`--evidence: go tool trace cannot read ${relative(cwd, path)}:\n  ${stderr.trim()}`)
  return to
}

/** What it says of the program. */
export async function weigh(
  request: EvidenceRequest,
  gathered: Material,
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
  const observed = observe(gathered, gathered.profiles, {
    packages,
    maps: analysis.maps,
    lines: positions.lines,
    moved,
  })
  const say = (sentence: Sentence): string =>
    sentence.map((part) => (typeof part === 'string' ? part : positions.at(part))).join('')
  const whySafe = (map: Parameters<Analysis['explain']>[0]): string => {
    const [fact] = analysis.explain(map).facts
    return fact === undefined ? 'no two accesses that can meet' : say(fact)
  }
  const { findings, suppressed } = analysis
  const fused = fuse({ findings, suppressed, whySafe }, observed)
  const nothing = isEmpty(gathered)
    ? ['the evidence holds no race report, no fatal error about a map, no goroutines and no profile']
    : []
  return {
    ...observed,
    ...fused,
    gathered,
    notes: [...notes, ...nothing, ...gathered.profiles.flatMap(whyEmpty)],
    only: request.only,
  }
}

function isEmpty({ incidents, goroutines, profiles }: Material): boolean {
  return incidents.length === 0 && goroutines === 0 && profiles.length === 0
}

/** Profiles of locks are empty unless the program asks for them. */
function whyEmpty({ kind, samples, file, traced }: NamedProfile): readonly string[] {
  if (kind !== 'contention' || samples > 0 || traced) return []
  return [
    `${file} is empty: the program does not call runtime.SetMutexProfileFraction (mutex) or runtime.SetBlockProfileRate (block), so it says nothing of locks`,
  ]
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

/** Which frames write to maps of a program, as its source is now. */
export function mapWrites({
  packages,
  analysis: { maps },
  positions: { lines },
}: {
  readonly packages: readonly PackageFacts[]
  readonly analysis: Pick<Analysis, 'maps'>
  readonly positions: Positions
}): { writes(frame: Frame): boolean; unlocked(frame: Frame): boolean } {
  const where = locator(packages, (_, line) => line)
  const index = indexOf({ maps, lines })
  const at = (frame: Frame): readonly Access[] => {
    const spot = where.locate(frame)
    if (spot === null || 'why' in spot) return []
    const here = index.at(spot).map(({ access }) => access)
    return here.filter(({ write, on, func }) => write && on === 'contents' && isIn(frame, func.display))
  }
  return {
    writes: (frame) => at(frame).length > 0,
    unlocked: (frame) => at(frame).some(({ held, exclusive }) => held.size === 0 && !exclusive),
  }
}
