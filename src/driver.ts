/** The story of the program: load → find → plan → merge → prove → write. Commands tell it; they print what comes of it. */
import { dirname } from 'node:path'
import { type Analysis, analyse } from './analysis/index.js'
import { loadNeeded } from './dependencies.js'
import { Interrupted, UserError } from './errors.js'
import type { FactsHeader, PackageFacts } from './facts.js'
import { cacheFolder } from './go/cache.js'
import { type Env, findGo, type GoTool, needModule, platformEnv } from './go/env.js'
import { openReader } from './go/facts.js'
import { keep, keyFor, readKept } from './go/kept.js'
import { isKept, type Judgement, type Kept, keepable } from './judgement.js'
import { type Narrowed, type Narrowing, narrow } from './narrow.js'
import { type Evidence, type EvidenceRequest, gather, weigh } from './observations.js'
import type { Elsewhere } from './platforms.js'
import { findingIds } from './report/ids.js'
import { type Positions, positions } from './report/positions.js'
import { type Selected, type Selection, select } from './select.js'
import type { Finding } from './types.js'
import { readSources, type Sources } from './write/sources.js'

/** What every command is asked. */
export interface Request extends Narrowing {
  readonly cwd: string
  readonly env: Env
  readonly patterns: readonly string[]
  readonly tags: string
  /** Others, "windows/amd64", whose files are read, too; what is found is found on the go command's own. */
  readonly platforms: readonly string[]
  /** Functions that run their function arguments concurrently: "path.Func", "path.(*Type).Method". */
  readonly spawners: readonly string[]
  readonly jobs: number
  /** What was seen of the program running; null without. */
  readonly evidence: EvidenceRequest | null
  readonly selection: Selection
  readonly signal: AbortSignal
  /** Makes a folder of the run's own, which is removed at its end. */
  readonly tempFolder: (name: string) => Promise<string>
  /** What goes on, for a terminal. */
  readonly progress: (what: string) => void
}

/** What a check reports. */
export interface Checked extends Narrowed {
  readonly go: GoTool
  readonly header: FactsHeader
  /** Their names, files and errors; the rest may be left out. */
  readonly packages: readonly PackageFacts[]
  readonly analysis: Judgement
  readonly ids: ReadonlyMap<Finding, string>
  /** The packages are all of the module or workspace, each read whole. */
  readonly whole: boolean
  readonly sources: Sources
  readonly positions: Positions
  /** What evidence says; null without. */
  readonly evidence: Evidence | null
}

/** What was found, with the program that it was found in, and that as other platforms have it. */
export interface Found extends Checked {
  readonly analysis: Analysis
  readonly elsewhere: readonly Elsewhere[]
}

/** Reads the packages and finds what is wrong. Runs none of the user's code, writes nothing. */
export async function find(request: Request): Promise<Found> {
  // What can't be read is said before minutes of work.
  const gathered = request.evidence && (await gather(request.evidence, request))
  const read = await load(request, () => false)
  const { go, header, packages } = read
  const judged = judge(request, read)
  const elsewhere: Elsewhere[] = []
  for (const platform of request.platforms.filter((one) => one !== `${header.goos}/${header.goarch}`)) {
    const { program, engine, maps } = judge(request, await load(request, () => false, platform))
    elsewhere.push({ platform, program, engine, maps })
  }
  const all = [...packages, ...elsewhere.flatMap(({ program }) => program.packages)]
  const texts = readSources(all)
  const program = { analysis: judged, packages, positions: positions(request.cwd, texts.text), source: texts.text }
  const evidence = request.evidence && gathered ? await weigh(request.evidence, gathered, program, request) : null
  const analysis = evidence === null ? judged : { ...judged, findings: evidence.findings }
  const kept = { judgement: analysis, ids: idsOf(analysis, packages), packages }
  return { ...(await present(request, go, header, kept, evidence, all)), analysis, elsewhere }
}

