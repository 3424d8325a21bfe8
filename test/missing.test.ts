import { expect, test } from '@jest/globals'
import { hear, nothingHeard, whySilent } from '../src/prove/missing.js'

const REFUSED = 'dial tcp 127.0.0.1:5432: connect: connection refused'

function silence(failing: readonly string[], lines: readonly [test: string, output: string][], passed = 0): string {
  const heard = { ...nothingHeard(), passed }
  for (const [name, output] of lines) hear(heard, name, output)
  return whySilent(heard, new Set(failing))
}

test('what is not there explains the failures of the tests that say so, and of those around them', () => {
  expect(silence(['TestPut'], [['TestPut', `    store_test.go:9: ${REFUSED}\n`]])).toBe(REFUSED)
  expect(silence(['TestAll', 'TestAll/sql'], [['TestAll/sql', `    a_test.go:9: open: ${REFUSED}\n`]], 4)).toBe(
    `open: ${REFUSED}`,
  )
  expect(silence([''], [['', 'panic: lookup redis on 10.0.0.1:53: no such host\n']])).toMatch(/no such host/)
  expect(
    silence(['TestRun'], [['TestRun', '    x_test.go:3: exec: "docker": executable file not found in $PATH']]),
  ).toBe('exec: "docker": executable file not found in $PATH')
})

test('a failure of another test stays a failure', () => {
  expect(silence(['TestPut', 'TestGet'], [['TestPut', `    store_test.go:9: ${REFUSED}\n`]])).toBe('')
  expect(silence(['TestPut'], [['TestPut', '    store_test.go:9: got 1, want 2\n']])).toBe('')
  expect(silence(['TestPutAll'], [['TestPut', `    store_test.go:9: ${REFUSED}\n`]])).toBe('')
})

test('tests that are all skipped say nothing; one that ran does', () => {
  const skipped = (passed: number): string => {
    const heard = { ...nothingHeard(), passed, skipped: ['TestDb'] }
    hear(heard, 'TestDb', '    db_test.go:12: DATABASE_URL is not set\n')
    return whySilent(heard, new Set())
  }
  expect(skipped(0)).toBe('every test is skipped: DATABASE_URL is not set')
  expect(skipped(1)).toBe('')
  expect(silence([], [], 0)).toBe('')
})
