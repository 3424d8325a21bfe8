/** What stands below a folder: repositories, and modules that are in none. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

export interface Below {
  /** Roots of git repositories, sorted. Those within another repository are that one's business. */
  readonly repositories: readonly string[]
  /** Folders with a go.mod outside of any repository. */
  readonly loose: readonly string[]
}

const PASSED_OVER = new Set(['node_modules', 'vendor', 'testdata'])

/** Looks through a folder. Links are not followed; folders that cannot be read, hidden ones and other people's are passed over. */
export async function lookBelow(folder: string): Promise<Below> {
  const repositories: string[] = []
  const loose: string[] = []
  const work = [folder]
  for (let at = work.pop(); at !== undefined; at = work.pop()) {
    const here = at
    const entries = await readdir(here, { withFileTypes: true }).catch(() => [])
    if (entries.some(({ name }) => name === '.git')) {
      repositories.push(here)
      continue
    }
    if (entries.some((entry) => entry.name === 'go.mod' && entry.isFile())) loose.push(here)
    const folders = entries.filter(
      (entry) => entry.isDirectory() && !/^[._]/.test(entry.name) && !PASSED_OVER.has(entry.name),
    )
    work.push(...folders.map(({ name }) => join(here, name)))
  }
  return { repositories: repositories.sort(), loose: loose.sort() }
}
