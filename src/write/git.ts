/** What git knows of the files that a fix would change. */
import { access } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ToolError, UserError } from '../errors.js'
import type { Env } from '../go/env.js'
import { NotFound, type RunResult, run } from '../go/run.js'

export interface Allowed {
  readonly dirty: boolean
  readonly staged: boolean
  readonly noVcs: boolean
}

export interface Repository {
  readonly root: string
  readonly gitDir: string
}

export interface Place {
  readonly env: Env
  readonly signal?: AbortSignal | undefined
}

/** The repository that holds a folder; null outside one, and where there is no git. */
export async function repositoryOf(dir: string, place: Place): Promise<Repository | null> {
  const result = await git(['rev-parse', '--show-toplevel', '--absolute-git-dir'], dir, place)
  if (result === null || result.code !== 0) return null
  const [root, gitDir] = result.stdout.split('\n')
  return root && gitDir ? { root, gitDir } : null
}

/** Refuses, as cargo fix does, to change what version control could not give back. */
export async function mustBeSafe(dir: string, allowed: Allowed, place: Place): Promise<void> {
  if (allowed.noVcs) return
  const repository = await repositoryOf(dir, place)
  if (repository === null) {
    throw new UserError(
      `${dir} is in no git repository, so the change could not be taken back: nothing was done\n` +
        '  run "git init" and commit, or pass --allow-no-vcs; --diff shows the patch and writes nothing',
    )
  }
  const { staged, dirty } = await changes(repository, place)
  if (allowed.dirty) return
  const bad = [...new Set([...(allowed.staged ? [] : staged), ...dirty])]
  if (bad.length === 0) return
  const shown = bad.slice(0, 10).map((path) => `    ${path}`)
  if (bad.length > 10) shown.push(`    … and ${bad.length - 10} more`)
  throw new UserError(
    `${repository.root} has uncommitted changes, which a fix would be mixed with: nothing was done\n${shown.join('\n')}\n` +
      '  commit or stash them, or pass --allow-dirty (staged ones only: --allow-staged); --diff shows the patch and writes nothing',
  )
}

/** Files among `paths` (absolute) that git ignores: it would not show their change, nor give the old content back. */
export async function ignoredFiles(paths: readonly string[], place: Place): Promise<string[]> {
  const ignored: string[] = []
  for (const dir of new Set(paths.map((path) => dirname(path)))) {
    const inside = paths.filter((path) => dirname(path) === dir)
    const result = await git(['check-ignore', '-z', '--stdin'], dir, place, inside.join('\0'))
    if (result !== null && result.code === 0) ignored.push(...result.stdout.split('\0').filter(Boolean))
  }
  return ignored
}

/** Paths relative to the repository's root. */
async function changes(repository: Repository, place: Place): Promise<{ staged: string[]; dirty: string[] }> {
  const result = await git(['status', '--porcelain=v1', '-z', '--untracked-files=normal'], repository.root, place)
  if (result === null || result.code !== 0)
    throw new ToolError(`"git status" failed in ${repository.root}:\n${result?.stderr.trim() ?? ''}`)
  const staged: string[] = []
  const dirty: string[] = []
  const fields = result.stdout.split('\0')
  for (let i = 0; i < fields.length; i++) {
    const field = fields[i] ?? ''
    if (field === '') continue
    const [index, tree] = field
    const path = field.slice(3)
    // A rename is followed by the old name.
    if (index === 'R' || index === 'C') i++
    if (index !== ' ' && index !== '?' && index !== '!') staged.push(path)
    if (tree !== ' ' || index === '?') dirty.push(path)
  }
  return { staged, dirty }
}

/** Runs git in a folder, or where it is yet to be made in the one that will hold it; null where there is no git. */
export async function git(
  args: readonly string[],
  cwd: string,
  place: Place,
  stdin?: string,
): Promise<RunResult | null> {
  try {
    // Optional locks would touch the user's index.
    const stand = await nearestThere(cwd)
    return await run('git', args, {
      cwd: stand,
      env: { ...place.env, GIT_OPTIONAL_LOCKS: '0' },
      signal: place.signal,
      stdin,
    })
  } catch (error) {
    if (error instanceof NotFound) return null
    throw error
  }
}

async function nearestThere(dir: string): Promise<string> {
  const above = dirname(dir)
  const isThere = await access(dir).then(
    () => true,
    () => false,
  )
  return isThere || above === dir ? dir : nearestThere(above)
}
