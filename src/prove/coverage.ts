/** Which of the lines that fixes touched are run by the tests, and by those that were made for them. */
import { dirname, join } from 'node:path'
import { hunks } from '../edit/index.js'
import { runGo } from '../go/run.js'
import type { Overlay } from '../types.js'
import type { Ground } from './ground.js'
import type { Candidate, ProofRequest } from './prove.js'
import type { Reds } from './witness.js'

/** Go lines that can run, and those of them that did. */
export interface Coverage {
  readonly lines: number
  readonly covered: number
}

/**
 * Of the lines that an overlay changes or adds in each candidate's files, by one run of the tests of the packages that they are in; without the race
 * detector, whose view the counters would disturb. Null where these packages have no tests, nor any was made for them.
 */
export async function coverageOf<C extends Candidate>(
  some: readonly C[],
  overlay: Overlay,
  witnesses: Reds,
  ground: Ground,
  request: ProofRequest<C>,
): Promise<ReadonlyMap<C, Coverage>> {
  const made = [...witnesses].flatMap(([{ path, test }, red]) =>
    red.kind === 'red'
      ? [
          [
            path,
            red.attempt.text(
              test,
              red.steps.map((step) => ({ step, test: step.test })),
            ),
          ] as const,
        ]
      : [],
  )
  const folders = new Set(some.flatMap((c) => [...c.folders]))
  const tested = new Set(made.map(([path]) => dirname(path)))
  const packages = ground.packages.filter(({ dir, hasTests }) => folders.has(dir) && (hasTests || tested.has(dir)))
  if (packages.length === 0) return new Map()
  request.progress('looking at which touched lines are tested')
  await ground.show(null)
  const touched = new Map<string, readonly number[]>()
  for (const [path, after] of overlay) {
    if (after === null || !path.endsWith('.go') || path.endsWith('_test.go')) continue
    touched.set(path, changedLines((await ground.copy.text(ground.copy.to(path))) ?? '', after))
  }
  await ground.show(new Map([...overlay, ...made]))
  const profile = join(ground.scratch, 'cover.out')
  const paths = packages.map((p) => p.path)
  await runGo(
    [
      'test',
      '-vet=off',
      '-count=1',
      `-timeout=${request.timeout}`,
      `-coverpkg=${paths.join()}`,
      `-coverprofile=${profile}`,
      ...ground.flags,
      ...paths,
    ],
    ground.options,
  )
  const blocks = parseProfile(
    (await ground.output('cover.out')) ?? '',
    new Map(ground.packages.map((p) => [p.path, p.dir])),
  )
  return new Map(some.map((c) => [c, count(c.files, touched, blocks)]))
}

interface Block {
  readonly first: number
  readonly last: number
  readonly ran: boolean
}

/** Lines (1-based) of the new text that are not in the old one. */
export function changedLines(before: string, after: string): number[] {
  return hunks(before, after, 0).flatMap(({ newStart, lines }) => {
    let at = newStart
    return lines.flatMap((line) => (line.startsWith('+') ? [at++] : []))
  })
}

/** The blocks of a cover profile, by absolute path: "example.com/m/a.go:3.14,5.2 1 1". */
export function parseProfile(
  text: string,
  folders: ReadonlyMap<string, string>,
): ReadonlyMap<string, readonly Block[]> {
  const blocks = new Map<string, Block[]>()
  for (const line of text.split('\n')) {
    const [, pkg = '', name = '', first, last, ran] = /^(.*)\/([^/]+):(\d+)\.\d+,(\d+)\.\d+ \d+ (\d+)$/.exec(line) ?? []
    const folder = folders.get(pkg)
    if (folder === undefined) continue
    const path = join(folder, name)
    const known = blocks.get(path) ?? []
    blocks.set(path, [...known, { first: Number(first), last: Number(last), ran: ran !== '0' }])
  }
  return blocks
}

function count(
  files: readonly string[],
  touched: ReadonlyMap<string, readonly number[]>,
  blocks: ReadonlyMap<string, readonly Block[]>,
): Coverage {
  const lines = files.flatMap((file) =>
    (touched.get(file) ?? []).map((line) =>
      (blocks.get(file) ?? []).filter(({ first, last }) => first <= line && line <= last),
    ),
  )
  const able = lines.filter((around) => around.length > 0)
  return { lines: able.length, covered: able.filter((around) => around.some(({ ran }) => ran)).length }
}
