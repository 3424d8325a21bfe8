import { afterAll, expect, test } from '@jest/globals'
import { cleanUp, folder, mapfix, report, repository } from './support/project.js'

afterAll(cleanUp)

const racyStore = (pkg: string): string => `package ${pkg}

type Store struct {
	items map[string]int
	sizes map[string]int
}

func (s *Store) Start() {
	go s.run()
	go s.run()
}

func (s *Store) run() {
	s.items["a"]++
	s.sizes["a"]++
}
`

const dir = folder({
  'go.mod': 'module example.com/m\n\ngo 1.22\n',
  'a/a.go': racyStore('a'),
  'b/deep/b.go': `${racyStore('deep')}\nvar table = map[string]int{"x": 1}\n\nfunc Get(k string) int { return table[k] }\n`,
})

async function names(...argv: string[]): Promise<string[]> {
  const { findings } = await report(dir, ['check', ...argv])
  return findings.map((f) => f.map?.name.replace('example.com/m/', '') ?? '')
}

const ALL = ['a.Store.items', 'a.Store.sizes', 'b/deep.Store.items', 'b/deep.Store.sizes']

test.each<[string, string[], string[]]>([
  ['nothing selects everything that is wrong', [], ALL],
  ['a full name', ['--only=example.com/m/a.Store.items'], ['a.Store.items']],
  ['a unique suffix', ['--only=a.Store.items'], ['a.Store.items']],
  ['a name at its place', ['--only=Store.items@b/deep/b.go:4'], ['b/deep.Store.items']],
  ['several', ['--only=a.Store.items,deep.Store.sizes'], ['a.Store.items', 'b/deep.Store.sizes']],
  ['* crosses no slash', ['--only=example.com/m/*.items'], ['a.Store.items']],
  ['** does', ['--only=example.com/**.items'], ['a.Store.items', 'b/deep.Store.items']],
  ['a glob matches whole names and suffixes', ['--only=*.sizes'], ['a.Store.sizes', 'b/deep.Store.sizes']],
  ['skip', ['--skip=*.sizes', '--only=a.*'], ['a.Store.items']],
  ['rules', ['--rules=unguarded-map'], ALL],
  ['no rules of that name broken', ['--rules=write-under-rlock'], []],
  ['rules left out', ['--no-rules=unguarded-map'], []],
  ['surer ones', ['--min-confidence=proven'], []],
  ['every shared map', ['--select=shared'], ALL],
  ['every map', ['--select=all'], [...ALL, 'b/deep.table']],
])('%s', async (_, argv, want) => {
  expect((await names(...argv)).sort()).toEqual(want)
})

test('what a comment suppresses is counted, and decides nothing; a comment that suppresses nothing is named', async () => {
  const ignored = folder({
    'go.mod': 'module example.com/m\n\ngo 1.22\n',
    'a.go': racyStore('a').replace(/(items|sizes) map.*/g, '$& //mapfix:ignore unguarded-map a reason'),
    'b.go': 'package a\n\n//mapfix:ignore unguarded-map nothing here\n\nvar table map[string]int\n',
  })
  const ran = await mapfix(ignored, ['check'])
  expect(ran).toMatchObject({ code: 0, stdout: expect.stringMatching(/^no findings in .*; 2 suppressed; /) })
  expect(ran.stderr).toBe('mapfix: b.go:3:1: //mapfix:ignore unguarded-map nothing here: it suppresses nothing\n')
  const found = await report(ignored, ['check', '--only=*.items'])
  expect(found.suppressed).toMatchObject([
    {
      rule: 'unguarded-map',
      name: 'example.com/m.Store.items',
      by: { kind: 'comment', at: 'a.go:4:23', reason: 'a reason' },
    },
  ])
  expect(found.unused.map(({ at }) => at)).toEqual(['b.go:3:1'])
  expect(found.summary).toMatchObject({ findings: 0, suppressed: 1 })
  expect((await report(ignored, ['check', '--rules=write-under-rlock'])).unused).toEqual([])
  expect((await report(ignored, ['check', '.', '--only=*.items'])).unused).toEqual([])
})

test('a suppressed finding is not fixed', async () => {
  const source = racyStore('a').replace(/items map.*/, '$& //mapfix:ignore unguarded-map a reason')
  const ignored = await repository({ 'go.mod': 'module example.com/m\n\ngo 1.22\n', 'a.go': source })
  const found = await report(ignored, ['--diff', '--validate=none', '--transform=mutex'])
  expect(found.findings.map(({ map, fix }) => [map?.name, fix?.status])).toEqual([
    ['example.com/m.Store.sizes', 'proposed'],
  ])
})

test('findings that are not sure enough are counted', async () => {
  const { stdout } = await mapfix(dir, ['check', '--min-confidence=proven'])
  expect(stdout).toMatch(/^no findings .*\n4 likely: --min-confidence=likely shows them\n$/)
  expect((await report(dir, ['check', '--min-confidence=proven', '--only=a.*'])).summary.hidden).toEqual({
    likely: 2,
    possible: 0,
  })
})

test('selected maps have that rule and no confidence', async () => {
  const { findings } = await report(dir, ['check', '--select=all', '--only=table'])
  expect(findings).toMatchObject([{ rule: 'selected', confidence: null, racing: [] }])
})

test('a name that several maps have is refused, with their places', async () => {
  const ran = await mapfix(dir, ['check', '--only=Store.items'])
  expect(ran).toMatchObject({ code: 2, stdout: '' })
  expect(ran.stderr).toMatch(/could be any of\n.*a\.Store\.items@a\/a\.go:4:2\n.*deep\.Store\.items@b\/deep\/b\.go:4:2/)
})

test('a name that no map has is refused, with the nearest', async () => {
  expect(await mapfix(dir, ['check', '--only=Store.itmes'])).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/no map .* is called Store\.itmes; did you mean .*Store\.items\?/),
  })
})
