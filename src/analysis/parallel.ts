/** Tests that run at the same time because they ask for it. */
import type { Context } from './contexts.js'
import { staticCallees } from './funcvalues.js'
import type { CallEv, Fn, Program } from './program.js'
import { dominates, flowOf, type Site } from './walk.js'

/**
 * Whether the site comes after its test's t.Parallel: the test has then waited for the rest of its parent, or of the package, and runs
 * beside the others that asked. A helper may do the asking.
 */
export function isParallel(program: Program, site: Site): boolean {
  return (
    site.fn.facts.test &&
    flowOf(site.fn).sites.some((at) => at.ev.k === 'call' && asks(program, at.ev, 0) && dominates(at, site))
  )
}

/** Whether a function asks for t.Parallel at all. */
export function asksForParallel(program: Program, fn: Fn): boolean {
  return fn.facts.test && flowOf(fn).sites.some(({ ev }) => ev.k === 'call' && asks(program, ev, 0))
}

function asks(program: Program, call: CallEv, depth: number): boolean {
  if (call.mode !== 'call') return false
  if (call.callee.k === 'func' && call.callee.key === 'testing.T.Parallel') return true
  return (
    depth === 0 &&
    staticCallees(program, call).some(
      (callee) =>
        callee.facts.test &&
        flowOf(callee).sites.some(({ ev, blocks }) => blocks.length === 0 && ev.k === 'call' && asks(program, ev, 1)),
    )
  )
}

/**
 * Whether two ways run in tests that run at the same time: where the ways part, both go on in a test that asked for it; or one such test
 * is run again and again. A test that starts others is over, or waits, while they run.
 */
export function besideEachOther(a: Context, b: Context): boolean {
  if (a.parallel.size === 0 || b.parallel.size === 0) return false
  const [x, y] = [a, b].map(({ levels }) => levels.map(({ site }) => site).reverse())
  if (!x || !y) return false
  // A local is that of one run of its function.
  if (a.root === 'scope' && x[0]?.fn !== y[0]?.fn) return false
  for (const [i, at] of x.entries()) {
    const other = y[i]
    if (other === undefined) return false
    if (at.fn !== other.fn) return a.parallel.has(at.fn) && b.parallel.has(other.fn)
    if (a.parallel.get(at.fn) === true && b.parallel.get(at.fn) === true) return true
    if (at === other) continue
    const [inA, inB] = [x[i + 1]?.fn, y[i + 1]?.fn]
    return inA !== undefined && inB !== undefined && a.parallel.has(inA) && b.parallel.has(inB)
  }
  return false
}
