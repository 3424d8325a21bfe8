/** What real Go said of test/evidence/racy (scripts/evidence-fixtures.mjs records it), brought back to the map. */
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type Found, find, type Request } from '../src/driver.js'
import { gatherer } from '../src/evidence/incidents.js'
import { linesIn } from '../src/evidence/lines.js'
import { chargeProfile } from '../src/evidence/profiles.js'
import { recogniseIn } from '../src/evidence/recognise.js'
import { fuse } from '../src/fusion/fuse.js'
import { type Evidence, type Material, weigh } from '../src/observations.js'
import type { Finding } from '../src/types.js'
import { cleanUp, folder, git, mapfix, put, report, repository } from './support/project.js'

const recorded = fileURLToPath(new URL('evidence/recorded/', import.meta.url))
const MAP = 'example.com/racy/store.Store.items'

let dir = ''
let found: Found
let request: Request

beforeAll(async () => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'mapfix-recorded-')))
  cpSync(fileURLToPath(new URL('evidence/racy/', import.meta.url)), dir, { recursive: true })
  request = {
    cwd: dir,
    env: process.env,
    patterns: ['./...'],
    tags: '',
    platforms: [],
    spawners: [],
    jobs: 0,
    evidence: null,
    selection: { only: [], skip: [], rules: [], noRules: [], select: 'findings', minConfidence: 'likely' },
    known: null,
    newFrom: '',
    signal: new AbortController().signal,
    progress: () => undefined,
    tempFolder: async (name) => mkdtempSync(join(dir, `.${name}-`)),
  }
  found = await find(request)
})

afterAll(() => {
  rmSync(dir, { recursive: true, force: true })
  cleanUp()
})

async function weighed(text: string): Promise<Evidence> {
  const all = gatherer()
  for (const seen of recogniseIn(linesIn(text))) all.see(seen, 'log')
  return weighGathered({ ...all.done(), profiles: [] })
}

async function weighGathered(gathered: Material): Promise<Evidence> {
  const program = { ...found, source: found.sources.text }
  return weigh({ paths: [], only: true, rev: '', label: '' }, gathered, program, request)
}

/** The maps, and of each what was seen: "crash assign@16", the inferred side behind "?". */
function seen({ maps }: Evidence): Record<string, string[]> {
  const line = (at: { file: string; start: number; end: number }): number => found.positions.lines(at).first
  return Object.fromEntries(
    maps.map(({ map, observations }) => [
      map.name,
      observations.map(({ incident, parties, inferred }) =>
        [
          incident.kind,
          ...parties.map(({ access }) => (access ? `${access.op}@${line(access.range)}` : '-')).sort(),
          ...inferred.slice(0, 1).map(({ access }) => `?${access.op}@${line(access.range)}`),
        ].join(' '),
      ),
    ]),
  )
}

describe.each(readdirSync(recorded))('%s', (version) => {
  const text = (name: string): string => readFileSync(join(recorded, version, name), 'utf8')

  test.each([
    ['writes', 'crash assign@16 ?assign@16'],
    ['read', 'crash lookup@21 ?assign@16'],
    ['iteration', 'crash range@26 ?assign@16'],
  ])('a crash: %s', async (how, what) => {
    const evidence = await weighed(text(`${how}.txt`))
    expect(seen(evidence)).toEqual({ [MAP]: [what] })
    expect(evidence.unplaced).toEqual([])
  })

  test('race reports: every pair, once', async () => {
    const evidence = await weighed(text('race.txt').repeat(2))
    const pairs = new Set(seen(evidence)[MAP])
    expect([...pairs].sort()).toEqual([
      'race assign@16 delete@34',
      'race assign@16 lookup@21',
      'race assign@16 range@26',
    ])
    expect(Object.keys(seen(evidence))).toEqual([MAP])
    expect(evidence.unplaced).toEqual([])
    expect(evidence.maps[0]?.observations.every(({ incident }) => incident.count % 2 === 0)).toBe(true)
  })

  const profiled = existsSync(join(recorded, version, 'race.jsonl'))
  if (profiled) {
    test('go test -json names the test', async () => {
      const evidence = await weighed(text('race.jsonl'))
      expect(evidence.maps[0]?.observations.map(({ incident }) => incident.test)).toContain('TestPutGet')
      expect(Object.keys(seen(evidence))).toEqual([MAP])
    })

    test('-trimpath, GOTRACEBACK=single, behind a prefix', async () => {
      const prefixed = text('trimmed.txt').replace(/^/gm, 'api-1  | ')
      expect(seen(await weighed(prefixed))).toEqual({ [MAP]: ['crash assign@16 ?assign@16'] })
    })
  }
})

