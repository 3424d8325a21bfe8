/** A scene as Go source. */
import type { PackageFacts } from '../facts.js'
import type { Scene } from './scene.js'

/** Turns of each driver's loop. */
const TURNS = 100
/** Different keys. */
const KEYS = 8
/** Calls of what races alone. */
const CALLS = 20

/** A test function with its comment, and what it imports. */
export interface TestPart {
  readonly imports: readonly string[]
  readonly code: string
}

/** A test file of a package; gofmt has still to align it. */
export function goFile(pkg: PackageFacts, parts: readonly TestPart[]): string {
  const imports = new Set(parts.flatMap((part) => part.imports))
  imports.delete(pkg.path)
  return [`package ${pkg.name}\n`, importDecl([...imports]), ...parts.map(({ code }) => code)].join('\n')
}

/** The test of a scene. */
export function scenePart(scene: Scene, name: string, subject: string): TestPart {
  const body = scene.alone ? alone(scene) : driven(scene)
  const waits = /\btime\./.test(body.join('\n'))
  const imports = [
    ...scene.imports,
    'testing',
    ...(body.some((l) => l.includes('sync.')) ? ['sync'] : []),
    ...(waits ? ['time'] : []),
  ]
  const code = [
    `// ${comment(scene, name, subject)}`,
    `func ${name}(t *testing.T) {`,
    ...scene.setup,
    ...scene.fill.map((call) => `for i := 0; i < ${KEYS}; i++ {\n${call}\n}`),
    ...body,
    '}\n',
  ].join('\n')
  return { imports, code }
}

function comment({ calls, alone }: Scene, name: string, subject: string): string {
  const what =
    calls.length === 1
      ? `calls ${calls[0]}${alone ? ', whose goroutines use' : ' from several goroutines, which use'}`
      : `calls ${calls.join(' and ')} from goroutines, which use`
  return `${name} ${what} ${subject}\n// at the same time. Run it with -race.`
}

function alone({ drivers, background, goesOn }: Scene): string[] {
  const calls = drivers.map((call) => `for i := 0; i < ${CALLS}; i++ {\n${call}\n}`)
  return [...background, ...calls, ...(goesOn ? [`time.Sleep(${TURNS} * time.Millisecond)`] : [])]
}

/** The goroutines share nothing but the start: any lock, channel or atomic between them would order what is to race. */
function driven({ drivers, background, goesOn }: Scene): string[] {
  if (drivers.length === 0) return [...background, `time.Sleep(${TURNS} * time.Millisecond)`]
  const pause = goesOn ? '\ntime.Sleep(time.Millisecond)' : ''
  const loops = drivers.map(
    (call) => `go func() {\ndefer wg.Done()\n<-start\nfor i := 0; i < ${TURNS}; i++ {\n${call}${pause}\n}\n}()`,
  )
  return [
    ...background,
    'start := make(chan struct{})',
    'var wg sync.WaitGroup',
    `for g := 0; g < ${drivers.length === 1 ? 4 : 2}; g++ {`,
    `wg.Add(${drivers.length})`,
    ...loops,
    '}',
    'close(start)',
    'wg.Wait()',
  ]
}

function importDecl(paths: readonly string[]): string {
  const lines = (some: readonly string[]): string =>
    [...some]
      .sort()
      .map((path) => `\t"${path}"\n`)
      .join('')
  const isStd = (path: string): boolean => !path.split('/')[0]?.includes('.')
  const [std, others] = [paths.filter(isStd), paths.filter((path) => !isStd(path))]
  return `import (\n${[lines(std), lines(others)].filter((part) => part !== '').join('\n')})\n`
}
