/** Other locks around a group's lock, and in which order they are taken. */
import { type Fn, lastName, type Program } from '../analysis/program.js'
import type { Access, Refusal, SharedMap } from '../types.js'
import { holdingOf, lockKey } from './holding.js'
import { refuse } from './pass.js'

export class Surroundings {
  /** Object keys of the group's lock, if it is one that exists. */
  readonly guards: readonly string[]
  readonly #program: Program
  readonly #maps: readonly SharedMap[]
  readonly #needs: (access: Access) => boolean
  #outer: ReadonlySet<string> | null = null

  /** `needs` says which accesses are to take the lock. */
  constructor(
    program: Program,
    maps: readonly SharedMap[],
    guards: readonly string[],
    needs: (access: Access) => boolean,
  ) {
    this.#program = program
    this.#maps = maps
    this.guards = guards
    this.#needs = needs
  }

  /** Locks that may be held where the group's is to be taken. */
  around(): ReadonlySet<string> {
    if (this.#outer) return this.#outer
    const live = this.#maps.flatMap((map) => map.accesses).filter(this.#needs)
    const found = live.flatMap((access) => {
      const fn = fnOf(this.#program, access)
      return fn === undefined ? [] : [...holdingOf(this.#program).around(fn, access.event)]
    })
    this.#outer = new Set(found)
    return this.#outer
  }

  /** Whether a lock taken under the group's leads back to it, or to one that may be held around it. */
  circular(object: string | null): boolean {
    const { leadsTo } = holdingOf(this.#program)
    const lock = lockKey(object)
    return lock === lockKey(null) || [...this.guards, ...this.around()].some((outer) => leadsTo(lock, outer))
  }

  /** A lock that may be held where the guard is to be taken, and that other code takes under the guard. */
  reversed(): Refusal | null {
    const [guard] = this.guards
    const [first] = this.#maps
    if (guard === undefined || first === undefined) return null
    const outer = [...this.around()].find((lock) => lock !== guard && holdingOf(this.#program).leadsTo(guard, lock))
    if (outer === undefined) return null
    return refuse(
      first.decl,
      `${lastName(outer)} is held where it is used without its lock, and is taken under that lock elsewhere`,
    )
  }
}

/** The function that an access stands in. */
export function fnOf(program: Program, access: Access): Fn | undefined {
  return program.fns(access.pkg).find((fn) => fn.facts === access.func)
}
