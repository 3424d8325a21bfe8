/** Finding nodes of a Go file: at a range, and what encloses them. */
import type { Span } from '../facts.js'
import type { Node, Tree } from './syntax.js'

/** The smallest node that covers the range. */
export function nodeCovering(tree: Tree, range: Span): Node {
  return tree.rootNode.descendantForIndex(range[0], Math.max(range[0], range[1] - 1)) ?? tree.rootNode
}

/** The outermost node of exactly this range; null where the parser sees none (it misread, or the range is no node). */
export function nodeAt(tree: Tree, range: Span): Node | null {
  let node: Node | null = nodeCovering(tree, range)
  if (!isAt(node, range)) return null
  while (node.parent !== null && isAt(node.parent, range)) node = node.parent
  return node
}

/** The innermost statement that holds the node and stands in a list of statements (a block's or a case's); a label belongs to its statement. */
export function enclosingStatement(node: Node): Node | null {
  return closest(node, (at) => at.parent?.type === 'statement_list')
}

/** The innermost braces, or case of a switch or select, that hold the node. */
export function enclosingBlock(node: Node): Node | null {
  return node.parent === null ? null : closest(node.parent, (at) => BLOCKS.has(at.type))
}

/** The innermost function declaration, method or literal that holds the node. */
export function enclosingFunction(node: Node): Node | null {
  return node.parent === null ? null : closest(node.parent, (at) => FUNCTIONS.has(at.type))
}

const BLOCKS: ReadonlySet<string> = new Set([
  'block',
  'expression_case',
  'default_case',
  'type_case',
  'communication_case',
])

const FUNCTIONS: ReadonlySet<string> = new Set(['function_declaration', 'method_declaration', 'func_literal'])

function closest(node: Node, wanted: (node: Node) => boolean): Node | null {
  for (let at: Node | null = node; at !== null; at = at.parent) if (wanted(at)) return at
  return null
}

function isAt(node: Node, range: Span): boolean {
  return node.startIndex === range[0] && node.endIndex === range[1]
}
