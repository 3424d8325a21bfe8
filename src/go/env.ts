/** The Go toolchain that the user's folder asks for, and what it can do. */
import { isAbsolute, join } from 'node:path'
import { ToolError, UserError } from '../errors.js'
import { NotFound, type RunResult, run, runGo } from './run.js'

export type Env = Readonly<Record<string, string | undefined>>

export interface GoTool {
  /** "go1.26.8": what runs in this folder, which go.mod's toolchain line may have chosen. */
  version: string
  goos: string
  goarch: string
  goroot: string
  /** The gofmt of that toolchain. */
  gofmt: string
  /** Absolute path of go.mod, "" outside a module. */
  gomod: string
  /** Absolute path of go.work, "" without a workspace. */
  gowork: string
  /** Why `go test -race` cannot run here, or "". */
  noRace: string
}

interface Place {
  cwd: string
  env: Env
  signal?: AbortSignal | undefined
}

const OLDEST = 21
const VARIABLES = ['GOVERSION', 'GOOS', 'GOARCH', 'GOROOT', 'GOMOD', 'GOWORK', 'CGO_ENABLED', 'CC'] as const

/** Asks the go command about the folder. Refused: no Go, Go before 1.21, a toolchain that cannot be had. */
export async function findGo(place: Place): Promise<GoTool> {
  const said = await goEnv(place)
  const version = said('GOVERSION')
  const minor = /^(?:devel )?go1\.(\d+)/.exec(version)?.[1]
  // Before 1.16 there is no GOVERSION; a development version may have no number.
  if (version === '' || (minor !== undefined && Number(minor) < OLDEST)) {
    throw new UserError(
      `${version || 'this Go'} is too old: mapfix needs Go 1.${OLDEST} or later\n` +
        `  it is the "go" found on PATH, or the one that ${said('GOMOD') || 'GOTOOLCHAIN'} asks for; see https://go.dev/dl`,
    )
  }
  const gomod = said('GOMOD')
  const goroot = said('GOROOT')
  return {
    version,
    goos: said('GOOS'),
    goarch: said('GOARCH'),
    goroot,
    gofmt: join(goroot, 'bin', said('GOOS') === 'windows' ? 'gofmt.exe' : 'gofmt'),
    gomod: isAbsolute(gomod) && gomod !== '/dev/null' ? gomod : '',
    gowork: isAbsolute(said('GOWORK')) ? said('GOWORK') : '',
    noRace: await whyNoRace(place, said),
  }
}

/** Relative patterns need a module (or workspace) around them; "std" and import paths are the go command's to judge. */
export function needModule(go: GoTool, cwd: string, patterns: readonly string[]): void {
  if (go.gomod !== '' || go.gowork !== '') return
  const relative = patterns.find((p) => /^\.{1,2}(\/|$)/.test(p) || isAbsolute(p))
  if (relative === undefined) return
  throw new UserError(
    `no go.mod in ${cwd} or above it, so ${relative} names no packages\n` +
      '  run mapfix inside a Go module, name its folder with -C, or make one with "go mod init"',
  )
}

async function goEnv(place: Place): Promise<(name: (typeof VARIABLES)[number]) => string> {
  let result: RunResult
  try {
    result = await runGo(['env', '-json', ...VARIABLES], place)
  } catch (error) {
    if (!(error instanceof NotFound)) throw error
    throw new UserError(
      'there is no "go" command on PATH\n  mapfix reads packages with it: install Go from https://go.dev/dl',
    )
  }
  if (result.code !== 0) throw new ToolError(`"go env" failed in ${place.cwd}:\n${result.stderr.trim()}`)
  const values: unknown = JSON.parse(result.stdout)
  const map = new Map(typeof values === 'object' && values !== null ? Object.entries(values) : [])
  return (name) => String(map.get(name) ?? '')
}

async function whyNoRace(place: Place, said: (name: (typeof VARIABLES)[number]) => string): Promise<string> {
  const platform = `${said('GOOS')}/${said('GOARCH')}`
  if (!RACE_PLATFORMS.has(platform)) return `the race detector does not know ${platform}`
  // Since 1.20 the race detector of macOS needs no C compiler.
  if (said('GOOS') === 'darwin') return ''
  if (said('CGO_ENABLED') !== '1') return 'cgo is off (CGO_ENABLED=0, or no C compiler on PATH)'
  const [compiler, ...flags] = said('CC').split(' ')
  if (compiler === undefined || compiler === '') return 'cgo has no C compiler'
  try {
    const { code } = await run(compiler, [...flags, '--version'], place)
    return code === 0 ? '' : `the C compiler ${compiler} does not run`
  } catch (error) {
    if (error instanceof NotFound) return `there is no C compiler (${compiler}) on PATH`
    throw error
  }
}

const RACE_PLATFORMS = new Set([
  'linux/amd64',
  'linux/arm64',
  'linux/ppc64le',
  'linux/s390x',
  'linux/loong64',
  'linux/riscv64',
  'freebsd/amd64',
  'netbsd/amd64',
  'darwin/amd64',
  'darwin/arm64',
  'windows/amd64',
])

/** What makes the go command build for a platform, "windows/amd64"; nothing for "". cgo would need that platform's C compiler. */
export function platformEnv(platform: string): Env {
  const [goos = '', goarch = ''] = platform.split('/')
  return platform === '' ? {} : { GOOS: goos, GOARCH: goarch, CGO_ENABLED: '0' }
}
