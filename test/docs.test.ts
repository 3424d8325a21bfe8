import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from '@jest/globals'
import { readBatchFlags } from '../src/commands/batch-flags.js'
import { readFlags } from '../src/commands/flags.js'
import { STANDALONE } from '../src/commands/standalone.js'
import { mapfix } from './support/project.js'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  'ARCHITECTURE.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
]

function read(page: string): string {
  return readFileSync(join(root, page), 'utf8')
}

/** Commands in code, as their arguments. */
function commands(text: string): string[][] {
  const lines = [...text.matchAll(/^(?: {4}|- run: | +- run: |\$ )?(?:npx --yes )?mapfix( [^\n]*)?$/gm)]
  return lines.flatMap(([, rest = '']) => {
    const [command = ''] = rest.split(/ +(?:#|\||;)/)
    const words = [...command.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)].map(([word]) => word.replace(/['"]/g, ''))
    return command.includes('…') ? [] : [words]
  })
}

describe.each(PAGES)('%s', (page) => {
  const text = read(page)

  test('its links lead to files', () => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, to = '']) => to)
    const schemas = [...text.matchAll(/`(schema\/[\w.]+\.json)`/g)].map(([, file = '']) => file)
    expect(links.filter((to) => !existsSync(join(root, dirname(page), to)))).toEqual([])
    expect(schemas.filter((file) => !existsSync(join(root, file)))).toEqual([])
  })

  test('its commands are commands', async () => {
    for (const argv of commands(text)) {
      const [name = '', ...rest] = argv
      if (name === 'batch') readBatchFlags(rest)
      else if (STANDALONE.has(name)) {
        const { stdout } = await mapfix(root, [name, '--help'])
        for (const flag of rest.slice(0, rest.includes('--') ? rest.indexOf('--') : rest.length))
          if (flag.startsWith('--')) expect(stdout).toContain(flag.split('=')[0])
      } else expect(readFlags(argv).command).toMatch(/^(fix|check|explain|init)$/)
    }
  })
})

test('a command with a flag that there is not is noticed', () => {
  const [argv = []] = commands('    mapfix --difff ./... # no such flag\n')
  expect(() => readFlags(argv)).toThrow("unknown option '--difff'")
  expect(commands("$ mapfix --only=a.b --exec='x y' | less\nmapfix finds maps: …\n")).toEqual([
    ['--only=a.b', '--exec=x y'],
  ])
})

test.each([...STANDALONE.keys()].filter((name) => name !== 'batch-unit'))(
  '%s --help says what it does',
  async (name) => {
    const { code, stdout, stderr } = await mapfix(root, [name, '--help'])
    expect([code, stdout.split('\n')[0], stderr]).toEqual([0, expect.stringContaining(`mapfix ${name}`), ''])
    expect(await mapfix(root, [name, '-h'])).toMatchObject({ code: 0, stdout })
  },
)

test('the README leads to every page of docs/', () => {
  const readme = read('README.md')
  const linked = PAGES.filter((page) => page.startsWith('docs/') && page !== 'docs/review-run.md')
  expect(linked.filter((page) => !readme.includes(`(${page})`))).toEqual([])
  expect(linked.length).toBeGreaterThan(5)
})
