/** From roots and the entries of a manifest to units. What cannot be one is a unit with its trouble. */
import { basename, join, relative } from 'node:path'
import { ToolError, UserError } from '../errors.js'
import { lookBelow } from '../write/below.js'
import { nodeFiles } from '../write/files.js'
import { git, type Place, repositoryOf } from '../write/git.js'
import { realFolder } from '../write/lookup.js'
import { ask } from '../write/plumbing.js'
import { type Tree, treeAt } from './trees.js'
import type { Trouble, Unit } from './unit.js'

/** One root, or one repository of a manifest. */
export interface Source {
  /** What the user wrote. */
  readonly shown: string
  /** Absolute folder; for a URL, the clone. */
  readonly path: string
  /** "" for a repository of this machine. */
  readonly url: string
  /** Branch, tag or commit to start from; "" for what is checked out. */
  readonly revision: string
  readonly packages: readonly string[]
  readonly flags: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** "" for whom CODEOWNERS names. */
  readonly owner: string
  /** Why it is not there. */
  readonly trouble: Trouble | null
}

/** Repositories (their roots) whose commits are settled already. */
export type Pins = ReadonlyMap<string, string>

/** All units, in the order of the sources; of one module that two sources name, the first. */
export async function unitsOf(sources: readonly Source[], place: Place, pins: Pins): Promise<Unit[]> {
  const found = new Map<string, Unit>()
  const names = new Map<string, string>()
  const add = (unit: Unit): void => {
    const key = `${unit.repository} ${unit.dir} ${unit.repository === '' ? unit.name : ''}`
    if (!found.has(key)) found.set(key, unit)
  }
  for (const source of sources) {
    if (source.trouble !== null) {
      add(lost(source, source.shown, source.trouble))
      continue
    }
    try {
      for (const unit of await unitsAt(source, names, pins, place)) add(unit)
    } catch (error) {
      if (!(error instanceof UserError || error instanceof ToolError)) throw error
      add(lost(source, source.shown, { kind: 'path', message: error.message, advice: 'name a folder that is there' }))
    }
  }
  const units = [...found.values()]
  const one = new Set(units.map(({ repository }) => repository)).size === 1
  return one ? units.map((unit) => ({ ...unit, name: unit.dir === '' ? unit.name : unit.dir })) : units
}

async function unitsAt(source: Source, names: Map<string, string>, pins: Pins, place: Place): Promise<Unit[]> {
  const path = await realFolder(source.path, nodeFiles)
  const around = await repositoryOf(path, place)
  if (around !== null) return ofRepository(around.root, relative(around.root, path), source, names, pins, place)
  const { repositories, loose } = await lookBelow(path)
  const units = loose.map((folder) =>
    lost(source, relative(path, folder) || source.shown, {
      kind: 'not git',
      message: `${folder} is in no git repository`,
      advice: 'run "git init" there and commit',
    }),
  )
  for (const root of repositories) units.push(...(await ofRepository(root, '', source, names, pins, place)))
  if (units.length > 0) return units
  return [
    lost(source, source.shown, {
      kind: 'no module',
      message: `no go.mod in or below ${path}`,
      advice: 'name another folder',
    }),
  ]
}

