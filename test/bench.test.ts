import { expect, test } from '@jest/globals'
import { ratio, table } from '../bench/table.js'

const cost = (cpu: number, wall: number, peak: number): { code: number; cpu: number; wall: number; peak: number } => ({
  code: 0,
  cpu,
  wall,
  peak,
})

test('a ratio is to two digits, and none of nothing', () => {
  expect([ratio(1, 3), ratio(3, 1), ratio(0, 2), ratio(1, 0)]).toEqual(['0.33', '3.00', '0.00', '-'])
})

test('every row is compared with the first and with the rival', () => {
  const rows = [
    { name: 'ours', cost: cost(20, 12.34, 1_400_000_000) },
    { name: 'again', cost: cost(1.5, 0.96, 90_600_000) },
    { name: 'theirs', cost: cost(40, 21, 2_800_000_000) },
  ]
  expect(table(rows, 'ours', 'theirs')).toBe(
    [
      '        CPU s  wall s  peak MB  CPU : first  CPU : staticcheck',
      'ours     20.0    12.3     1400         1.00               0.50',
      'again     1.5     1.0       91         0.07               0.04',
      'theirs   40.0    21.0     2800         2.00               1.00',
      '',
    ].join('\n'),
  )
})

test('without the rival there is nothing to compare with', () => {
  const rows = [{ name: 'ours', cost: cost(2, 1, 1e6) }]
  expect(table(rows, 'ours', 'theirs')).toMatch(/^ours +2\.0 +1\.0 +1 +1\.00 +-$/m)
})
