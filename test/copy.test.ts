import { chmodSync, mkdirSync, readFileSync, readlinkSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from '@jest/globals'
import { copyTrees, removeTree } from '../src/write/copy.js'
import { cleanUp, folder, put, tree } from './support/project.js'

afterAll(cleanUp)

const FILES = {
  'mod/go.mod': 'module m\n',
  'mod/a.go': 'a\n',
  'mod/sub/b.go': 'b\n',
  'lib/l.go': 'l\n',
  'outside/o.txt': 'o\n',
}

test('copies lie among each other as the folders do; git and node_modules stay behind', async () => {
  const dir = folder({ ...FILES, 'mod/.git/config': 'x', 'mod/node_modules/p/p.js': 'x' })
  const temp = folder({})
  const copy = await copyTrees([join(dir, 'mod'), join(dir, 'mod/sub'), join(dir, 'lib'), join(dir, 'none')], temp)
  expect([...tree(temp)].filter(([, text]) => text !== '<folder>')).toEqual([
    ['lib/l.go', 'l\n'],
    ['mod/a.go', 'a\n'],
    ['mod/go.mod', 'module m\n'],
    ['mod/sub/b.go', 'b\n'],
  ])
  expect(copy.to(join(dir, 'mod/a.go'))).toBe(join(temp, 'mod/a.go'))
  expect(copy.from(join(temp, 'lib/l.go'))).toBe(join(dir, 'lib/l.go'))
  expect(copy.to(join(dir, 'outside/o.txt'))).toBe(join(dir, 'outside/o.txt'))
  expect(copy.restore(`${temp}/mod/a.go:1:1: wrong`)).toBe(`${dir}/mod/a.go:1:1: wrong`)
})

test('links lead within the copy where they led within the trees, else to where they led', async () => {
  const dir = folder(FILES)
  symlinkSync('../lib', join(dir, 'mod/relative'))
  symlinkSync(join(dir, 'lib/l.go'), join(dir, 'mod/absolute'))
  symlinkSync('../outside/o.txt', join(dir, 'mod/out'))
  symlinkSync('nowhere', join(dir, 'mod/dangling'))
  const temp = folder({})
  const copy = await copyTrees([join(dir, 'mod'), join(dir, 'lib')], temp)
  const link = (name: string): string => readlinkSync(copy.to(join(dir, 'mod', name)))
  expect(['relative', 'absolute', 'out', 'dangling'].map(link)).toEqual([
    '../lib',
    join(temp, 'lib/l.go'),
    join(dir, 'outside/o.txt'),
    'nowhere',
  ])
})

test('an overlay replaces, adds and deletes; reset takes it and everything that tests did back', async () => {
  const dir = folder(FILES)
  symlinkSync(join(dir, 'outside/o.txt'), join(dir, 'mod/link.go'))
  const before = tree(dir)
  const temp = folder({})
  const copy = await copyTrees([join(dir, 'mod'), join(dir, 'lib')], temp)
  const copied = tree(temp)
  const at = (name: string): string => join(dir, name)
  await copy.put(
    new Map<string, string | null>([
      [at('mod/a.go'), 'A\n'],
      [at('mod/new/n.go'), 'n\n'],
      [at('mod/sub/b.go'), null],
      [at('mod/link.go'), 'mine\n'],
    ]),
  )
  expect(readFileSync(copy.to(at('mod/a.go')), 'utf8')).toBe('A\n')
  writeFileSync(join(temp, 'lib/stray'), 'stray')
  writeFileSync(join(temp, 'lib/l.go'), 'changed by a test\n')
  unlinkSync(join(temp, 'mod/go.mod'))
  await copy.reset()
  expect([...tree(temp)].filter(([name]) => name !== 'mod/new')).toEqual([...copied])
  expect(tree(dir)).toEqual(before)
})

test('absolute paths in go.mod and go.work come to name the copies', async () => {
  const dir = folder(FILES)
  put(dir, { 'mod/go.mod': `module m\n\nreplace l => ${join(dir, 'lib')}\n` })
  const temp = folder({})
  const copy = await copyTrees([join(dir, 'mod'), join(dir, 'lib')], temp)
  await copy.relocate(join(dir, 'mod/go.mod'))
  await copy.reset()
  expect(readFileSync(join(temp, 'mod/go.mod'), 'utf8')).toBe(`module m\n\nreplace l => ${join(temp, 'lib')}\n`)
})

test('removing takes what tests made read-only too', async () => {
  const dir = folder({})
  mkdirSync(join(dir, 'copy/locked'), { recursive: true })
  writeFileSync(join(dir, 'copy/locked/file'), '')
  chmodSync(join(dir, 'copy/locked'), 0o500)
  await removeTree(join(dir, 'copy'))
  expect(tree(dir)).toEqual(new Map())
})
