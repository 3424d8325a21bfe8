import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import {
  applyEdits,
  conflicts,
  type FileChange,
  firstConflict,
  freshName,
  hunks,
  unifiedDiff,
} from '../src/edit/index.js'
import type { TextEdit } from '../src/types.js'

const edit = (start: number, end: number, newText: string, file = '/a.go'): TextEdit => ({ file, start, end, newText })

describe('applyEdits', () => {
  test('replaces, inserts and removes by UTF-16 offsets', () => {
    expect(applyEdits('é𐐷=m[k]', [edit(4, 8, 'm.Load(k)'), edit(0, 0, 'x, '), edit(1, 3, '')])).toBe('x, é=m.Load(k)')
  })

  test('insertions at one position keep their order, before a replacement that starts there', () => {
    const edits = [edit(1, 2, 'B'), edit(1, 1, '1'), edit(1, 1, '2'), edit(0, 1, 'A'), edit(2, 2, '3')]
    expect(applyEdits('abc', edits)).toBe('A12B3c')
  })

  test('insertions around what is removed stay', () => {
    expect(applyEdits('abcd', [edit(1, 3, ''), edit(1, 1, '<'), edit(3, 3, '>')])).toBe('a<>d')
  })

  test('edits that touch are fine, empty lists too', () => {
    expect(applyEdits('abc', [edit(0, 1, 'x'), edit(1, 3, 'y')])).toBe('xy')
    expect(applyEdits('abc', [])).toBe('abc')
    expect(applyEdits('', [edit(0, 0, 'x')])).toBe('x')
  })

  test('edits that overlap are a bug that names both', () => {
    expect(() => applyEdits('abcdef', [edit(0, 3, 'x'), edit(2, 4, 'y')])).toThrow(
      'edits overlap: /a.go[0,3) → "x" and /a.go[2,4) → "y"',
    )
    expect(() => applyEdits('abcdef', [edit(1, 4, 'x'), edit(2, 2, 'y')])).toThrow('overlap')
    expect(() => applyEdits('abcdef', [edit(0, 6, 'x'), edit(1, 2, 'y'), edit(3, 4, 'z')])).toThrow('overlap')
  })

  test('so are edits outside the text, or of another file', () => {
    expect(() => applyEdits('abc', [edit(2, 4, 'x')])).toThrow('outside the text')
    expect(() => applyEdits('abc', [edit(2, 1, 'x')])).toThrow('outside the text')
    expect(() => applyEdits('abc', [edit(0, 1, 'x'), edit(1, 2, 'y', '/b.go')])).toThrow('two files')
  })
})

describe('conflicts', () => {
  test.each([
    [edit(0, 2, ''), edit(1, 3, ''), true],
    [edit(0, 2, ''), edit(0, 2, ''), true],
    [edit(0, 2, ''), edit(2, 3, ''), false],
    [edit(0, 2, ''), edit(1, 1, 'x'), true],
    [edit(0, 2, ''), edit(0, 0, 'x'), false],
    [edit(0, 2, ''), edit(2, 2, 'x'), false],
    [edit(1, 1, 'x'), edit(1, 1, 'y'), false],
    [edit(0, 2, ''), edit(0, 2, '', '/b.go'), false],
  ])('%j %j: %s', (a, b, expected) => {
    expect(conflicts(a, b)).toBe(expected)
    expect(conflicts(b, a)).toBe(expected)
  })

  test('the first pair, also behind a wide edit and an insertion at its end', () => {
    expect(firstConflict([edit(5, 6, ''), edit(0, 9, ''), edit(9, 9, 'x')])).toEqual([edit(0, 9, ''), edit(5, 6, '')])
    expect(firstConflict([edit(5, 6, ''), edit(6, 9, ''), edit(6, 6, 'x')])).toBeNull()
  })
})

test('freshName takes the first free candidate, then numbers the last', () => {
  expect(freshName(new Set(), ['mu', 'lock'])).toBe('mu')
  expect(freshName(new Set(['mu']), ['mu', 'itemsMu'])).toBe('itemsMu')
  expect(freshName(new Set(['mu', 'itemsMu', 'itemsMu2']), ['mu', 'itemsMu'])).toBe('itemsMu3')
})

