/** Which packages a fix can reach. */
import type { Ground } from './ground.js'
import type { Candidate } from './prove.js'
import { type WorkspacePackage, withImporters } from './workspace.js'

/** The packages that a stage runs for some candidates: those they touch and, unless asked otherwise, all that import them. */
export function affected(
  some: readonly Candidate[],
  ground: Ground,
  tests?: 'affected' | 'package' | 'all',
): WorkspacePackage[] {
  if (tests === 'all') return [...ground.packages]
  const folders = new Set(some.flatMap((c) => [...c.folders]))
  if (tests === 'package') return ground.packages.filter((p) => folders.has(p.dir))
  return withImporters(folders, ground.packages)
}
