import { describe, expect, test } from '@jest/globals'
import {
  goroutinesIn,
  linesIn,
  linesOf,
  parseGoroutineDump,
  parseRaceReports,
  type RaceReport,
} from '../src/evidence/index.js'
import { LONGEST, printable } from '../src/evidence/lines.js'
import { mapOp } from '../src/evidence/mapops.js'

const RACE = `==================
WARNING: DATA RACE
Write at 0x00c00007a450 by goroutine 8:
  runtime.mapassign_faststr()
      /usr/local/go/src/runtime/map_faststr.go:203 +0x0
  example.com/m/store.(*Store[...]).Put()
      /home/ci/m y/store/store.go:16 +0x48

Previous read at 0x00c00007a450 by main goroutine:
  runtime.mapaccess1_faststr()
      /usr/local/go/src/runtime/map_faststr.go:13 +0x0
  main.main.func1()
      /home/ci/m y/main.go:21 +0x48

Goroutine 8 (running) created at:
  main.main()
      /home/ci/m y/main.go:25 +0x1e4
==================
`

async function races(text: string): Promise<readonly RaceReport[]> {
  return all(parseRaceReports(linesIn(text)))
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}

/** A report's accesses, in short. */
function short({ accesses }: RaceReport): string[] {
  return accesses.map(
    ({ kind, goroutine, stack }) =>
      `${kind} by ${goroutine}: ${stack.map(({ func, line }) => `${func}:${line}`).join(' < ')}`,
  )
}

const SHORT = [
  'write by 8: runtime.mapassign_faststr:203 < example.com/m/store.(*Store[...]).Put:16',
  'read by main: runtime.mapaccess1_faststr:13 < main.main.func1:21',
]

describe('race reports', () => {
  test('plain: accesses, goroutines, where they were started', async () => {
    const [report, ...more] = await races(`serving\n${RACE}bye\n`)
    expect(more).toEqual([])
    expect(report && short(report)).toEqual(SHORT)
    expect(report).toMatchObject({ at: 27, truncated: false, global: '', test: '' })
    expect(report?.accesses[0]?.created).toEqual([{ func: 'main.main', file: '/home/ci/m y/main.go', line: 25 }])
  })

  const wrapped: [string, (line: string, i: number) => string][] = [
    ['docker compose', (line) => `web-1  | ${line}`.trimEnd()],
    ['kubectl with timestamps', (line, i) => `2026-03-01T10:00:0${i % 10}.12345${i}Z ${line}`],
    ['the container runtime', (line, i) => `2026-03-01T10:00:00.${i}Z stderr F ${line}`],
    ['syslog', (line, i) => `Mar  1 10:00:0${i % 10} host app[123]: ${line}`],
    [
      'Docker’s JSON',
      (line, i) => JSON.stringify({ log: `${line}\n`, stream: 'stderr', time: `2026-03-01T10:00:0${i % 10}Z` }),
    ],
    [
      'go test -json',
      (line) => JSON.stringify({ Action: 'output', Package: 'example.com/m', Test: 'TestPut', Output: `${line}\n` }),
    ],
    [
      'JSON in pieces',
      (line) => [line.slice(0, 9), `${line.slice(9)}\n`].map((log) => JSON.stringify({ log })).join('\n'),
    ],
    ['a structured logger', (msg) => JSON.stringify({ level: 'error', msg })],
    ['logs between the lines', (line, i) => `${line}\n2026/03/01 10:00:00 GET /${i} 200 in 3ms`],
    ['CRLF', (line) => `${line}\r`],
    ['collectors that trim', (line) => line.trim().replace('m y', 'm')],
  ]
  test.each(wrapped)('%s', async (_, wrap) => {
    const text = RACE.split('\n').slice(0, -1).map(wrap).join('\n')
    const found = await races(`${text}\n`)
    expect(found.map(short)).toEqual([SHORT])
  })

  test('two containers, mixed line by line', async () => {
    const lines = RACE.split('\n').slice(0, -1)
    const text = lines
      .flatMap((line) => [`a-1 | ${line}`, `b-1 | ${line.replace('goroutine 8', 'goroutine 9')}`])
      .join('\n')
    expect((await races(text)).map((r) => short(r)[0]?.slice(0, 10))).toEqual(['write by 8', 'write by 9'])
  })

  test('cut off, without stacks, on a package variable; an atomic access', async () => {
    const [report] = await races(`WARNING: DATA RACE
Atomic read at 0x1 by goroutine 8:
  [failed to restore the stack]

Global var example.com/m.seen of size 8 at 0x1 declared at /m.go:3

Previous write at 0x00c0 by goroutine 9:
  example.com/m.f()
`)
    expect(report).toMatchObject({ truncated: true, global: 'example.com/m.seen' })
    expect(report?.accesses.map(({ kind, atomic, stack }) => [kind, atomic, stack])).toEqual([
      ['read', true, []],
      ['write', false, []],
    ])
  })

  test('words about races are no reports', async () => {
    expect(await races('testing.go:1: WARNING: DATA RACE\n==================\nfound 1 data race(s)\n')).toEqual([])
  })
})

