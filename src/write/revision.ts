/** Files as they were at a commit. */
import { join } from 'node:path'
import { UserError } from '../errors.js'
import { git, type Place, repositoryOf } from './git.js'

/**
 * The former texts of the Go files that differ from a revision, by absolute path; those that it did not have are left out. Null where git
 * does not know the revision, or there is no repository.
 */
export async function textsAt(rev: string, cwd: string, place: Place): Promise<ReadonlyMap<string, string> | null> {
  const repository = await repositoryOf(cwd, place)
  if (repository === null) return null
  const { root } = repository
  const known = await git(['rev-parse', '--verify', '--quiet', '--end-of-options', `${rev}^{commit}`], root, place)
  if (known === null || known.code !== 0) return null
  const commit = known.stdout.trim()
  const flags = ['--name-only', '-z', '--no-renames', '--diff-filter=MT', '--no-ext-diff', '--no-relative']
  const changed = await git(['diff', ...flags, commit, '--', '*.go'], root, place)
  if (changed === null || changed.code !== 0) throw new UserError(`git cannot compare with ${rev} in ${root}`)
  const texts = new Map<string, string>()
  for (const path of changed.stdout.split('\0').filter((name) => name !== '')) {
    const shown = await git(['show', `${commit}:${path}`], root, place)
    if (shown !== null && shown.code === 0) texts.set(join(root, path), shown.stdout)
  }
  return texts
}
