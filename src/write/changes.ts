/** What changed in the working tree since a revision. */
import { dirname, join, relative } from 'node:path'
import { changedLines, type Lines } from '../edit/changed.js'
import { ToolError, UserError } from '../errors.js'
import { git, type Place, type Repository, repositoryOf } from './git.js'

/** Whether any of the lines of a file (absolute path) changed. */
export type Changed = (file: string, lines: Lines) => boolean

/**
 * What of some files changed since `rev`, uncommitted changes included. Files that git does not track, or that stand outside of any
 * repository, are new as a whole. Files in a submodule are compared with the commit that `rev` has of it. Refused: a folder outside
 * of a repository, a revision that git does not know there.
 */
export async function changesSince(rev: string, cwd: string, files: readonly string[], place: Place): Promise<Changed> {
  const here = await repositoryOf(cwd, place)
  if (here === null) throw new UserError(`--new-from-rev compares with git, and ${cwd} is in no git repository`)
  await commitOf(rev, here, place)
  const changed = new Map<string, readonly Lines[]>()
  const folders = new Set(files.map((file) => dirname(file)))
  const roots = new Map<string, Repository>()
  for (const folder of folders) {
    const repository = await repositoryOf(folder, place)
    if (repository !== null) roots.set(repository.root, repository)
  }
  const tracked = new Set<string>()
  for (const repository of roots.values()) {
    const base = await baseOf(rev, repository, here, place)
    if (base === null) continue
    for (const path of await list(['ls-files', '-z', '--', '*.go'], repository, place))
      tracked.add(join(repository.root, path))
    for (const [path, lines] of changedLines(await diff(base, repository, place)))
      changed.set(join(repository.root, path), lines)
  }
  return (file, { first, last }) =>
    !tracked.has(file) || (changed.get(file) ?? []).some((lines) => lines.first <= last && first <= lines.last)
}

/** The commit to compare a repository with; null where the revision has none of it. */
async function baseOf(rev: string, { root }: Repository, here: Repository, place: Place): Promise<string | null> {
  if (root === here.root) return commitOf(rev, here, place)
  const outer = await must(['rev-parse', '--show-superproject-working-tree'], root, place)
  if (outer.trim() !== here.root) return commitOf(rev, { ...here, root }, place)
  const path = relative(here.root, root)
  const [entry] = await list(['ls-tree', '-z', rev, '--', path], here, place)
  return /^160000 commit ([0-9a-f]+)\t/.exec(entry ?? '')?.[1] ?? null
}

async function commitOf(rev: string, { root }: Repository, place: Place): Promise<string> {
  const result = await git(['rev-parse', '--verify', '--quiet', '--end-of-options', `${rev}^{commit}`], root, place)
  if (result === null || result.code !== 0)
    throw new UserError(`--new-from-rev: git knows no revision ${rev} in ${root}`)
  return result.stdout.trim()
}

/** Whatever the user's settings of git are, the patch is the same. */
async function diff(base: string, { root }: Repository, place: Place): Promise<string> {
  const flags = ['--unified=0', '--find-renames', '--no-color', '--no-ext-diff', '--no-textconv', '--no-relative']
  const prefixes = ['--src-prefix=a/', '--dst-prefix=b/', '--ignore-submodules=all']
  return must(['-c', 'core.quotePath=false', 'diff', ...flags, ...prefixes, base, '--', '*.go'], root, place)
}

async function list(args: readonly string[], { root }: Repository, place: Place): Promise<string[]> {
  return (await must(args, root, place)).split('\0').filter((part) => part !== '')
}

async function must(args: readonly string[], root: string, place: Place): Promise<string> {
  const result = await git(args, root, place)
  if (result === null || result.code !== 0)
    throw new ToolError(`"git ${args.join(' ')}" failed in ${root}:\n${result?.stderr.trim() ?? ''}`)
  return result.stdout
}
