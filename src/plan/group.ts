/** One fix for a group of maps that get (or have) one lock, by the plainest attempt that succeeds. */
import type { Refusal, SharedMap } from '../types.js'
import { Attempt, type GroupPlan } from './attempt.js'
import { type LiftedFns, lift } from './lifted.js'
import type { Nestings } from './order.js'
import { isRefusal, type Pass } from './pass.js'
import type { LockChoice } from './place.js'
import type { GivenNames } from './scope.js'

/** Edits for all accesses and the declarations of the maps; refused as a whole where one access can't be kept. */
export function planGroup(
  maps: readonly SharedMap[],
  choice: LockChoice,
  pass: Pass,
  nestings: Nestings,
  names: GivenNames,
): GroupPlan | Refusal {
  const freed = choice.style === 'methods' ? choice.freed : null
  if (freed !== null) {
    const there = { ...pass, program: freed.program }
    return new Attempt([freed.map], choice, there, nestings, maps, names, new Map()).run()
  }
  const attempt = (lifted: LiftedFns): { work: Attempt; made: GroupPlan | Refusal } => {
    // Only an attempt that succeeds takes names.
    const own = choice.style === 'inline' ? { ...choice, taken: new Set(choice.taken) } : choice
    const work = new Attempt(maps, own, pass, nestings, maps, names, lifted)
    const made = work.run()
    if (choice.style === 'inline' && own.style === 'inline' && !isRefusal(made))
      for (const name of own.taken) choice.taken.add(name)
    return { work, made }
  }
  const plain = attempt(new Map())
  if (!isRefusal(plain.made) || choice.style === 'guard' || choice.style === 'methods') return plain.made
  for (const how of ['callers', 'twin'] as const) {
    let last = plain.work
    for (let round = 0; round < ROUNDS && last.candidates.size > 0; round++) {
      const lifted = lift(pass.program, maps, [...last.lifted.keys(), ...last.candidates], last.reach, how)
      if (lifted === null) break
      const { work, made } = attempt(lifted)
      if (!isRefusal(made)) return made
      last = work
    }
  }
  return plain.made
}

/** How often functions are added to those that run under the lock of their callers. */
const ROUNDS = 4

/** For maps that have all they need. */
export const UNCHANGED: GroupPlan = {
  edits: [],
  methods: new Set(),
  compound: [],
  lock: '',
  nesting: { maps: new Set(), locks: false, under: false },
}