describe('frames', () => {
  const RACE = (frames: readonly string[]): string =>
    [
      'WARNING: DATA RACE',
      ...frames.flatMap((f) => ['', `Write at 0x1 by goroutine ${f.length}:`, f]),
      '==================',
      '',
    ].join('\n')
  const frame = (func: string, file: string, line: number): string =>
    `  runtime.mapassign_faststr()\n      /go/src/runtime/map_faststr.go:1 +0x0\n  ${func}()\n      ${file}:${line} +0x1`

  test.each([
    ['a container', 'example.com/racy/store.(*Store).Put', '/app/src/store/store.go', 16],
    [
      'a vendored copy',
      'example.com/other/vendor/example.com/racy/store.(*Store).Put',
      '/x/vendor/example.com/racy/store/store.go',
      16,
    ],
    [
      'the module cache',
      'example.com/racy/store.(*Store).Put',
      '/go/pkg/mod/example.com/racy@v1.2.3/store/store.go',
      16,
    ],
    ['Windows', 'example.com/racy/store.(*Store).Put', 'C:/build/store/store.go', 16],
  ])('from %s', async (_, func, file, line) => {
    const evidence = await weighed(RACE([frame(func, file, line), frame(func, file, line)]))
    expect(Object.keys(seen(evidence))).toEqual([MAP])
  })

  test.each([
    [
      'another line',
      frame('example.com/racy/store.(*Store).Put', '/x/store/store.go', 17),
      'no map is used at line 17',
    ],
    [
      'a reading line',
      frame('example.com/racy/store.(*Store).Get', '/x/store/store.go', 21),
      'no map is written at line 21',
    ],
    [
      'another function',
      frame('example.com/racy/store.(*Store).Set', '/x/store/store.go', 16),
      'line 16 is in (*Store).Put now: --evidence-rev says what was built',
    ],
    [
      'another file',
      frame('example.com/racy/store.(*Store).Put', '/x/store/old.go', 16),
      'package example.com/racy/store has no file old.go now',
    ],
    [
      'another program',
      frame('example.com/other.(*Store).Put', '/x/store/store.go', 16),
      'no frame of it is in these packages',
    ],
  ])('not placed, with the reason: %s', async (_, text, why) => {
    const evidence = await weighed(RACE([text, text]))
    expect(seen(evidence)).toEqual({})
    expect(evidence.unplaced.map((one) => one.why)).toEqual([why])
  })
})

describe('profiles', () => {
  const CONTENDED = 'example.com/racy/store.Locked.counts'

  test.each(['go1.21.13', 'go1.26.8'])(
    'of %s: who writes, by label; who waits; what grows; what was traced',
    async (version) => {
      const at = join(recorded, version, 'profiles')
      const { evidence } = await report(dir, ['check', `--evidence=${at}`, '--by-label=tenant'])
      expect(evidence?.notes).toEqual([])
      expect(evidence?.profiles.map(({ file, kind }) => [file.split('/').at(-1), kind])).toEqual([
        ['allocs.pb.gz', 'allocs'],
        ['block.pb.gz', 'contention'],
        ['cpu.pb.gz', 'cpu'],
        ['goroutine.pb.gz', 'goroutine'],
        ['heap.pb.gz', 'heap'],
        ['mutex.pb.gz', 'contention'],
        ['trace.out', 'contention'],
      ])
      const of = (name: string) => evidence?.maps.find((map) => map.name === name)
      const [counts, items] = [of(CONTENDED), of(MAP)]
      expect(counts?.writes).toBeGreaterThan(0)
      expect(counts?.labels.map(({ value }) => value).sort()).toEqual(['tenant0', 'tenant1'])
      expect(counts?.waited).toBeGreaterThan(0.1)
      expect(counts?.waitedShare).toBeGreaterThan(0.5)
      expect(items?.waited).toBe(0)
      expect(items?.bytes[0]).toBeGreaterThan(4e6)
      // One goroutine that writes is no race.
      expect(evidence?.maps.flatMap(({ together }) => together)).toEqual([])
    },
  )

  test('empty ones say that the program did not ask for them', async () => {
    const { evidence } = await report(dir, ['check', `--evidence=${join(recorded, 'go1.26.8', 'off')}`])
    expect(evidence?.notes).toEqual([
      expect.stringMatching(/block\.pb\.gz is empty: the program does not call runtime\.SetMutexProfileFraction/),
      expect.stringMatching(/mutex\.pb\.gz is empty/),
    ])
  })

  test('a map that takes more in each heap profile, and never gives back', async () => {
    const heaps = ['profiles', 'off'].map((how) => readFileSync(join(recorded, 'go1.26.8', how, 'heap.pb.gz')))
    const charged = heaps.map((bytes) => chargeProfile(bytes))
    const grown = charged.map((profile, i) => ({
      ...profile,
      charges: profile.charges.map((c) => ({ ...c, values: c.values.map((n) => n * (i + 1)) })),
      file: `heap${i}`,
      traced: false,
    }))
    const evidence = await weighGathered({ ...gatherer().done(), profiles: grown })
    const items = evidence.maps.find(({ map }) => map.name === MAP)
    expect(items?.measured?.bytes).toHaveLength(2)
    // Drop deletes from it.
    const unbounded = (all: readonly Finding[]): readonly Finding[] =>
      all.filter(({ rule }) => rule === 'unbounded-map')
    expect(unbounded(evidence.findings)).toEqual([])
    if (items === undefined) throw new Error('no such map')
    const kept = { ...items, map: { ...items.map, accesses: items.map.accesses.filter(({ op }) => op !== 'delete') } }
    const judged = { findings: [], suppressed: [], whySafe: () => '' }
    const [finding] = unbounded(fuse(judged, { maps: [kept] }).findings)
    expect(finding?.message).toMatch(
      /^\d+\.\d MB in use come from putting entries into items, \d+\.\d MB in the first of 2 heap profiles/,
    )
  })

  test('what is damaged is refused, with the byte', async () => {
    const bytes = gunzipSync(readFileSync(join(recorded, 'go1.26.8', 'off', 'cpu.pb.gz')))
    expect(() => chargeProfile(bytes.subarray(0, bytes.length - 3))).toThrow(/no profile from byte \d+ on/)
    const at = folder(SAFE)
    writeFileSync(join(at, 'cpu.pb.gz'), Buffer.from('1f8b67617262616765', 'hex'))
    const ran = await mapfix(at, ['check', '--evidence=cpu.pb.gz'])
    expect(ran).toMatchObject({ code: 2, stdout: '' })
    expect(ran.stderr).toMatch(/--evidence: cpu\.pb\.gz cannot be read: it cannot be unpacked/)
  })
})

