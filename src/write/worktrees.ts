/** Worktrees of other people's repositories, in a folder of ours: what runs in them touches nobody's checkout. */
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { git, type Place } from './git.js'
import { ask } from './plumbing.js'

/** Somewhere to work, for one unit after the other. */
export interface Slot {
  readonly folder: string
  /** The root of a worktree of the repository at the commit, as git checks it out. It is good until the next call. */
  at(repository: string, commit: string): Promise<string>
  /** Removes the worktree, and what git knows of it. */
  close(): Promise<void>
}

// The user's hooks are for the user's own work, and large files are no Go.
const QUIET = ['-c', 'core.hooksPath=/dev/null', '-c', 'core.fsmonitor=false']

/** A slot in a folder of its own, which is made. */
export async function openSlot(folder: string, place: Place): Promise<Slot> {
  const here: Place = { ...place, env: { ...place.env, GIT_LFS_SKIP_SMUDGE: '1' } }
  const tree = join(folder, 'tree')
  let now: { repository: string; commit: string } | null = null
  const close = async (): Promise<void> => {
    if (now !== null) await removeWorktree(now.repository, tree, { env: place.env })
    now = null
    await rm(tree, { recursive: true, force: true, maxRetries: 3 })
  }
  await mkdir(folder, { recursive: true })
  return {
    folder,
    async at(repository, commit) {
      if (now?.repository === repository) {
        await ask([...QUIET, 'checkout', '-q', '--force', '--detach', commit], tree, here)
        await ask([...QUIET, 'clean', '-ffdxq'], tree, here)
      } else {
        await close()
        now = { repository, commit }
        await ask([...QUIET, 'worktree', 'add', '-q', '--force', '--detach', tree, commit], repository, here)
      }
      now = { repository, commit }
      return tree
    },
    close,
  }
}

/** Removes the worktrees that a run which died left in a folder, as far as the repository knows them. */
export async function removeStale(repository: string, folder: string, place: Place): Promise<void> {
  const listed = await git(['worktree', 'list', '--porcelain', '-z'], repository, place)
  const paths = listed?.stdout.split('\0').flatMap((line) => (line.startsWith('worktree ') ? [line.slice(9)] : []))
  for (const path of paths ?? []) if (path.startsWith(`${folder}/`)) await removeWorktree(repository, path, place)
}

async function removeWorktree(repository: string, path: string, place: Place): Promise<void> {
  await git([...QUIET, 'worktree', 'remove', '--force', '--force', path], repository, place)
}
