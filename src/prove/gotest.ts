/** `go test -json`, read as it runs: which tests of which packages failed, raced, or hung. */
import { type RunOptions, streamLines } from '../go/run.js'
import { type Heard, hear, nothingHeard, whySilent } from './missing.js'
import { parseRaces, type Race } from './races.js'

export interface PackageTests {
  readonly status: 'ok' | 'failed' | 'no tests'
  /** Names of the tests that failed; "" stands for the package as a whole (it did not build, or died). */
  readonly failing: ReadonlySet<string>
  readonly hung: boolean
  readonly races: readonly Race[]
  /** Why its tests say nothing of the code, though there are some: what they need is not there; "" else. */
  readonly silent: string
  /** The end of what it printed. */
  readonly output: string
}

export type TestRun = ReadonlyMap<string, PackageTests>

export interface TestOptions extends RunOptions {
  readonly race: boolean
  /** Of each test binary, as the go command takes it: "2m". */
  readonly timeout: string
  readonly flags: readonly string[]
  readonly goroot: string
  readonly onPackage?: (path: string) => void
}

/** Runs the tests of the packages. Never throws for what tests do; see PackageTests. */
export async function goTest(packages: readonly string[], options: TestOptions): Promise<TestRun> {
  const running = new Map<string, Collected>()
  const builds = new Map<string, string>()
  const at = (path: string): Collected => {
    const known = running.get(path)
    if (known) return known
    const fresh: Collected = { action: '', failing: new Set(), heard: nothingHeard(), lines: [], size: 0 }
    running.set(path, fresh)
    return fresh
  }
  const args = [
    'test',
    '-json',
    '-vet=off',
    '-count=1',
    `-timeout=${options.timeout}`,
    ...(options.race ? ['-race'] : []),
    ...options.flags,
    ...packages,
  ]
  const { stderr } = await streamLines('go', args, options, (line) => {
    const event = parseEvent(line)
    if (event === null) return
    if (event.Action === 'build-output')
      builds.set(event.ImportPath, (builds.get(event.ImportPath) ?? '') + event.Output)
    if (event.Package === '') return
    const p = at(event.Package)
    if (event.Action === 'output') {
      keep(p, event.Output)
      hear(p.heard, event.Test, event.Output)
    } else if (event.Action === 'fail' && event.Test !== '') p.failing.add(event.Test)
    else if (event.Action === 'pass' && event.Test !== '') p.heard.passed++
    else if (event.Action === 'skip' && event.Test !== '') p.heard.skipped.push(event.Test)
    else if (event.Test === '' && ['pass', 'fail', 'skip'].includes(event.Action)) {
      p.action = event.Action
      options.onPackage?.(event.Package)
    }
    if (event.FailedBuild !== '') keep(p, builds.get(event.FailedBuild) ?? '')
  })
  return new Map(packages.map((path) => [path, conclude(running.get(path), stderr, options.goroot)]))
}

interface Collected {
  action: string
  failing: Set<string>
  heard: Heard
  lines: string[]
  size: number
}

/** Characters kept of a package's output. */
const KEPT = 1 << 20

function keep(p: Collected, output: string): void {
  p.lines.push(output)
  p.size += output.length
  // Race reports stand anywhere, so the oldest output goes first, and only in large pieces.
  if (p.size > 2 * KEPT) {
    const text = p.lines.join('')
    p.lines = [text.slice(-KEPT)]
    p.size = KEPT
  }
}

function conclude(p: Collected | undefined, stderr: string, goroot: string): PackageTests {
  if (p === undefined)
    return { status: 'failed', failing: new Set(['']), hung: false, races: [], silent: '', output: stderr }
  const output = p.lines.join('')
  const failed = p.action === 'fail' || p.action === ''
  const noTests = p.action === 'skip' || (p.action === 'pass' && /\[no test files\]|\[no tests to run\]/.test(output))
  const failing = failed && p.failing.size === 0 ? new Set(['']) : p.failing
  return {
    status: failed ? 'failed' : noTests ? 'no tests' : 'ok',
    failing,
    silent: whySilent(p.heard, failing),
    hung: output.includes('panic: test timed out after') || output.includes('*** Test killed'),
    races: parseRaces(output, goroot),
    output: output || stderr,
  }
}

interface TestEvent {
  Action: string
  Package: string
  Test: string
  Output: string
  ImportPath: string
  FailedBuild: string
}

/** A line that is no JSON (an old go command's build output) is null. */
function parseEvent(line: string): TestEvent | null {
  if (!line.startsWith('{')) return null
  try {
    const value: unknown = JSON.parse(line)
    if (typeof value !== 'object' || value === null) return null
    const of = new Map<string, unknown>(Object.entries(value))
    const text = (name: string): string => {
      const v = of.get(name)
      return typeof v === 'string' ? v : ''
    }
    return {
      Action: text('Action'),
      Package: text('Package'),
      Test: text('Test'),
      Output: text('Output'),
      ImportPath: text('ImportPath'),
      FailedBuild: text('FailedBuild'),
    }
  } catch {
    return null
  }
}