test('a log may be packed; a damaged one is refused', async () => {
  const at = folder({})
  const log = readFileSync(join(recorded, 'go1.26.8', 'writes.txt'))
  const packed = gzipSync(log)
  writeFileSync(join(at, 'old.log'), log)
  writeFileSync(join(at, 'old.log.gz'), packed)
  writeFileSync(join(at, 'cut.log.gz'), packed.subarray(0, packed.length / 2))
  const told = async (name: string): Promise<string> =>
    (await mapfix(dir, ['check', `--evidence=${join(at, name)}`, '--format=markdown'])).stdout
  expect(await told('old.log')).toContain('example.com/racy/store.Store.items')
  expect((await told('old.log.gz')).replaceAll('.gz', '')).toBe(await told('old.log'))
  const cut = await mapfix(dir, ['check', `--evidence=${join(at, 'cut.log.gz')}`])
  expect(cut).toMatchObject({ code: 2, stdout: '' })
  expect(cut.stderr).toMatch(/--evidence: .*cut\.log\.gz cannot be unpacked: /)
})

test('several goroutines at one write, in one dump, are a suspected race: shown, not proven', async () => {
  const one = (id: number): string =>
    `goroutine ${id} [runnable]:\nexample.com/racy/store.(*Store).Put(...)\n\t/home/ci/store/store.go:16\n\n`
  const evidence = await weighed(one(7) + one(8))
  expect(evidence.maps[0]?.measured?.together).toMatchObject([{ goroutines: 2 }])
  expect(evidence.findings.map(({ confidence }) => confidence)).not.toContain('proven')
  expect((await weighed(one(7) + one(8).replace('runnable', 'select'))).maps).toEqual([])
})

test('markdown for a post-mortem, csv for a table', async () => {
  const log = join(recorded, 'go1.26.8', 'writes.txt')
  const markdown = await mapfix(dir, ['check', `--evidence=${log}`, '--format=markdown'])
  expect(markdown.stdout).toMatch(
    /^## `example\.com\/racy\/store\.Store\.items`\n\nDeclared at `store\/store\.go:6:2`\.\n\n- crashed once\n/m,
  )
  const csv = await mapfix(dir, ['check', `--evidence=${log}`, '--format=csv'])
  expect(csv.stdout.split('\r\n')[1]).toMatch(
    /^example\.com\/racy\/store\.Store\.items,store\/store\.go:6:2,crash,assign,1,,,example\.com\/racy\/store\.\(\*Store\)\.Put store\/store\.go:16 < /,
  )
})

const SAFE = {
  'go.mod': 'module example.com/safe\n\ngo 1.22\n',
  'safe.go': `package safe

import "sync"

type Store struct {
	mu    sync.Mutex
	items map[string]int
	other map[string]int
}

func (s *Store) Put(k string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.items[k], s.other[k] = 1, len(s.other)
}
`,
}
const CRASH = `fatal error: concurrent map writes

goroutine 6 [running]:
example.com/safe.(*Store).Put(...)
	/home/ci/safe/safe.go:LINE
created by main.main in goroutine 1
	/home/ci/main.go:18 +0x26
`