describe('goroutine dumps', () => {
  const DUMP = `fatal error: concurrent map writes

goroutine 6 gp=0xc000 m=3 mp=0xc001 [running]:
internal/runtime/maps.fatal({0x47, 0x1})
	/go/src/runtime/panic.go:1058 +0x18 fp=0xc000038728 sp=0xc0000386f8 pc=0x42e8
example.com/m/store.(*Store).Put(...)
	/home/ci/store/store.go:16
created by main.main in goroutine 1
	/home/ci/main.go:18 +0x26

goroutine 1 [chan receive, 5 minutes, locked to thread]:
main.main()
	/home/ci/main.go:19 +0x1f4
...additional frames elided...

goroutine 7 [runnable]:
	goroutine running on other thread; stack unavailable

goroutine 6 [running]:
main.g({0x1, 0x2}, 0x3?)
	C:/src/main.go:1 +0x1
[originating from goroutine 1]:
main.h(...)
	C:/src/main.go:2 +0x1
`

  test('of a crash: state, stack, who started it; the same id again begins another dump', () => {
    const found = goroutinesIn(DUMP)
    expect(
      found.map(({ id, state, minutes, dump, first, incomplete }) => [id, state, minutes, dump, first, incomplete]),
    ).toEqual([
      [6, 'running', 0, 1, true, false],
      [1, 'chan receive', 5, 1, false, true],
      [7, 'runnable', 0, 1, false, true],
      [6, 'running', 0, 2, true, false],
    ])
    expect(found[0]).toMatchObject({
      cause: 'fatal error: concurrent map writes',
      creator: 1,
      created: { func: 'main.main', line: 18 },
      stack: [{ func: 'internal/runtime/maps.fatal' }, { func: 'example.com/m/store.(*Store).Put', line: 16 }],
    })
    expect(found[3]?.stack).toEqual([{ func: 'main.g', file: 'C:/src/main.go', line: 1 }])
    expect(found[3]?.cause).toBe('')
  })

  test('behind text without a newline, and behind prefixes', async () => {
    expect(goroutinesIn(`working...${DUMP}`)[0]?.cause).toBe('fatal error: concurrent map writes')
    const prefixed = DUMP.split('\n')
      .map((line) => `api | ${line}`)
      .join('\n')
    const found = await all(parseGoroutineDump(linesIn(prefixed)))
    expect(found.map(({ id, source }) => [id, source])).toEqual([6, 1, 7, 6].map((id) => [id, 'api |']))
  })

  test('a log without one', () => {
    expect(goroutinesIn('panic: no\nexit status 2\ngoroutines: 7\n')).toEqual([])
  })
})

describe('lines', () => {
  test('whole, whatever the pieces; bytes are counted, long ones cut', async () => {
    const text = `é\nlong ${'x'.repeat(5 * LONGEST)}\r\nend`
    const bytes = Buffer.from(text)
    const pieces = Array.from({ length: Math.ceil(bytes.length / 7) }, (_, i) => bytes.subarray(i * 7, i * 7 + 7))
    const lines = await all(linesOf(pieces))
    expect(lines.map(({ at }) => at)).toEqual([0, 3, bytes.length - 3])
    expect(lines[1]?.text).toHaveLength(LONGEST)
    expect([...linesIn(text)]).toEqual(lines)
  })

  test('nothing that steers a terminal is printed', () => {
    expect(printable('a\x1b[2J\u202eb\tü')).toBe('a\\x1b[2J\\x202eb\tü')
  })
})

test.each([
  ['runtime.mapassign_fast64ptr', 'assign'],
  ['runtime.mapaccess2_faststr', 'read'],
  ['internal/runtime/maps.(*Iter).Next', 'range'],
  ['internal/runtime/maps.(*table).grow', 'assign'],
  ['internal/runtime/maps.runtime_mapaccess1', 'read'],
  ['runtime.growWork_faststr', 'assign'],
  ['reflect.mapassign_faststr0', 'assign'],
  ['runtime.mallocgc', null],
  ['example.com/runtime.mapassign', null],
])('%s is a map’s %s', (func, op) => {
  expect(mapOp({ func })).toBe(op)
})
