/** What a test can call so that a goroutine takes one of the ways to an access. */
import type { Context } from '../analysis/contexts.js'
import type { Fn } from '../analysis/program.js'
import type { Stmt } from '../facts.js'

/** A function that a test of its package can call, and what becomes of the call. */
export interface Route {
  readonly context: Context
  readonly entry: Fn
  /** The access is over when it returns; it returns and leaves goroutines behind; it does not return. */
  readonly runs: 'call' | 'start' | 'forever'
  /** How far it is from what people would call: the functions below the outermost one are not all for everyone. */
  readonly cost: number
  /** Others of the program call it on this way, and a fix may have them hold the lock for it. */
  readonly inner: boolean
}

/**
 * The entries to one way, the most natural first: its outermost function, and where no lock would be left out those below it; within a
 * goroutine, what that goroutine runs. None where the way holds only literals, main and initialisation.
 */
export function routesOf(context: Context): Route[] {
  const { levels, spawn, held } = context
  const chain = levels.map(({ site }) => site.fn)
  const routes: Route[] = []
  const top = chain.length - 1
  for (let i = top; i >= 0; i--) {
    const entry = chain[i]
    // Whoever registers a handler or a finalizer does not bring about that it runs.
    if (entry === undefined || (spawn !== null && i >= spawn.level && spawn.kind !== 'go' && spawn.kind !== 'timer'))
      continue
    // The goroutine's own function is called by nobody else; those below it may rely on locks that it takes.
    const whole = i === top || (spawn !== null && i === spawn.level - 1)
    if (!isCallable(entry) || (!whole && held.length > 0)) continue
    const steps = top - i
    routes.push({
      context,
      entry,
      runs: howItRuns(context, i),
      cost: steps + (entry.facts.exported ? 0 : 1),
      inner: !whole,
    })
  }
  return routes
}

function howItRuns({ levels, spawn }: Context, i: number): Route['runs'] {
  const outside = spawn !== null && i >= spawn.level
  const own = levels.slice(outside ? spawn.level : 0, i + 1)
  if (own.some(({ site }) => site.fn.facts.stmts.some(isEndless))) return 'forever'
  return outside && spawn.joined === null ? 'start' : 'call'
}

/** Whether a loop without a condition waits for something in each turn, or never ends. */
function isEndless(stmt: Stmt): boolean {
  if (stmt.k === 'for' && stmt.cond === undefined) return waits(stmt.block.body) || !leaves(stmt.block.body)
  return nested(stmt).some(isEndless)
}

function waits(body: readonly Stmt[]): boolean {
  return body.some(
    (stmt) =>
      stmt.k === 'select' ||
      stmt.e.some(
        (ev) => ev.k === 'recv' || (ev.k === 'call' && ev.callee.k === 'func' && ev.callee.key === 'time.Sleep'),
      ) ||
      waits(nested(stmt)),
  )
}

function leaves(body: readonly Stmt[]): boolean {
  return body.some(
    (stmt) => stmt.k === 'return' || (stmt.k === 'branch' && stmt.tok !== 'continue') || leaves(nested(stmt)),
  )
}

function nested(stmt: Stmt): readonly Stmt[] {
  switch (stmt.k) {
    case 'block':
    case 'for':
    case 'range':
      return stmt.block.body
    case 'labeled':
      return [stmt.stmt]
    case 'if':
      return [...stmt.then.body, ...(stmt.else ? [stmt.else] : [])]
    case 'switch':
    case 'typeswitch':
    case 'select':
      return stmt.cases.flatMap((c) => c.body)
    default:
      return []
  }
}

/** Whether a test of its package can call the function. */
export function isCallable({ facts, pkg }: Fn): boolean {
  if (facts.kind !== 'func' && facts.kind !== 'method') return false
  if (facts.test || facts.body[1] === 0) return false
  return !/^(main|init|init#\d+|_)$/.test(facts.display) || (facts.display === 'main' && pkg.name !== 'main')
}
