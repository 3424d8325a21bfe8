import { describe, expect, test } from '@jest/globals'
import { passing } from '../src/prove/bisect.js'
import { lineMap } from '../src/prove/lines.js'

test('lines of a changed text', () => {
  const map = lineMap('a\nb\nc\nd\ne\n', 'x\na\nb\nC\nC2\ne\n')
  expect([1, 2, 3, 4, 5].map(map)).toEqual([
    [2, 2],
    [3, 3],
    [4, 5],
    [4, 5],
    [6, 6],
  ])
})

describe('bisection', () => {
  const search = async (
    items: string[],
    isBad: (some: readonly string[]) => boolean,
  ): Promise<{ kept: string; runs: number }> => {
    let runs = 0
    const kept = await passing(items, async (some) => {
      runs++
      return !isBad(some)
    })
    return { kept: kept.join(''), runs }
  }

  test('all at once when nothing is wrong', async () => {
    expect(await search([...'abcdefgh'], () => false)).toEqual({ kept: 'abcdefgh', runs: 1 })
  })

  test('leaves the culprits out, in few runs', async () => {
    expect(await search([...'abcdefgh'], (some) => some.includes('c'))).toMatchObject({ kept: 'abdefgh' })
    expect((await search([...'abcdefgh'], (some) => some.includes('c'))).runs).toBeLessThan(12)
    expect(await search([...'abcdefgh'], (some) => some.includes('a') || some.includes('h'))).toMatchObject({
      kept: 'bcdefg',
    })
  })

  test('leaves the later of two out that fail only together', async () => {
    expect(await search([...'abcd'], (some) => some.includes('b') && some.includes('d'))).toMatchObject({ kept: 'abc' })
  })

  test('keeps nothing when everything fails', async () => {
    expect(await search([...'abcd'], () => true)).toMatchObject({ kept: '' })
  })
})
