/** The packages of other modules that say what becomes of the functions they are given. */
import { neededPackages } from './analysis/index.js'
import { UserError } from './errors.js'
import type { PackageFacts } from './facts.js'
import type { Reader } from './go/facts.js'

/** Such packages hand functions on to others: those are read too, but not what they hand on. */
const ROUNDS = 2

/** Facts of what the packages need, without tests; of packages that do not type-check, or can't be listed, nothing. */
export async function loadNeeded(packages: readonly PackageFacts[], reader: Reader): Promise<PackageFacts[]> {
  const found: PackageFacts[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const here = new Set(found.map(({ path }) => path))
    const patterns = neededPackages(round === 0 ? packages : found).filter((path) => !here.has(path))
    if (patterns.length === 0) break
    const read = await reader.read({ patterns, tests: false }).catch((error: unknown) => {
      if (error instanceof UserError) return null
      throw error
    })
    if (read === null) break
    found.push(...read.packages)
  }
  return found.filter(({ errors }) => errors.length === 0)
}
