/**
 * Race reports on maps that were quoted in public issues, each in the form in which it stands there: the functions, files and lines of
 * evidence/public.json are what those issues say, the reports are printed from them here.
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import { z } from 'zod'
import { linesIn, parseRaceReports, type RaceReport } from '../src/evidence/index.js'

const Frames = z.array(z.tuple([z.string(), z.string(), z.number()]))
const Access = z.strictObject({
  kind: z.enum(['read', 'write']),
  goroutine: z.string(),
  stack: Frames,
  created: Frames,
})
const Layout = z.strictObject({
  /** Before every line. */
  prefix: z.string().default(''),
  indent: z.string().default(''),
  /** Lines are as long, with spaces. */
  padded: z.number().default(0),
  /** Where somebody cut something out. */
  elided: z.string().default(''),
  /** Of Go before 1.6, which did not say where in memory. */
  noAddress: z.boolean().default(false),
  /** No empty lines. */
  tight: z.boolean().default(false),
  /** Paths begin with import paths, or are cut at their front. */
  trimmed: z.boolean().default(false),
  /** Between lines of "=". */
  rules: z.boolean().default(true),
  /** The end is missing. */
  open: z.boolean().default(false),
})
const Issues = z.array(z.strictObject({ issue: z.string(), layout: Layout, reports: z.array(z.array(Access)) }))

const path = fileURLToPath(new URL('evidence/public.json', import.meta.url))
const issues = Issues.parse(JSON.parse(readFileSync(path, 'utf8')))

test.each(issues.map((one) => [one.issue, one] as const))('%s', async (_, { layout, reports }) => {
  const log = reports.map((accesses) => printed(accesses, layout)).join('')
  const found: RaceReport[] = []
  for await (const report of parseRaceReports(linesIn(log))) found.push(report)
  const stack = (frames: readonly { func: string; file: string; line: number }[]) =>
    frames.map(({ func, file, line }) => [func, file, line])
  expect(
    found.map(({ accesses }) =>
      accesses.map(({ kind, goroutine, ...of }) => ({
        kind,
        goroutine,
        stack: stack(of.stack),
        created: stack(of.created),
      })),
    ),
  ).toEqual(
    reports.map((accesses) =>
      accesses.map((access) => ({
        ...access,
        stack: access.stack.map(([func, file, line]) => [func, placed(file, layout), line]),
        created: access.created.map(([func, file, line]) => [func, placed(file, layout), line]),
      })),
    ),
  )
})

type Shape = z.infer<typeof Layout>

/** As the race detector prints it. */
function printed(accesses: readonly z.infer<typeof Access>[], layout: Shape): string {
  const frames = (stack: z.infer<typeof Frames>): string[] =>
    stack.length === 0
      ? ['  [failed to restore the stack]']
      : stack.flatMap(([func, file, line]) => [`  ${func}()`, `      ${placed(file, layout)}:${line} +0x1a`])
  const gap = [...(layout.tight ? [] : ['']), ...(layout.elided === '' ? [] : [layout.elided, ''])]
  const lines = [
    ...(layout.rules ? ['=================='] : []),
    'WARNING: DATA RACE',
    ...accesses.flatMap(({ kind, goroutine, stack }, i) => [
      `${title(kind, i)}${layout.noAddress ? '' : ' at 0x00c00021c780'} by goroutine ${goroutine}:`,
      ...frames(stack),
      ...gap,
    ]),
    ...accesses.flatMap(({ goroutine, created }) =>
      created.length === 0 ? [] : [`Goroutine ${goroutine} (running) created at:`, ...frames(created), ...gap],
    ),
    ...(layout.rules && !layout.open ? ['=================='] : []),
  ]
  return lines.map((line) => `${`${layout.prefix}${layout.indent}${line}`.padEnd(layout.padded)}\n`).join('')
}

function title(kind: 'read' | 'write', i: number): string {
  return i === 0 ? `${kind === 'read' ? 'Read' : 'Write'}` : `Previous ${kind}`
}

function placed(file: string, { trimmed }: Shape): string {
  if (trimmed || file.startsWith('<')) return file
  return file.startsWith('github.com/') ? `/home/ci/go/src/${file}` : `/usr/local/go/src/${file}`
}
