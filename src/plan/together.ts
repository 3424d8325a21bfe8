/** Which maps are under one invariant, and so get one lock. */
import type { Fn, Program } from '../analysis/program.js'
import type { SharedMap } from '../types.js'
import { compounds } from './compound.js'
import type { Pass } from './pass.js'
import { buildReach } from './reach.js'
import { touchesOf } from './touches.js'
import { funcTree } from './tree.js'

/** The maps, parted into groups: two of them are together where some function reads or writes both in one step. */
export function together(maps: readonly SharedMap[], pass: Pass): SharedMap[][] {
  const groups: SharedMap[][] = maps.map((map) => [map])
  for (const [i, a] of maps.entries()) {
    for (const b of maps.slice(i + 1)) {
      const [x, y] = [groups.find((group) => group.includes(a)), groups.find((group) => group.includes(b))]
      if (x === undefined || y === undefined || x === y || !sameHolder(a, b) || !oneStep(a, b, pass)) continue
      x.push(...y)
      groups.splice(groups.indexOf(y), 1)
    }
  }
  return groups
}

/** Fields of one struct, variables of one package, or locals of one function: places that one lock can be beside. Parameters are their callers'. */
export function sameHolder(a: SharedMap, b: SharedMap): boolean {
  if (a.pkg !== b.pkg || a.kind !== b.kind || [a, b].some(({ object }) => PASSED.has(object.kind))) return false
  if (a.kind === 'field') return a.object.owner !== undefined && a.object.owner === b.object.owner
  return a.kind === 'variable' || a.object.func === b.object.func
}

const PASSED: ReadonlySet<string> = new Set(['param', 'receiver'])

function oneStep(a: SharedMap, b: SharedMap, pass: Pass): boolean {
  const reach = buildReach(pass.program, [a, b], (access) => !access.exclusive)
  for (const fn of functionsOf(pass.program, a, b)) {
    const file = fn.pkg.files[fn.facts.file]
    if (file === undefined) continue
    const source = pass.source(file.path)
    const touches = touchesOf(
      pass.program,
      fn,
      [a, b],
      reach,
      () => true,
      ({ start, end }) => source.slice(start, end),
    ).filter(({ access }) => access === null || (!access.exclusive && access.op !== 'init'))
    const both = compounds(funcTree(fn), touches).some(
      (group) =>
        group.touches.some(({ map }) => map === a) &&
        group.touches.some(({ map }) => map === b) &&
        group.touches.some(({ write }) => write),
    )
    if (both) return true
  }
  return false
}

function functionsOf(program: Program, ...maps: readonly SharedMap[]): Fn[] {
  const found = new Set<Fn>()
  for (const map of maps) {
    for (const access of map.accesses) {
      const fn = program.fns(access.pkg).find((at) => at.facts === access.func)
      if (fn && fn.facts.kind !== 'varinit' && !fn.facts.test) found.add(fn)
    }
  }
  return [...found]
}
