/** Which of the units are wanted. */
import ignore from 'ignore'
import type { Place } from '../write/git.js'
import { importsAny } from './trees.js'
import type { Unit } from './unit.js'

export interface Picking {
  /** Owners as CODEOWNERS names them; [] for all. */
  readonly owners: readonly string[]
  /** Globs, as in .gitignore, for the module's folder; [] for all. */
  readonly paths: readonly string[]
  /** Beginnings of import paths; [] for all. */
  readonly imports: readonly string[]
}

/** The units that all of it goes for, in their order. */
export async function pick(units: readonly Unit[], { owners, paths, imports }: Picking, place: Place): Promise<Unit[]> {
  const globs = ignore().add([...paths])
  const picked: Unit[] = []
  for (const unit of units) {
    const owned = owners.length === 0 || unit.owner.split(' ').some((owner) => owners.includes(owner))
    const matches =
      paths.length === 0 || globs.ignores(unit.dir === '' ? '.root' : unit.dir) || paths.includes(unit.name)
    if (!owned || !matches) continue
    const { repository, commit, dir } = unit
    if (imports.length > 0 && (commit === '' || !(await importsAny(repository, commit, dir, imports, place)))) continue
    picked.push(unit)
  }
  return picked
}
