/** From roots, or a manifest, to the repositories that units are looked for in. */
import { createHash } from 'node:crypto'
import { dirname, join, resolve } from 'node:path'
import type { Manifest } from '../config/manifest.js'
import { nodeFiles } from '../write/files.js'
import { git, type Place } from '../write/git.js'
import type { Source } from './discover.js'
import { slug, type Trouble } from './unit.js'

/** Folders as the user named them. */
export function fromRoots(roots: readonly string[], cwd: string): Source[] {
  return roots.map((root) => ({ ...PLAIN, shown: root, path: resolve(cwd, root) }))
}

/** The repositories of a manifest (its path absolute). Those with a URL are cloned into `clones`, or fetched where they were before. */
export async function fromManifest(manifest: Manifest, path: string, clones: string, place: Place): Promise<Source[]> {
  const sources: Source[] = []
  for (const entry of manifest.repositories) {
    if ('message' in entry) {
      const trouble = { kind: 'manifest' as const, message: entry.message, advice: 'mend its entry in the manifest' }
      sources.push({ ...PLAIN, shown: entry.shown, trouble })
      continue
    }
    const { url = '', branch = '', packages = [], environment = {}, owner = '' } = entry
    const flags = [
      ...(entry.transform ? [`--transform=${entry.transform}`] : []),
      ...(entry.style ? [`--style=${entry.style}`] : []),
      ...(entry.tags ? [`--tags=${entry.tags.join(',')}`] : []),
    ]
    const own = { ...PLAIN, shown: url || (entry.path ?? ''), packages, flags, env: environment, owner }
    if (url === '') sources.push({ ...own, path: resolve(dirname(path), entry.path ?? ''), revision: branch })
    else sources.push({ ...own, url, ...(await cloned(url, branch, clones, place)) })
  }
  return sources
}

const PLAIN: Omit<Source, 'shown'> = {
  path: '',
  url: '',
  revision: '',
  packages: [],
  flags: [],
  env: {},
  owner: '',
  trouble: null,
}

/** A clone of the URL, with what is there now. It has no checkout: its branches are the user's result. */
export async function cloned(
  url: string,
  branch: string,
  clones: string,
  place: Place,
): Promise<{ path: string; revision: string; trouble: Trouble | null }> {
  const hash = createHash('sha256').update(url).digest('hex').slice(0, 8)
  const path = join(clones, `${slug(url.replace(/\/+$/, '').split('/').at(-1) ?? '')}-${hash}`)
  const isThere = await nodeFiles.exists(join(path, '.git'))
  const args = isThere
    ? ['fetch', '--quiet', '--prune', '--tags', '--force', 'origin']
    : ['clone', '--quiet', '--no-checkout', '--', url, path]
  const result = await git(args, isThere ? path : clones, place)
  const revision = branch === '' ? 'origin/HEAD' : await remote(path, branch, place)
  if (result?.code === 0) return { path, revision, trouble: null }
  const message = `git cannot get ${url}: ${result?.stderr.trim() ?? 'there is no git'}`
  return {
    path,
    revision,
    trouble: { kind: 'clone', message, advice: 'try "git clone" yourself: is the URL right, and are you let in?' },
  }
}

/** A branch of the remote's; tags and commits are known by their own names. */
async function remote(path: string, branch: string, place: Place): Promise<string> {
  const name = `refs/remotes/origin/${branch}`
  const result = await git(['rev-parse', '--verify', '--quiet', name], path, place)
  return result?.code === 0 ? name : branch
}
