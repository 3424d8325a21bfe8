import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

const GROUND = ['facts', 'types', 'errors', 'nearest', 'duration', 'quantity']
const RUN = [
  'judgement',
  'dependencies',
  'select',
  'narrow',
  'merge',
  'outcome',
  'patches',
  'driver',
  'observations',
  'platforms',
  'witnesses',
  'candidates',
  'certificates',
  'verification',
  'workbench',
  'fix',
]

/** From the bottom up: a part may import those below it, and within its own line only itself. */
const LAYERS: readonly (readonly string[])[] = [
  GROUND,
  ['go', 'syntax', 'edit', 'evidence'],
  ['write', 'analysis'],
  ['fusion'],
  ['plan', 'prove', 'report', 'witness', 'collect'],
  ['transforms', 'config'],
  RUN,
  ['review', 'lsp'],
  ['batch'],
  ['commands'],
  ['cli', 'index'],
]
/** One story told in several files, which may import each other. */
const TOGETHER = new Set([...GROUND, ...RUN])

/** "analysis" for src/analysis/x.ts, "cli" for src/cli.ts, "transforms" for transforms/x.ts. */
function part(path: string): string {
  const [top = '', next = ''] = relative(root, path).split('/')
  return top === 'src' ? next.replace(/\.ts$/, '') : top
}

function sources(): string[] {
  const below = (dir: string): string[] =>
    readdirSync(join(root, dir), { recursive: true, encoding: 'utf8' }).map((name) => join(root, dir, name))
  return [...below('src'), ...below('transforms')].filter((path) => path.endsWith('.ts'))
}

function imports(path: string): string[] {
  const text = readFileSync(path, 'utf8')
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1] ?? '')
}

test('imports point down', () => {
  const level = (name: string): number => LAYERS.findIndex((layer) => layer.includes(name))
  const wrong = sources().flatMap((path) =>
    imports(path)
      .filter((name) => name.startsWith('.'))
      .map((name) => part(resolve(dirname(path), name.replace(/\.js$/, '.ts'))))
      .filter((to) => {
        const from = part(path)
        if (level(from) < 0 || level(to) < 0) return true
        return (
          to !== from &&
          (level(to) > level(from) || (level(to) === level(from) && !(TOGETHER.has(from) && TOGETHER.has(to))))
        )
      })
      .map((to) => `${relative(root, path)} imports ${to}`),
  )
  expect(wrong).toEqual([])
})

test('what touches the world is imported in one place', () => {
  const users = (module: RegExp): string[] =>
    sources()
      .filter((path) => imports(path).some((name) => module.test(name)))
      .map((path) => relative(root, path))
      .sort()
  expect(users(/^(node:)?child_process$/)).toEqual([])
  expect(users(/^execa$/)).toEqual(['src/go/run.ts'])
  expect(users(/^magic-string$/)).toEqual(['src/edit/apply.ts'])
  expect(users(/^(node:)?process$/).filter((path) => !path.startsWith('src/go/'))).toEqual(['src/cli.ts'])
  expect(users(/^(node:)?fs(\/promises)?$/).filter((path) => !/^src\/(write|go)\//.test(path))).toEqual([])
})
