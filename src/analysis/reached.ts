import type { Range, Reach } from '../types.js'
import type { Context } from './contexts.js'
import type { Fn } from './program.js'
import type { Site } from './walk.js'

/** How goroutines come to an access, sorted, each way once. Tests are named only where nothing else comes there. */
export function reachesOf(contexts: readonly Context[]): Reach[] {
  const others = contexts.filter((context) => !isTest(context))
  const by = new Map((others.length > 0 ? others : contexts).map(reachOf).map((reach) => [reachId(reach), reach]))
  return [...by].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, reach]) => reach)
}

/** Whether the function is in a test file, and a test's own goroutine alone comes there; one that nothing calls may be the test's, a literal may not. */
export function inTestAlone({ facts }: Fn, contexts: readonly Context[]): boolean {
  if (!facts.test || contexts.length === 0) return facts.test && facts.kind !== 'literal'
  return contexts.every((context) => context.spawn === null && isTest(context))
}

function isTest({ root, levels }: Context): boolean {
  return root === 'test' || levels.at(-1)?.site.fn.facts.test === true
}

function reachId({ what, at }: Reach): string {
  return `${at?.file ?? ''}:${String(at?.start ?? -1).padStart(9)} ${what}`
}

/** How a goroutine comes to an access by one way. */
function reachOf({ spawn, root, levels }: Context): Reach {
  if (spawn) {
    const many = spawn.many ? ', more than once,' : ''
    const at = rangeOf(spawn.site)
    switch (spawn.kind) {
      case 'handler':
        return { what: `${spawn.what} registered`, at }
      case 'timer':
        return { what: `timer started${many}`, at }
      case 'go':
        if (spawn.what === 'worker') return { what: `function handed to a worker${many}`, at }
        return { what: `goroutine started${spawn.what === 'go' ? '' : ` by ${spawn.what}`}${many}`, at }
      default:
        return { what: `${spawn.what} set`, at }
    }
  }
  const last = levels.at(-1)?.site.fn.facts
  const name = last?.display ?? '?'
  const what = {
    api: `callers of ${name}`,
    handler: `HTTP requests to ${name}`,
    main: 'main',
    init: 'package initialisation',
    test: last?.test ? `test ${name}` : `tests of ${name}`,
    scope: name,
    joined: name,
    unknown: `a callback, ${name}`,
  }[root]
  return { what, at: null }
}

/** The statement in which a site stands. */
export function rangeOf({ fn, stmt }: Site): Range {
  return { file: fileOf(fn.pkg.files[stmt.file ?? fn.facts.file]), start: stmt.span[0], end: stmt.span[1] }
}

function fileOf(file: { readonly path: string } | undefined): string {
  return file?.path ?? ''
}
