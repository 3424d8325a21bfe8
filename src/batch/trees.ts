/** What a repository holds at a commit: its modules, workspaces and owners. */
import { posix } from 'node:path'
import { git, type Place } from '../write/git.js'
import { ask } from '../write/plumbing.js'
import { OWNER_FILES, type Owners, readOwners } from './owners.js'

export interface Tree {
  /** Folders with a go.mod, "" for the root, sorted; vendored ones and those that the go command passes over are left out. */
  readonly modules: readonly string[]
  /** Modules that the go.work above them does not use: they are worked on without it. */
  readonly alone: ReadonlySet<string>
  readonly owners: Owners
  /** Folders of submodules. */
  readonly submodules: readonly string[]
}

/** Reads the tree of a commit; no checkout is looked at. */
export async function treeAt(repository: string, commit: string, place: Place): Promise<Tree> {
  const listed = (await ask(['ls-tree', '-r', '-z', commit], repository, place)).split('\0')
  const entries = listed
    .filter((line) => line !== '')
    .map((line) => ({ mode: line.slice(0, 6), path: line.slice(line.indexOf('\t') + 1) }))
  const has = new Set(entries.map(({ path }) => path))
  const folders = entries
    .filter(({ mode, path }) => mode.startsWith('100') && posix.basename(path) === 'go.mod')
    .map(({ path }) => folderOf(path))
  const workspaces = new Map<string, ReadonlySet<string>>()
  for (const path of has) {
    if (posix.basename(path) !== 'go.work') continue
    const text = await ask(['cat-file', 'blob', `${commit}:${path}`], repository, place)
    workspaces.set(folderOf(path), new Set(usesOf(text).map((use) => inside(folderOf(path), use))))
  }
  const used = new Set([...workspaces.values()].flatMap((uses) => [...uses]))
  const modules = folders.filter((folder) => used.has(folder) || !isPassedOver(folder)).sort()
  const ownersFile = OWNER_FILES.find((path) => has.has(path))
  return {
    modules,
    alone: new Set(modules.filter((folder) => nearest(folder, workspaces)?.has(folder) === false)),
    owners: readOwners(
      ownersFile === undefined ? '' : await ask(['cat-file', 'blob', `${commit}:${ownersFile}`], repository, place),
    ),
    submodules: entries.filter(({ mode }) => mode === '160000').map(({ path }) => path),
  }
}

/** Whether a Go file of the module, tests included, has one of the words among its imports (or anywhere in a line of quotes). */
export async function importsAny(
  repository: string,
  commit: string,
  dir: string,
  paths: readonly string[],
  place: Place,
): Promise<boolean> {
  const patterns = paths.flatMap((path) => ['-e', `"${path}`])
  const scope = dir === '' ? '*.go' : `${dir}/*.go`
  const result = await git(
    ['grep', '-q', '-F', ...patterns, commit, '--', `:(top,glob)${scope.replace('*.go', '**/*.go')}`],
    repository,
    place,
  )
  return result?.code === 0
}

/** The paths that "use" directives name. */
export function usesOf(gowork: string): string[] {
  const text = gowork.replace(/\/\/.*$/gm, '')
  const blocks = [...text.matchAll(/^\s*use\s*\(([^)]*)\)/gm)].flatMap(([, block = '']) => block.split('\n'))
  const single = [...text.matchAll(/^\s*use\s+([^\s(].*)$/gm)].map(([, path = '']) => path)
  return [...blocks, ...single].map((path) => path.trim().replace(/^["`](.*)["`]$/, '$1')).filter((path) => path !== '')
}

function folderOf(path: string): string {
  const dir = posix.dirname(path)
  return dir === '.' ? '' : dir
}

function inside(folder: string, path: string): string {
  const joined = posix.normalize(posix.join(folder, path)).replace(/\/$/, '')
  return joined === '.' ? '' : joined
}

/** As the go command does with patterns, and as vendor/ is somebody else's code. */
function isPassedOver(folder: string): boolean {
  return folder
    .split('/')
    .some((part) => part === 'vendor' || part === 'testdata' || part === 'node_modules' || /^[._]/.test(part))
}

/** What the go.work in a folder or the nearest above it uses. */
function nearest(
  folder: string,
  workspaces: ReadonlyMap<string, ReadonlySet<string>>,
): ReadonlySet<string> | undefined {
  for (let at = folder; ; at = folderOf(at)) {
    const uses = workspaces.get(at)
    if (uses !== undefined || at === '') return uses
  }
}
