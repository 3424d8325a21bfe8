/** Repositories for batches to work on. */
import { folder, git, put, RACY } from './project.js'

/** Committed by somebody of the repository's own, as a batch needs it. */
export async function ownedRepository(files: Readonly<Record<string, string>>): Promise<string> {
  const dir = folder(files)
  await git(dir, 'init', '-q', '-b', 'main')
  await git(dir, 'config', 'user.name', 'Gopher')
  await git(dir, 'config', 'user.email', 'gopher@example.com')
  await commitAll(dir, 'before')
  return dir
}

export async function commitAll(dir: string, message: string): Promise<void> {
  await git(dir, 'add', '-A')
  await git(dir, 'commit', '-qm', message)
}

/** A module's files in a folder. */
export function module(
  dir: string,
  name: string,
  racy: boolean,
  files: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const source = racy
    ? RACY['racy.go'].replace('package racy', `package ${name}`)
    : `package ${name}\n\n// Name is a name.\nconst Name = "${name}"\n`
  const all = { 'go.mod': `module example.com/${name}\n\ngo 1.22\n`, [`${name}.go`]: source, ...files }
  return Object.fromEntries(Object.entries(all).map(([file, text]) => [`${dir}/${file}`, text]))
}

/** 40 modules: 8 in a workspace, three owners, six with a race, five broken in different ways. */
export async function monorepo(): Promise<string> {
  const files: Record<string, string> = {
    'README.md': 'many modules\n',
    '.gitignore': '/ignored/\n',
    '.github/CODEOWNERS': '* @org/platform\n/services/ @org/services\n/libs/ @org/libs\n',
    'third/vendor/example.com/v/go.mod': 'module example.com/v\n',
  }
  for (let i = 0; i < 20; i++) Object.assign(files, module(`libs/l${i}`, `l${i}`, i < 2))
  for (let i = 0; i < 10; i++) Object.assign(files, module(`services/s${i}`, `s${i}`, i < 3))
  for (let i = 0; i < 5; i++) Object.assign(files, module(`tools/t${i}`, `t${i}`, i === 0))
  const used = [...Array(8).keys()].map((i) => `\t./s${i}\n`).join('')
  files['services/go.work'] = `go 1.22\n\nuse (\n${used})\n`
  Object.assign(files, module('broken/types', 'types', false, { 'x.go': 'package types\n\nvar x int = "no"\n' }))
  Object.assign(
    files,
    module('broken/private', 'private', false, {
      'x.go': 'package private\n\nimport _ "git.example.invalid/secret"\n',
    }),
  )
  files['broken/empty/go.mod'] = 'module example.com/empty\n\ngo 1.22\n'
  Object.assign(files, module('broken/mod', 'mod', false, { 'go.mod': 'modul example.com/mod\n' }))
  Object.assign(files, module('broken/branch', 'branch', true))
  const dir = await ownedRepository(files)
  await git(dir, 'branch', 'mapfix/broken-branch')
  put(dir, module('ignored/x', 'x', true))
  return dir
}
