/** Go source as tree-sitter reads it. All offsets are UTF-16 units of the text, half-open. */
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { Language, type Node, Parser, type Tree } from 'web-tree-sitter'
import type { Span } from '../facts.js'

export type { Node, Tree }

/** A parser of Go. What tree-sitter misreads without an error (`m[k](x)`) makes the facts' extents the authority, not this. */
export interface Syntax {
  /** The tree of a file; the caller frees it with `tree.delete()`. */
  parse(text: string): Tree
  /** What `use` returns of the tree of a file; the tree is freed afterwards, so no node may outlive the call. */
  read<T>(text: string, use: (tree: Tree) => T): T
  /** Where the text does not parse, in order: ranges of what was skipped; empty ranges where a token is missing. */
  syntaxErrors(text: string): Span[]
}

let loading: Promise<Syntax> | undefined

/** Loads the parser and Go's grammar, once a process. */
export function initSyntax(): Promise<Syntax> {
  loading ??= load()
  return loading
}

async function load(): Promise<Syntax> {
  await Parser.init()
  const parser = new Parser()
  parser.setLanguage(await loadGrammar())
  const parse = (text: string): Tree => {
    const tree = parser.parse(text)
    if (tree === null) throw new Error('tree-sitter gave no tree, though it was given no way to stop')
    return tree
  }
  const read = <T>(text: string, use: (tree: Tree) => T): T => {
    const tree = parse(text)
    try {
      return use(tree)
    } finally {
      tree.delete()
    }
  }
  return { parse, read, syntaxErrors: (text) => read(text, (tree) => errorsUnder(tree.rootNode)) }
}

/** The grammar that the build puts into dist; in a checkout, the one of the installed package. */
async function loadGrammar(): Promise<Language> {
  try {
    return await Language.load(fileURLToPath(new URL('../../wasm/tree-sitter-go.wasm', import.meta.url)))
  } catch {
    return Language.load(createRequire(import.meta.url).resolve('tree-sitter-go/tree-sitter-go.wasm'))
  }
}

function errorsUnder(node: Node): Span[] {
  if (node.isError || node.isMissing) return [[node.startIndex, node.endIndex]]
  return node.hasError ? node.children.flatMap(errorsUnder) : []
}
