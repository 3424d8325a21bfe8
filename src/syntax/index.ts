/** Go source as text and tree. */
export { indentation, lineEnd, lineStart, newlineOf, withComments } from './lines.js'
export { enclosingBlock, enclosingFunction, enclosingStatement, nodeAt, nodeCovering } from './nodes.js'
export { initSyntax, type Node, type Syntax, type Tree } from './syntax.js'
export { type Word, type WordKind, wordsOf } from './words.js'
