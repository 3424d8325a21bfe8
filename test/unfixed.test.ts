/** Maps that nothing mends have their races shown all the same. */
import { afterAll, expect, test } from '@jest/globals'
import { cleanUp, folder, report, tree } from './support/project.js'

afterAll(cleanUp)

const STORE = `package m

// Store is safe for concurrent use.
type Store struct {
	items map[string]int
}

func NewStore() *Store { return &Store{items: map[string]int{}} }

func (s *Store) Put(name string, n int) { s.items[name] = n }

func (s *Store) All() map[string]int { return s.items }
`
const UNCALLABLE = `package start

var Names = map[string]int{}

func init() {
	go func() { Names["a"]++ }()
	go func() { Names["b"]++ }()
}
`

test('a refused map that a test can make race is proven to; the test does not stay', async () => {
  const dir = folder({
    'go.mod': 'module example.com/m\n\ngo 1.22\n',
    'm.go': STORE,
    'start/start.go': UNCALLABLE,
  })
  const before = tree(dir)
  const { findings } = await report(dir, ['--transform=rwmutex', '--allow-no-vcs', '--witness=keep'])
  const named = (name: string): unknown => findings.find(({ map }) => map?.name === `example.com/m${name}`)
  expect(named('.Store.items')).toMatchObject({
    confidence: 'proven',
    evidence: [
      { kind: 'witness', at: 'm.go:10' },
      { kind: 'witness', at: 'm.go:10' },
    ],
    fix: { status: 'refused', validation: { race: 'off', witness: 'raced' } },
  })
  expect(named('/start.Names')).toMatchObject({
    confidence: 'likely',
    fix: {
      status: 'refused',
      validation: { witness: 'none: no function that a test can call leads to both accesses' },
    },
  })
  expect(tree(dir)).toEqual(before)
  const off = await report(dir, ['--transform=rwmutex', '--allow-no-vcs', '--witness=off', '.'])
  expect(off.findings[0]).toMatchObject({ confidence: 'likely', fix: { validation: { witness: 'off' } } })
})