describe('unifiedDiff', () => {
  const cases: Record<string, FileChange[]> = {
    'two changes in two files': [
      {
        path: 'a.go',
        before: lines(1, 30),
        after: lines(1, 30).replace('line 3\n', 'LINE 3\n').replace('line 28\n', ''),
      },
      { path: 'sub/b.go', before: 'package b\n', after: 'package b\n\nvar x int\n' },
    ],
    'a new file, and one that goes': [
      { path: 'dir/new.go', before: null, after: 'package p\n' },
      { path: 'old.go', before: lines(1, 4), after: null },
      { path: 'same.go', before: 'package p\n', after: 'package p\n' },
    ],
    'empty files': [
      { path: 'made', before: null, after: '' },
      { path: 'gone', before: '', after: null },
      { path: 'filled', before: '', after: 'x\n' },
      { path: 'emptied', before: 'x\n', after: '' },
    ],
    'no newline at the end': [
      { path: 'a', before: 'x', after: 'y' },
      { path: 'b', before: 'x\n', after: 'x' },
      { path: 'c', before: 'x', after: 'x\n' },
      { path: 'd', before: null, after: 'x' },
      { path: 'e', before: `${lines(1, 9)}end`, after: `LINE\n${lines(2, 9)}end` },
    ],
    'CRLF, BOM, lone CR and other line separators': [
      { path: 'a.go', before: 'a\r\nb\r\nc\r\n', after: 'a\r\nB\r\nc\r\n' },
      { path: 'mixed.go', before: '\uFEFFa\r\nb\nc', after: '\uFEFFa\nb\r\nc\r\n' },
      { path: 'odd.go', before: 'a\rb\u2028c\u0085\fd\n', after: 'a\rb\u2028C\u0085\fd\nx\r\n' },
    ],
    'text beyond ASCII': [{ path: 'a.go', before: '// é 世 𐐷\nx\n', after: '// é 世 𐐷!\nx\n' }],
    'paths that git quotes': [
      { path: 'my dir/a b.go', before: 'x\n', after: 'y\n' },
      { path: 'é世𐐷.go', before: 'x\n', after: 'y\n' },
      { path: 'q"u\\o\te.go', before: 'x\n', after: 'y\n' },
      { path: 'new file ü.go', before: null, after: 'y\n' },
      { path: 'old file.go', before: 'y\n', after: null },
    ],
  }

  test.each(Object.entries(cases))('git apply takes %s', (_, changes) => {
    const dir = mkdtempSync(join(tmpdir(), 'mapfix-diff-'))
    try {
      for (const { path, before } of changes) if (before !== null) write(join(dir, path), before)
      const applied = spawnSync('git', ['apply', '--verbose', '-'], {
        cwd: dir,
        input: unifiedDiff(changes),
        encoding: 'utf8',
      })
      expect({ status: applied.status, stderr: applied.status === 0 ? '' : applied.stderr }).toEqual({
        status: 0,
        stderr: '',
      })
      for (const { path, after } of changes) {
        const file = join(dir, path)
        expect(existsSync(file) ? readFileSync(file, 'utf8') : null).toBe(after)
      }
    } finally {
      rmSync(dir, { recursive: true })
    }
  })

  test('is what git prints', () => {
    expect(
      unifiedDiff([
        { path: 'a b.go', before: 'x\n', after: 'y' },
        { path: 'ü', before: null, after: 'y\n' },
      ]),
    ).toBe(
      [
        'diff --git a/a b.go b/a b.go',
        '--- a/a b.go\t',
        '+++ b/a b.go\t',
        '@@ -1 +1 @@',
        '-x',
        '+y',
        '\\ No newline at end of file',
        'diff --git "a/\\303\\274" "b/\\303\\274"',
        'new file mode 100644',
        '--- /dev/null',
        '+++ "b/\\303\\274"',
        '@@ -0,0 +1 @@',
        '+y',
        '',
      ].join('\n'),
    )
  })

  test('is empty when nothing changes', () => {
    expect(unifiedDiff([{ path: 'a.go', before: 'x\n', after: 'x\n' }])).toBe('')
  })
})

test('hunks number lines from 1 and keep three lines of context', () => {
  const before = lines(1, 20)
  expect(hunks(before, before.replace('line 10\n', 'a\nb\n'))).toEqual([
    {
      oldStart: 7,
      oldLines: 7,
      newStart: 7,
      newLines: 8,
      lines: [' line 7', ' line 8', ' line 9', '-line 10', '+a', '+b', ' line 11', ' line 12', ' line 13'],
    },
  ])
})

function lines(from: number, to: number): string {
  return Array.from({ length: to - from + 1 }, (_, i) => `line ${from + i}\n`).join('')
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}