async function ofRepository(
  root: string,
  prefix: string,
  source: Source,
  names: Map<string, string>,
  pins: Pins,
  place: Place,
): Promise<Unit[]> {
  const name = nameOf(root, source.url, names)
  const plain = {
    repository: root,
    url: source.url || root,
    packages: source.packages,
    env: source.env,
    flags: source.flags,
  }
  const unit = (dir: string, commit: string, tree: Tree | null, trouble: Trouble | null): Unit => ({
    ...plain,
    name: dir === '' ? name : `${name}/${dir}`,
    commit,
    dir,
    env: tree?.alone.has(dir) ? { ...source.env, GOWORK: 'off' } : source.env,
    owner: source.owner || (tree?.owners(join(dir, 'doc.go')) ?? '-'),
    isOwnerGiven: source.owner !== '',
    trouble,
  })
  const revision = pins.get(root) || source.revision || 'HEAD'
  const parsed = await git(['rev-parse', '--verify', '--quiet', `${revision}^{commit}`], root, place)
  const commit = parsed?.code === 0 ? parsed.stdout.trim() : ''
  if (commit === '')
    return [
      unit(prefix, '', null, {
        kind: 'not committed',
        message: `${root} has no commit ${revision}`,
        advice: 'commit, or name a branch that is there',
      }),
    ]
  const trouble = await stateOf(root, source, place)
  const tree = await treeAt(root, commit, place)
  const isWithin = (dir: string): boolean => prefix === '' || dir === prefix || dir.startsWith(`${prefix}/`)
  const below = tree.modules.filter(isWithin)
  // A folder within a module stands for it.
  const above = tree.modules.filter((dir) => dir === '' || prefix.startsWith(`${dir}/`)).at(-1)
  const modules = below.length > 0 ? below : above === undefined ? [] : [above]
  const units = modules.map((dir) => unit(dir, commit, tree, trouble))
  for (const dir of tree.submodules.filter(isWithin)) {
    if (!(await nodeFiles.exists(join(root, dir, 'go.mod')))) continue
    units.push(
      unit(dir, commit, tree, {
        kind: 'submodule',
        message: `${dir} is a submodule of ${root}`,
        advice: 'run batch on its own repository',
      }),
    )
  }
  if (source.url === '')
    for (const dir of (await uncommitted(root, place)).filter(isWithin))
      units.push(
        unit(dir, commit, tree, {
          kind: 'not committed',
          message: `${join(dir, 'go.mod')} is not committed`,
          advice: 'commit it: batch works on commits',
        }),
      )
  if (units.length > 0) return units
  return [
    unit(prefix, commit, tree, {
      kind: 'no module',
      message: `no go.mod in ${join(root, prefix)} at ${commit.slice(0, 12)}`,
      advice: 'name another folder or branch',
    }),
  ]
}

/** What keeps a whole repository from being worked on. */
async function stateOf(root: string, source: Source, place: Place): Promise<Trouble | null> {
  const outer = (await ask(['rev-parse', '--show-superproject-working-tree'], root, place)).trim()
  if (outer !== '')
    return {
      kind: 'submodule',
      message: `${root} is a submodule of ${outer}`,
      advice: 'run batch on a clone of its own',
    }
  for (const [file, what] of UNDER_WAY) {
    const path = (await ask(['rev-parse', '--git-path', file], root, place)).trim()
    if (await nodeFiles.exists(join(path.startsWith('/') ? '' : root, path)))
      return {
        kind: 'merging',
        message: `a ${what} is under way in ${root}`,
        advice: `finish it, or "git ${what} --abort"`,
      }
  }
  for (const ident of ['GIT_AUTHOR_IDENT', 'GIT_COMMITTER_IDENT']) {
    const result = await git(['var', ident], root, place)
    if (result?.code !== 0)
      return {
        kind: 'identity',
        message: `git does not know who commits in ${source.shown}`,
        advice: 'git config user.name and user.email',
      }
  }
  return null
}

const UNDER_WAY: readonly (readonly [file: string, what: string])[] = [
  ['MERGE_HEAD', 'merge'],
  ['rebase-merge', 'rebase'],
  ['rebase-apply', 'rebase'],
  ['CHERRY_PICK_HEAD', 'cherry-pick'],
  ['REVERT_HEAD', 'revert'],
]

/** Folders of go.mod files that git neither tracks nor ignores. */
async function uncommitted(root: string, place: Place): Promise<string[]> {
  const listed = await ask(['ls-files', '-z', '--others', '--exclude-standard', '--', ':(glob)**/go.mod'], root, place)
  return listed
    .split('\0')
    .filter((path) => path !== '' && !/(^|\/)([._][^/]*|vendor|testdata|node_modules)\//.test(path))
    .map((path) => path.replace(/\/?go\.mod$/, ''))
}

/** The repository's name, with a number where another has it. */
function nameOf(root: string, url: string, names: Map<string, string>): string {
  const known = names.get(root)
  if (known !== undefined) return known
  const plain = basename((url || root).replace(/[/\\]+$/, '')).replace(/\.git$/, '')
  const taken = new Set(names.values())
  let free = plain
  for (let n = 2; taken.has(free); n++) free = `${plain}-${n}`
  names.set(root, free)
  return free
}

function lost(source: Source, name: string, trouble: Trouble): Unit {
  return {
    name,
    repository: '',
    url: source.url,
    commit: '',
    dir: '',
    packages: source.packages,
    flags: source.flags,
    env: source.env,
    owner: source.owner || '-',
    isOwnerGiven: source.owner !== '',
    trouble,
  }
}
