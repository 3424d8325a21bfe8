/** Patched code that gives way wherever it gives up a lock, so that goroutines meet between two critical sections if they can. */
import type { Node, Syntax } from '../syntax/index.js'
import type { Overlay } from '../types.js'

const ALIAS = 'mapfixruntime'
const YIELD = `${ALIAS}.Gosched()`

/** The same files, where every Unlock is followed by a yield. No line moves, so that positions stay what they are. */
export function perturbed(overlay: Overlay, syntax: Syntax): Overlay {
  return new Map(
    [...overlay].map(([path, text]) => [
      path,
      text === null || !path.endsWith('.go') || path.endsWith('_test.go') ? text : yielding(text, syntax),
    ]),
  )
}

function yielding(text: string, syntax: Syntax): string {
  return syntax.read(text, ({ rootNode }) => {
    const unlocks = rootNode.descendantsOfType('call_expression').filter((call) => call !== null && isUnlock(call))
    const inserts: [at: number, text: string][] = []
    for (const call of unlocks) {
      const stmt = call?.parent
      if (stmt?.type === 'expression_statement') inserts.push([stmt.endIndex, `; ${YIELD}`])
      // Deferred calls run last in, first out.
      if (stmt?.type === 'defer_statement') inserts.push([stmt.startIndex, `defer ${YIELD}; `])
    }
    const clause = rootNode.namedChildren.find((child) => child?.type === 'package_clause')
    if (inserts.length === 0 || !clause) return text
    inserts.push([clause.endIndex, `; import ${ALIAS} "runtime"`])
    return inserts.sort(([a], [b]) => b - a).reduce((t, [at, more]) => t.slice(0, at) + more + t.slice(at), text)
  })
}

function isUnlock(call: Node): boolean {
  const selector = call.childForFieldName('function')
  return selector?.type === 'selector_expression' && /^R?Unlock$/.test(selector.childForFieldName('field')?.text ?? '')
}
