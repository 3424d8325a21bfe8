/** The story of the program: load → find → plan → merge → prove → write. Commands tell it; they print what comes of it. */
import { dirname } from 'node:path'
import { type Analysis, analyse } from './analysis/index.js'
import { Interrupted, UserError } from './errors.js'
import type { FactsHeader, PackageFacts } from './facts.js'
import { cacheFolder } from './go/cache.js'
import { type Env, findGo, type GoTool, needModule } from './go/env.js'
import { loadFacts } from './go/facts.js'
import { findingIds } from './report/ids.js'
import { type Positions, positions } from './report/positions.js'
import { type Selected, type Selection, select } from './select.js'
import type { Finding } from './types.js'
import { readSources, type Sources } from './write/sources.js'

/** What every command is asked. */
export interface Request {
  readonly cwd: string
  readonly env: Env
  readonly patterns: readonly string[]
  readonly tags: string
  readonly jobs: number
  readonly selection: Selection
  readonly signal: AbortSignal
  /** Makes a folder of the run's own, which is removed at its end. */
  readonly tempFolder: (name: string) => Promise<string>
  /** What goes on, for a terminal. */
  readonly progress: (what: string) => void
}

export interface Found extends Selected {
  readonly go: GoTool
  readonly header: FactsHeader
  readonly packages: readonly PackageFacts[]
  readonly analysis: Analysis
  readonly ids: ReadonlyMap<Finding, string>
  readonly sources: Sources
  readonly positions: Positions
}

/** Reads the packages and finds what is wrong. Runs none of the user's code, writes nothing. */
export async function find(request: Request): Promise<Found> {
  const { cwd, env, signal, patterns, tags, progress } = request
  progress('asking the go command')
  const go = await findGo({ cwd, env, signal })
  needModule(go, cwd, patterns)
  progress('reading packages')
  const { header, packages } = await loadFacts({
    go,
    cwd,
    // A go command that is killed leaves its work folder behind: in ours.
    env: {
      ...env,
      GOTMPDIR: await request.tempFolder('go'),
      ...(request.jobs > 0 ? { GOMAXPROCS: String(request.jobs) } : {}),
    },
    patterns,
    ...(tags ? { tags } : {}),
    cacheDir: cacheFolder(env),
    signal,
    onProgress: progress,
  })
  if (packages.length === 0) throw new UserError(`no packages match ${patterns.join(' ')} in ${cwd}`)
  progress(`looking at ${packages.length} packages`)
  const analysis = analyse(packages)
  const sources = readSources(packages)
  const place = positions(cwd, sources.text)
  if (signal.aborted) throw new Interrupted()
  const selected = select(analysis, request.selection, place)
  const isSelection = request.selection.select !== 'findings'
  return {
    ...selected,
    // Part of a program may lack what a comment in it is about.
    idle: selected.idle.filter(({ problem }) => problem !== '' || isWhole(go, cwd, patterns, packages)),
    ids: findingIds(
      isSelection ? selected.findings : analysis.findings,
      isSelection ? [] : analysis.suppressed.map(({ finding }) => finding),
      packages,
    ),
    go,
    header,
    packages,
    analysis,
    sources,
    positions: place,
  }
}

/** Whether the packages are all of the module or workspace, each read whole. */
function isWhole(go: GoTool, cwd: string, patterns: readonly string[], packages: readonly PackageFacts[]): boolean {
  const root = [go.gomod, go.gowork].some((path) => path !== '' && dirname(path) === cwd)
  return root && patterns.includes('./...') && packages.every(({ errors }) => errors.length === 0)
}
