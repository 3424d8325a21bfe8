import { spawnSync } from 'node:child_process'
import { describe, expect, test } from '@jest/globals'
import { applyEdits, dropImportEdits, importEdits } from '../src/edit/index.js'
import type { FileFacts } from '../src/facts.js'

/** What gofacts says of a file's imports, for the plain sources of this test. */
function factsOf(text: string): FileFacts {
  const clause = /^package \w+/m.exec(text)
  if (clause === null) throw new Error('no package clause')
  const importDecls: FileFacts['importDecls'] = []
  const imports: FileFacts['imports'] = []
  for (const decl of text.matchAll(/(?<=^|; )import\s*(\((?:[^)]*)\)|[^\n;("]*"[^"]*")/gm)) {
    importDecls.push({ span: [decl.index, decl.index + decl[0].length], lparen: decl[0].includes('(') })
    for (const spec of decl[0].matchAll(/(?:([\w.]+)[ \t]+)?"([^"]+)"/g)) {
      const named = spec[1] === 'import' ? '' : (spec[1] ?? '')
      const literal = named === '' ? `"${spec[2]}"` : spec[0]
      const end = decl.index + spec.index + spec[0].length
      imports.push({ path: spec[2] ?? '', name: named, span: [end - literal.length, end] })
    }
  }
  return {
    path: '/p/a.go',
    size: 0,
    sha256: '',
    generated: false,
    test: false,
    cgo: false,
    go: 'go1.22',
    imports,
    clauseEnd: clause.index + clause[0].length,
    importDecls,
  }
}

function added(text: string, path = 'sync', taken: string[] = []): string {
  return applyEdits(text, importEdits(factsOf(text), text, path, new Set(taken)).edits)
}

function dropped(text: string, path = 'sync'): string {
  return applyEdits(text, dropImportEdits(factsOf(text), text, path))
}

const rest = '\nvar x int\n'

describe('importEdits', () => {
  test.each([
    ['no import', 'package p\n', 'package p\n\nimport "sync"\n'],
    ['a comment after the clause', 'package p // of p\n', 'package p // of p\n\nimport "sync"\n'],
    ['one import', 'package p\n\nimport "time"\n', 'package p\n\nimport (\n\t"sync"\n\t"time"\n)\n'],
    [
      'one import with comments',
      'package p\n\n// Of time.\nimport "fmt" // said\n',
      'package p\n\n// Of time.\nimport (\n\t"fmt" // said\n\t"sync"\n)\n',
    ],
    [
      'one import from elsewhere',
      'package p\n\nimport "example.com/x"\n',
      'package p\n\nimport (\n\t"sync"\n\n\t"example.com/x"\n)\n',
    ],
    [
      'several lines',
      'package p\n\nimport "fmt"\nimport "time"\n',
      'package p\n\nimport "fmt"\nimport "sync"\nimport "time"\n',
    ],
    [
      'several lines, last',
      'package p\n\nimport "fmt"\nimport "os"\n',
      'package p\n\nimport "fmt"\nimport "os"\nimport "sync"\n',
    ],
    [
      'a block, in the middle',
      'package p\n\nimport (\n\t"fmt"\n\t"time"\n)\n',
      'package p\n\nimport (\n\t"fmt"\n\t"sync"\n\t"time"\n)\n',
    ],
    [
      'a block, first, above a comment that belongs to the next',
      'package p\n\nimport (\n\t// for time\n\t"time"\n)\n',
      'package p\n\nimport (\n\t"sync"\n\t// for time\n\t"time"\n)\n',
    ],
    [
      'a block, last, behind a comment',
      'package p\n\nimport (\n\t"fmt" // said\n\n\t"example.com/x"\n)\n',
      'package p\n\nimport (\n\t"fmt" // said\n\t"sync"\n\n\t"example.com/x"\n)\n',
    ],
    [
      'the standard group of a block, wherever it is',
      'package p\n\nimport (\n\t"example.com/x"\n\n\tsql "database/sql"\n\t"fmt"\n\t"time"\n)\n',
      'package p\n\nimport (\n\t"example.com/x"\n\n\tsql "database/sql"\n\t"fmt"\n\t"sync"\n\t"time"\n)\n',
    ],
    [
      'a block without a standard import',
      'package p\n\nimport (\n\t"example.com/x"\n)\n',
      'package p\n\nimport (\n\t"sync"\n\n\t"example.com/x"\n)\n',
    ],
    ['an empty block', 'package p\n\nimport ()\n', 'package p\n\nimport (\n\t"sync"\n)\n'],
    [
      'blank and dot imports do not count',
      'package p\n\nimport _ "sync"\n',
      'package p\n\nimport (\n\t"sync"\n\t_ "sync"\n)\n',
    ],
    [
      'import "C" is left alone',
      'package p\n\n// #include <x.h>\nimport "C"\n',
      'package p\n\nimport "sync"\n\n// #include <x.h>\nimport "C"\n',
    ],
  ])('%s', (_, before, after) => {
    expect(added(before + rest)).toBe(after + rest)
    expect(gofmt(after + rest)).toBe(after + rest)
    const crlf = (text: string): string => (text + rest).replaceAll('\n', '\r\n')
    expect(added(crlf(before))).toBe(crlf(after))
  })

  test('on one line', () => {
    expect(gofmt(added('package p; import "time"; var x int\n'))).toBe(
      gofmt('package p; import (\n"sync"\n"time"\n); var x int\n'),
    )
    expect(gofmt(added('package p; var x int\n'))).toBe('package p\n\nimport "sync"\n\nvar x int\n')
    expect(gofmt(added('package p\nimport ("fmt"; "time")\n'))).toContain('"sync"')
    expect(gofmt(added('package p\nimport ("fmt")\n'))).toContain('"sync"')
  })

  test('an import that is there is used, whatever its name', () => {
    const text = 'package p\n\nimport gosync "sync"\n'
    expect(importEdits(factsOf(text), text, 'sync')).toEqual({ edits: [], name: 'gosync' })
  })

  test('another name where the own one is taken', () => {
    const text = 'package p\n\nimport "example.com/sync"\n'
    const { name } = importEdits(factsOf(text), text, 'sync')
    expect(name).toBe('stdsync')
    expect(added(text)).toContain('\tstdsync "sync"\n')
    expect(added('package p\n', 'sync', ['sync', 'stdsync'])).toContain('import gosync "sync"\n')
  })

  test('an import whose name is hidden where it is used does not serve', () => {
    const text = 'package p\n\nimport "sync"\n'
    expect(importEdits(factsOf(text), text, 'sync', new Set(['sync'])).name).toBe('stdsync')
  })
})

describe('dropImportEdits', () => {
  test.each([
    ['the only import', 'package p\n\nimport "sync"\n', 'package p\n'],
    ['the only one of a block', 'package p\n\nimport (\n\t"sync"\n)\n', 'package p\n'],
    [
      'one of a block, with its comments',
      'package p\n\nimport (\n\t"fmt"\n\t// locks\n\t"sync" // and more\n\t"time"\n)\n',
      'package p\n\nimport (\n\t"fmt"\n\t"time"\n)\n',
    ],
    [
      'the first group of a block',
      'package p\n\nimport (\n\t"sync"\n\n\t"example.com/x"\n)\n',
      'package p\n\nimport (\n\t"example.com/x"\n)\n',
    ],
    ['one of several lines', 'package p\n\nimport "fmt"\nimport "sync"\n', 'package p\n\nimport "fmt"\n'],
    ['a blank import stays', 'package p\n\nimport _ "sync"\n', 'package p\n\nimport _ "sync"\n'],
    ['none', 'package p\n\nimport "fmt"\n', 'package p\n\nimport "fmt"\n'],
  ])('%s', (_, before, after) => {
    expect(dropped(before + rest)).toBe(after + rest)
    const crlf = (text: string): string => (text + rest).replaceAll('\n', '\r\n')
    expect(dropped(crlf(before))).toBe(crlf(after))
  })

  test('on one line', () => {
    expect(dropped('package p\nimport ("fmt"; "sync")\n')).toBe('package p\nimport ("fmt")\n')
    expect(dropped('package p\nimport ("sync"; "fmt")\n')).toBe('package p\nimport ("fmt")\n')
    expect(gofmt(dropped('package p; import "sync"; var x int\n'))).toBe('package p\n\nvar x int\n')
  })

  test('undoes importEdits', () => {
    for (const text of ['package p\n\nvar x int\n', 'package p\n\nimport (\n\t"fmt"\n\t"time"\n)\n']) {
      expect(dropped(added(text))).toBe(text)
    }
  })
})

function gofmt(text: string): string {
  const result = spawnSync('gofmt', { input: text, encoding: 'utf8' })
  return result.status === 0 ? result.stdout : `${text}\n${result.stderr}`
}
