import { expect, test } from '@jest/globals'
import { formatTouched } from '../src/edit/touched.js'

const before = 'package p\n\n//Old comment\ntype T struct {\n\tlongName int\n}\n\nfunc f() {\n\tg( )\n\th()\n}\n'

test('lines that were not edited keep their form', () => {
  const after = before.replace('\th()\n', '\tfunc() {\n\tlock()\n\th()\n\t}()\n')
  const formatted = after
    .replace('//Old', '// Old')
    .replace('g( )', 'g()')
    .replace('\tlock()\n\th()\n', '\t\tlock()\n\t\th()\n')
  expect(formatTouched(before, after, formatted)).toBe(
    before.replace('\th()\n', '\tfunc() {\n\t\tlock()\n\t\th()\n\t}()\n'),
  )
})

test('a field that was put in is aligned', () => {
  const after = before.replace('\tlongName', '\tmu sync.Mutex // guards m\n\tlongName')
  const formatted = after.replace('\tmu sync', '\tmu       sync').replace('//Old', '// Old')
  expect(formatTouched(before, after, formatted)).toBe(
    before.replace('\tlongName', '\tmu       sync.Mutex // guards m\n\tlongName'),
  )
})

test('line ends stay as they were', () => {
  const dos = before.replaceAll('\n', '\r\n')
  const after = dos.replace('\th()\r\n', '\tif x {\r\n\th()\r\n\t}\r\n')
  const formatted = after.replaceAll('\r\n', '\n').replace('\th()', '\t\th()')
  expect(formatTouched(dos, after, formatted)).toBe(after.replace('\th()', '\t\th()'))
})

test('nothing to format leaves the edit alone', () => {
  const after = before.replace('h()', 'k()')
  expect(formatTouched(before, after, after)).toBe(after)
})