test('where the analysis finds nothing, both sides are shown, and the finding is proven', async () => {
  const files = {
    ...SAFE,
    'safe.go': SAFE['safe.go'].replace('s.items[k], s.other[k] = 1, len(s.other)', 's.items[k] = 1'),
  }
  const at = folder({ ...files, 'crash.log': CRASH.replace('LINE', '14') })
  const { findings, evidence } = await report(at, ['check', '--evidence=crash.log'])
  expect(findings.map(({ rule, confidence, map }) => [rule, confidence, map?.name])).toEqual([
    ['inconsistent-guard', 'proven', 'example.com/safe.Store.items'],
  ])
  expect(findings[0]?.message).toMatch(
    /^the program was ended at items, and the analysis finds nothing there \(.+\): one of the two is wrong$/,
  )
  expect(findings[0]?.evidence).toEqual([
    expect.objectContaining({ kind: 'crash', at: 'safe.go:14:2', from: 'crash.log:36', count: 1 }),
    expect.objectContaining({ kind: 'crash', at: 'safe.go:14:2', inferred: true }),
  ])
  expect(evidence?.maps).toMatchObject([{ name: 'example.com/safe.Store.items', crashes: 1, contradicts: true }])
})

test('two maps on a line that do the same are not told apart', async () => {
  const at = folder({ ...SAFE, 'crash.log': CRASH.replace('LINE', '14') })
  const { findings, evidence } = await report(at, ['check', '--evidence=crash.log', '--only-evidence'])
  expect(findings).toEqual([])
  expect(evidence?.unplaced).toMatchObject([
    { why: 'it could be about example.com/safe.Store.items or example.com/safe.Store.other' },
  ])
})

test('lines that moved are followed from the commit that was built; those that changed are not guessed', async () => {
  const before = SAFE['safe.go'].replace('s.items[k], s.other[k] = 1, len(s.other)', 's.items[k] = 1')
  const at = await repository({ ...SAFE, 'safe.go': before })
  const rev = (await git(at, 'rev-parse', 'HEAD')).trim()
  put(at, { 'safe.go': before.replace('type Store', '// Store is safe.\n//\n// It says so.\ntype Store') })
  await git(at, 'commit', '-qam', 'words')
  put(at, { 'crash.log': `build\tvcs.revision=${rev}\n${CRASH.replace('LINE', '14')}` })
  const placed = await report(at, ['check', '--evidence=crash.log'])
  expect(placed.findings[0]?.evidence[0]?.at).toBe('safe.go:17:2')
  const named = await report(at, ['check', '--evidence=crash.log', '--evidence-rev=HEAD'])
  expect(named.evidence?.unplaced[0]?.why).toBe('no map is used at line 14')
  put(at, { 'safe.go': before.replace('= 1', '= 2') })
  const changed = await report(at, ['check', '--evidence=crash.log', `--evidence-rev=${rev}`])
  expect(changed.evidence?.unplaced[0]?.why).toBe('line 14 of safe.go was changed since')
})

test('under the race detector an update reads first; a literal of an inlined function stands where that is', async () => {
  const hits = `package hits

import "net/http"

var hits = map[string]int{}

func Count(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hits[r.URL.Path]++
		next.ServeHTTP(w, r)
	})
}
`
  const side = (runtime: string): string =>
    `  runtime.${runtime}()\n      /go/src/internal/runtime/maps/runtime_faststr.go:101 +0x0\n` +
    '  example.com/hits_test.TestCount.Count.func2()\n      /home/ci/hits/hits.go:9 +0xa5\n'
  const race = `WARNING: DATA RACE\nRead at 0x1 by goroutine 8:\n${side('mapaccess1_faststr')}\nPrevious write at 0x1 by goroutine 9:\n${side('mapassign_faststr')}\n`
  const at = folder({
    'go.mod': 'module example.com/hits\n\ngo 1.22\n',
    'hits.go': hits,
    'hits_test.go': 'package hits_test\n\nimport "testing"\n\nfunc TestCount(t *testing.T) {}\n',
    'race.log': race,
    'other.log': race.replaceAll('.Count.func2', '.Sum.func2'),
  })
  const { findings, evidence } = await report(at, ['check', '--evidence=race.log', '--only-evidence'])
  expect(findings.map(({ map, confidence }) => [map?.name, confidence])).toEqual([['example.com/hits.hits', 'proven']])
  expect(findings[0]?.evidence.map((one) => one.at)).toEqual(['hits.go:9:3', 'hits.go:9:3'])
  expect(evidence?.unplaced).toEqual([])
  const other = await report(at, ['check', '--evidence=other.log', '--only-evidence'])
  expect(other.evidence?.unplaced[0]?.why).toBe('package example.com/hits_test has no file hits.go now')
})