/** The same for a report alone: where nothing changed since the last time, the judgement of then. */
export async function check(request: Request): Promise<Checked> {
  // Evidence is weighed against the program itself.
  if (request.evidence !== null) return find(request)
  const folder = cacheFolder(request.env)
  let kept: unknown
  // Whatever decides the judgement besides this program belongs in its key.
  const keyOf = (facts: string): string => keyFor(JSON.stringify([facts, request.spawners]))
  const read = await load(request, ({ key }) => {
    kept = key === '' ? undefined : readKept(folder, keyOf(key))
    return isKept(kept)
  })
  const { go, header, packages } = read
  if (isKept(kept)) return present(request, go, header, kept, null)
  const analysis = judge(request, read)
  const judged = { judgement: analysis, ids: idsOf(analysis, packages), packages }
  // Positions in errors depend on where the user stands.
  if (header.key !== '' && packages.every(({ errors }) => errors.length === 0))
    await keep(folder, keyOf(header.key), keepable(judged))
  return present(request, go, header, judged, null)
}

interface Read {
  readonly go: GoTool
  readonly header: FactsHeader
  readonly packages: readonly PackageFacts[]
  readonly dependencies: readonly PackageFacts[]
}

async function load(request: Request, enough: (header: FactsHeader) => boolean, platform = ''): Promise<Read> {
  const { cwd, env, signal, patterns, tags, progress } = request
  progress('asking the go command')
  const go = await findGo({ cwd, env, signal })
  needModule(go, cwd, patterns)
  const reader = await openReader({
    go,
    cwd,
    // A go command that is killed leaves its work folder behind: in ours.
    env: {
      ...env,
      GOTMPDIR: await request.tempFolder('go'),
      ...(request.jobs > 0 ? { GOMAXPROCS: String(request.jobs) } : {}),
      ...platformEnv(platform),
    },
    tags,
    cacheDir: cacheFolder(env),
    signal,
    onProgress: progress,
  })
  try {
    progress('reading packages')
    const { header, packages } = await reader.read({ patterns, enough })
    if (header.packages === 0) throw new UserError(`no packages match ${patterns.join(' ')} in ${cwd}`)
    return { go, header, packages, dependencies: await loadNeeded(packages, reader) }
  } finally {
    await reader.close()
  }
}

function judge({ progress, signal, spawners }: Request, { packages, dependencies }: Read): Analysis {
  progress(`looking at ${packages.length} packages`)
  const analysis = analyse(packages, { dependencies, spawners })
  if (signal.aborted) throw new Interrupted()
  return analysis
}

function idsOf({ findings, suppressed }: Analysis, packages: readonly PackageFacts[]): ReadonlyMap<Finding, string> {
  return findingIds(
    findings,
    suppressed.map(({ finding }) => finding),
    packages,
  )
}

/** What the request selects of a judgement, with positions. */
async function present(
  request: Request,
  go: GoTool,
  header: FactsHeader,
  judged: Kept,
  evidence: Evidence | null,
  read: readonly PackageFacts[] = judged.packages,
): Promise<Checked> {
  const { cwd, patterns, selection } = request
  const { judgement, packages } = judged
  const sources = readSources(read)
  const place = positions(cwd, sources.text)
  const selected = evidence?.only
    ? namedBy(evidence, select(judgement, { ...selection, minConfidence: 'possible' }, place))
    : select(judgement, selection, place)
  const whole = isWhole(go, cwd, patterns, packages)
  const ids = selection.select === 'findings' ? judged.ids : findingIds(selected.findings, [], packages)
  // What is selected without being found says nothing of what is known.
  const program = { ids, positions: place, cwd, whole: whole && selection.select === 'findings' }
  return {
    ...(await narrow(selected, request, program, request)),
    // Part of a program may lack what a comment in it is about.
    idle: selected.idle.filter(({ problem }) => problem !== '' || whole),
    ids,
    whole,
    go,
    header,
    packages,
    analysis: judgement,
    sources,
    positions: place,
    evidence,
  }
}

/** What a selection leaves of the maps that evidence names. */
function namedBy({ maps }: Evidence, selected: Selected): Selected {
  const named = new Set(maps.map(({ map }) => map))
  return { ...selected, findings: selected.findings.filter(({ map }) => map !== null && named.has(map)) }
}

function isWhole(go: GoTool, cwd: string, patterns: readonly string[], packages: readonly PackageFacts[]): boolean {
  const root = [go.gomod, go.gowork].some((path) => path !== '' && dirname(path) === cwd)
  return root && patterns.includes('./...') && packages.every(({ errors }) => errors.length === 0)
}
