/** Commits and branches made in git's own store: no checkout, no index and no hook of the user's takes part. */
import { rm } from 'node:fs/promises'
import { ToolError, UserError } from '../errors.js'
import { git, type Place } from './git.js'

/** A commit to be made: what it changes, by paths from the repository's root; null deletes. */
export interface NewCommit {
  readonly message: string
  readonly files: readonly (readonly [path: string, text: string | null])[]
}

/**
 * Puts commits on top of `base`, one on the other; returns the last. `index` is a path for git's index, removed at the end.
 * Throws ToolError where git fails; a file that is a symbolic link in the repository is an error, too.
 */
export async function commitAll(
  repository: string,
  base: string,
  commits: readonly NewCommit[],
  index: string,
  place: Place,
): Promise<string> {
  const at: Place = { ...place, env: { ...place.env, GIT_INDEX_FILE: index } }
  try {
    await rm(index, { force: true })
    await ask(['read-tree', base], repository, at)
    let parent = base
    for (const { message, files } of commits) {
      const paths = files.map(([path]) => path)
      const modes = modesOf(await ask(['ls-files', '-s', '-z', '--', ...paths.map(literal)], repository, at))
      const lines: string[] = []
      for (const [path, text] of files) {
        const mode = modes.get(path) ?? '100644'
        if (mode === '120000') throw new ToolError(`${path} is a symbolic link in the repository`)
        const blob =
          text === null ? '' : await ask(['hash-object', '-w', '--stdin', `--path=${path}`], repository, at, text)
        lines.push(text === null ? `0 ${'0'.repeat(base.length)}\t${path}` : `${mode} ${blob.trim()}\t${path}`)
      }
      await ask(['update-index', '-z', '--index-info'], repository, at, lines.map((line) => `${line}\0`).join(''))
      const tree = (await ask(['write-tree'], repository, at)).trim()
      parent = (await ask(['commit-tree', tree, '-p', parent, '-F', '-'], repository, at, message)).trim()
    }
    return parent
  } finally {
    await rm(index, { force: true })
  }
}

/** The commit of a branch, "" where there is none. */
export async function tipOf(repository: string, branch: string, place: Place): Promise<string> {
  const result = await git(['rev-parse', '--verify', '--quiet', `refs/heads/${branch}^{commit}`], repository, place)
  return result?.code === 0 ? result.stdout.trim() : ''
}

/** Makes a branch, or moves it where it is still at `old` ("" for a new one). Refused: any other branch of that name; one that is checked out. */
export async function setBranch(
  repository: string,
  branch: string,
  tip: string,
  old: string,
  place: Place,
): Promise<void> {
  const listed = await ask(['worktree', 'list', '--porcelain'], repository, place)
  if (listed.split('\n').includes(`branch refs/heads/${branch}`))
    throw new UserError(`the branch ${branch} is checked out: switch to another`)
  const result = await git(['update-ref', `refs/heads/${branch}`, tip, old], repository, place)
  if (result?.code !== 0)
    throw new UserError(`git cannot make the branch ${branch}: ${result?.stderr.trim() ?? 'there is no git'}`)
}

/** The commits between two as mails that "git am" takes; the same bytes for the same commits. */
export async function asMails(repository: string, base: string, tip: string, place: Place): Promise<string> {
  const plain = ['--stdout', '--no-signature', '--zero-commit', '--no-stat', '--full-index', '--binary', '-N']
  return ask(['format-patch', ...plain, `${base}..${tip}`], repository, place)
}

/** Runs git, which must succeed; its output. */
export async function ask(args: readonly string[], cwd: string, place: Place, stdin?: string): Promise<string> {
  const result = await git(args, cwd, place, stdin)
  if (result === null) throw new ToolError('there is no git on PATH')
  if (result.code !== 0) throw new ToolError(`"git ${args[0]}" failed in ${cwd}: ${result.stderr.trim()}`)
  return result.stdout
}

function modesOf(listed: string): Map<string, string> {
  const entries = listed.split('\0').filter((entry) => entry !== '')
  return new Map(entries.map((entry) => [entry.slice(entry.indexOf('\t') + 1), entry.slice(0, 6)]))
}

function literal(path: string): string {
  return `:(literal,top)${path}`
}
