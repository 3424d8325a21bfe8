import type { Given } from './given.js'
import { type Held, NONE } from './heldsets.js'
import type { LockSets } from './locksets.js'
import { alike } from './lockstate.js'
import { flowOf, type Place, type Site } from './walk.js'

/** Locks on a way to an access, in the terms of one function. */
export interface Holding {
  readonly held: readonly Held[]
  /** Locks of callers that a function further down has given up for the time being. */
  readonly lent: readonly Held[]
}

/** Locks that are held at one place of a function, and no more at some event before another. */
export function givenUp(locks: LockSets, from: Site, to: Place): Held[] {
  const { at } = locks.of(from.fn)
  const between = flowOf(from.fn).sites.filter(({ n }) => n > from.n && n <= to.n)
  return [...(at.get(from.ev) ?? NONE)]
    .filter(([id]) => between.some(({ ev }) => at.get(ev)?.has(id) === false))
    .map(([, held]) => held)
}

/** What is held when the site is reached with these values of bool parameters, added to what functions further down hold. */
export function holdingAt(locks: LockSets, site: Site, below: Holding, given: Given): Holding {
  const facts = locks.of(site.fn, given)
  const own = new Map(facts.at.get(site.ev) ?? NONE)
  const lent: Held[] = []
  for (const held of below.lent) {
    const id = alike(own, held.lock)
    if (id === null) lent.push(held)
    else own.delete(id)
  }
  return {
    held: [...below.held, ...own.values()],
    lent: [...lent, ...(facts.lentAt.get(site.ev) ?? NONE).values()],
  }
}
