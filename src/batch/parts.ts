/** Which fixes go into which branch. Pure. */
import { posix } from 'node:path'
import type { UnitStep } from './job.js'
import type { Owners } from './owners.js'
import { slug, type Unit } from './unit.js'

export interface Shape {
  readonly split: 'unit' | 'owner' | 'package'
  /** Fixes in one branch at most; 0 for any number. */
  readonly maxFixes: number
}

/** What one unit has for a branch. */
export interface Share {
  readonly unit: Unit
  readonly steps: readonly UnitStep[]
  /** These are not all fixes of the unit, so they are proved again by themselves. */
  readonly isPart: boolean
}

/** A branch to be made: all its shares are of one repository and commit. */
export interface Branch {
  /** Without a prefix. */
  readonly name: string
  readonly repository: string
  readonly base: string
  readonly shares: readonly Share[]
}

export interface Fixes {
  readonly unit: Unit
  readonly steps: readonly UnitStep[]
  readonly owners: Owners
}

/**
 * The branches of all units, in their order. `names` gives units their slugs. Where two units have changed one file, the later
 * gets a branch of its own.
 */
export function branchesOf(
  all: readonly Fixes[],
  { split, maxFixes }: Shape,
  names: (unit: string) => string,
): Branch[] {
  const parts = all.flatMap(({ unit, steps, owners }) => {
    const keyed = new Map<string, UnitStep[]>()
    for (const step of steps) {
      const key = split === 'owner' ? owners(step.file) : split === 'package' ? posix.dirname(step.file) : ''
      keyed.set(key, [...(keyed.get(key) ?? []), step])
    }
    return [...keyed].map(([key, some]) => ({ unit, steps: some, of: steps.length, name: nameOf(key) }))
    function nameOf(key: string): string {
      if (split === 'owner') return key === '-' ? 'nobody' : slug(key)
      return split === 'unit' ? names(unit.name) : `${names(unit.name)}.${slug(packageName(key, unit))}`
    }
  })
  const branches = new Map<string, { name: string; shares: { unit: Unit; steps: UnitStep[]; of: number }[] }>()
  for (const { unit, steps, of, name } of parts) {
    const key = `${unit.repository} ${unit.commit} ${name}`
    const there = branches.get(key)
    if (there === undefined) branches.set(key, { name, shares: [{ unit, steps, of }] })
    else if (there.shares.some((share) => share.unit !== unit && meet(share.steps, steps)))
      branches.set(`${key} ${unit.name}`, { name: `${name}.${names(unit.name)}`, shares: [{ unit, steps, of }] })
    else there.shares.push({ unit, steps, of })
  }
  return [...branches.values()].flatMap(({ name, shares }) =>
    inChunks(shares, maxFixes).map((chunk, i) => ({
      name: i === 0 ? name : `${name}.${i + 1}`,
      repository: chunk[0]?.unit.repository ?? '',
      base: chunk[0]?.unit.commit ?? '',
      shares: chunk.map(({ unit, steps, of }) => ({ unit, steps, isPart: steps.length < of })),
    })),
  )
}

function inChunks(
  shares: readonly { unit: Unit; steps: UnitStep[]; of: number }[],
  max: number,
): { unit: Unit; steps: UnitStep[]; of: number }[][] {
  if (max === 0) return [[...shares]]
  const single = shares.flatMap(({ unit, steps, of }) => steps.map((step) => ({ unit, step, of })))
  const chunks: { unit: Unit; steps: UnitStep[]; of: number }[][] = []
  for (const [i, { unit, step, of }] of single.entries()) {
    if (i % max === 0) chunks.push([])
    const chunk = chunks.at(-1) ?? []
    const share = chunk.find((one) => one.unit === unit)
    if (share) share.steps.push(step)
    else chunk.push({ unit, steps: [step], of })
  }
  return chunks
}

function packageName(folder: string, { dir }: Unit): string {
  return posix.relative(dir, folder === '.' ? '' : folder) || 'root'
}

function meet(some: readonly UnitStep[], others: readonly UnitStep[]): boolean {
  const paths = new Set(some.flatMap(({ files }) => files.map(([path]) => path)))
  return others.some(({ files }) => files.some(([path]) => paths.has(path)))
}
