import { beforeAll, describe, expect, test } from '@jest/globals'
import {
  enclosingBlock,
  enclosingFunction,
  enclosingStatement,
  indentation,
  initSyntax,
  nodeAt,
  nodeCovering,
  type Syntax,
  withComments,
} from '../src/syntax/index.js'

let syntax: Syntax
beforeAll(async () => {
  syntax = await initSyntax()
})

const source = `package p

// Put stores é, 世 and 𐐷.
func (s *S) Put(k string) {
	const name = "é 世 𐐷"
	// why k is stored
	// at once
	s.m[k] = name // 𐐷 trailing

	if v, ok := s.m[k]; ok {
		go func() { use(v) }()
	}
	switch k {
	case "é𐐷":
		delete(s.m, k)
	}
}
`

function spanOf(text: string, part: string): [number, number] {
  const start = text.indexOf(part)
  return [start, start + part.length]
}

describe('offsets are UTF-16 units', () => {
  test.each(['s.m[k] = name', '"é 世 𐐷"', 'delete(s.m, k)', '"é𐐷"'])('%s', (part) => {
    const span = spanOf(source, part)
    syntax.read(source, (tree) => {
      const node = nodeAt(tree, span)
      expect(node?.text).toBe(part)
      expect([node?.startIndex, node?.endIndex]).toEqual(span)
    })
  })

  test('with a BOM and CRLF', () => {
    const text = `\uFEFF${source.replaceAll('\n', '\r\n')}`
    expect(syntax.syntaxErrors(text)).toEqual([])
    syntax.read(text, (tree) => {
      expect(nodeAt(tree, spanOf(text, 'delete(s.m, k)'))?.type).toBe('expression_statement')
      expect(withComments(tree, text, spanOf(text, 's.m[k] = name'))).toEqual([
        text.indexOf('// why'),
        text.indexOf('trailing') + 'trailing'.length,
      ])
    })
  })
})

describe('what encloses a node', () => {
  const at = (part: string, look: (node: ReturnType<typeof nodeCovering>) => string | undefined): string | undefined =>
    syntax.read(source, (tree) => look(nodeCovering(tree, spanOf(source, part))))

  test('the statement in its list', () => {
    expect(at('= name', (node) => enclosingStatement(node)?.text)).toBe('s.m[k] = name')
    expect(at('v, ok := s.m[k]', (node) => enclosingStatement(node)?.type)).toBe('if_statement')
    expect(at('use(v)', (node) => enclosingStatement(node)?.text)).toBe('use(v)')
    expect(at('package', (node) => enclosingStatement(node)?.text)).toBeUndefined()
  })

  test('the block or case', () => {
    expect(at('delete', (node) => enclosingBlock(node)?.type)).toBe('expression_case')
    expect(at('use(v)', (node) => enclosingBlock(node)?.text)).toBe('{ use(v) }')
  })

  test('the function', () => {
    expect(at('use(v)', (node) => enclosingFunction(node)?.type)).toBe('func_literal')
    expect(at('delete', (node) => enclosingFunction(node)?.type)).toBe('method_declaration')
  })

  test('no node where the range is none', () => {
    syntax.read(source, (tree) => expect(nodeAt(tree, spanOf(source, 'm[k] ='))).toBeNull())
  })
})

describe('comments of a statement', () => {
  test('lines above and the rest of the line', () => {
    syntax.read(source, (tree) => {
      const [start, end] = withComments(tree, source, spanOf(source, 's.m[k] = name'))
      expect(source.slice(start, end)).toBe('// why k is stored\n\t// at once\n\ts.m[k] = name // 𐐷 trailing')
    })
  })

  test('not those apart, and not one that ends the line of another statement', () => {
    const text = 'package p\n\nfunc f() {\n\ta() // of a\n\tb()\n\t/* c\n\t   d */\n\tc()\n\n\t// apart\n\n\td()\n}\n'
    syntax.read(text, (tree) => {
      const said = (part: string): string => text.slice(...withComments(tree, text, spanOf(text, part)))
      expect(said('a()')).toBe('a() // of a')
      expect(said('b()')).toBe('b()')
      expect(said('c()')).toBe('/* c\n\t   d */\n\tc()')
      expect(said('d()')).toBe('d()')
    })
  })

  test('a string that looks like one', () => {
    const text = 'package p\n\nvar s = `\n// no comment`\nvar t = 1\n'
    syntax.read(text, (tree) => {
      expect(withComments(tree, text, spanOf(text, 'var t = 1'))).toEqual(spanOf(text, 'var t = 1'))
    })
  })
})

test('indentation of a line', () => {
  expect(indentation(source, source.indexOf('delete'))).toBe('\t\t')
  expect(indentation(source, 0)).toBe('')
})

test('syntax errors', () => {
  expect(syntax.syntaxErrors(source)).toEqual([])
  expect(syntax.syntaxErrors('package p\n\nfunc f( {\n}\n').length).toBeGreaterThan(0)
})

test('a tree is freed when its reader throws', () => {
  const failing = (): void =>
    syntax.read('package p\n', () => {
      throw new Error('stop')
    })
  for (let i = 0; i < 100; i++) expect(failing).toThrow('stop')
  expect(syntax.read('package p\n', (tree) => tree.rootNode.type)).toBe('source_file')
})
