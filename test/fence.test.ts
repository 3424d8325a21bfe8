import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from '@jest/globals'
import { cleanUp, mapfix, repository } from './support/project.js'

afterAll(cleanUp)

const STORE = `package m

// Store is safe for concurrent use.
type Store struct {
	// items by name
	items map[string]int
}

func (s *Store) Put(name string, n int) { s.items[name] = n }

func (s *Store) Get(name string) int { return s.items[name] }
`
const FLAGS = ['--transform=rwmutex', '--style=inline', '--annotate=checklocks', '--validate=none']

test('--annotate=checklocks names the lock above the field, once', async () => {
  const dir = await repository({ 'go.mod': 'module example.com/m\n\ngo 1.22\n', 'm.go': STORE })
  expect(await mapfix(dir, FLAGS)).toMatchObject({ code: 0 })
  const fixed = readFileSync(join(dir, 'm.go'), 'utf8')
  expect(fixed).toContain('\t// items by name\n\t// +checklocks:mu\n\titems map[string]int\n')
  expect((await mapfix(dir, ['--allow-dirty', '--select=all', ...FLAGS])).stdout).not.toContain('+checklocks')
  expect(readFileSync(join(dir, 'm.go'), 'utf8')).toBe(fixed)
})

test('a package variable gets none: the lock is not a field beside it', async () => {
  const text = 'package m\n\nvar hits = map[string]int{}\n\nfunc Hit(name string) { hits[name]++ }\n'
  const dir = await repository({ 'go.mod': 'module example.com/m\n\ngo 1.22\n', 'm.go': text })
  const { stdout } = await mapfix(dir, ['--select=all', ...FLAGS])
  expect(stdout).toContain('no +checklocks for hits')
  expect(readFileSync(join(dir, 'm.go'), 'utf8')).not.toContain('// +checklocks')
})

test('another analyzer is refused', async () => {
  expect(await mapfix('.', ['--annotate=lockcheck'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--annotate cannot be lockcheck'),
  })
})
