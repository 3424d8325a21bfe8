import type { Range, Reach } from '../types.js'
import type { Context } from './contexts.js'
import type { Fn } from './program.js'
import type { Site } from './walk.js'

/** How goroutines come to an access, sorted, each way once. Tests are named only where nothing else comes there. */
export function reachesOf(contexts: readonly Context[]): Reach[] {
  const others = contexts.filter((context) => !isTest(context))
  const by = new Map<string, Reach>()
  for (const context of others.length > 0 ? others : contexts) {
    const reach = { ...reachOf(context), through: throughOf(context) }
    const known = by.get(reachId(reach))
    if (known === undefined || reach.through.length < known.through.length) by.set(reachId(reach), reach)
  }
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

function reachId({ what, at }: Pick<Reach, 'what' | 'at'>): string {
  return `${at?.file ?? ''}:${String(at?.start ?? -1).padStart(9)} ${what}`
}

/** From the goroutine's function, or the root, down to the access's. */
function throughOf({ spawn, levels }: Context): string[] {
  const own = spawn && spawn.level > 0 ? levels.slice(0, spawn.level) : levels
  return own.map(({ site }) => site.fn.facts.display).reverse()
}

/** How a goroutine comes to an access by one way. */
function reachOf({ spawn, root, levels }: Context): Pick<Reach, 'what' | 'at'> {
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
