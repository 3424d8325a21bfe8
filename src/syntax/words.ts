/** Words of Go text by what they are, for colouring. */
import type { Node, Tree } from 'web-tree-sitter'
import type { Span } from '../facts.js'

export type WordKind = 'keyword' | 'string' | 'number' | 'comment' | 'type'

export interface Word {
  readonly kind: WordKind
  /** UTF-16, half-open. A word of several lines is one. */
  readonly span: Span
}

/** The words worth a colour, in order. */
export function wordsOf(tree: Tree): Word[] {
  return wordsUnder(tree.rootNode)
}

function wordsUnder(node: Node): Word[] {
  const kind = kindOf(node)
  if (kind !== null) return [{ kind, span: [node.startIndex, node.endIndex] }]
  return node.children.flatMap(wordsUnder)
}

function kindOf({ type, isNamed }: Node): WordKind | null {
  if (type === 'comment') return 'comment'
  if (type === 'interpreted_string_literal' || type === 'raw_string_literal' || type === 'rune_literal') return 'string'
  if (/^(int|float|imaginary)_literal$/.test(type)) return 'number'
  if (type === 'type_identifier') return 'type'
  return !isNamed && /^[a-z]+$/.test(type) ? 'keyword' : null
}
