/** `mapfix init`: files to start from. */
import { dirname, join, relative } from 'node:path'
import { CONFIG_FILES, DEFAULT_CONFIG } from '../config/config.js'
import { hook, workflow } from '../config/starters.js'
import { UserError } from '../errors.js'
import { repositoryOf } from '../write/git.js'
import { saveFile } from '../write/save.js'
import type { Context } from './context.js'
import { print } from './output.js'

/**
 * Shows a configuration with a comment at each key and, in a git repository, a workflow for GitHub and a pre-commit hook; then writes them, on a
 * terminal after asking. What is there already stays. Refused: a configuration is there.
 */
export async function init({ request, files, pid, stdin, stdout, version }: Context): Promise<number> {
  const { cwd } = request
  for (const name of CONFIG_FILES) {
    if (await files.exists(join(cwd, name))) throw new UserError(`${name} is there already: nothing was written`)
  }
  const root = (await repositoryOf(cwd, request))?.root ?? null
  const dir = root === null ? '' : relative(root, cwd).replaceAll('\\', '/')
  const wanted = [
    { path: join(cwd, CONFIG_FILES[0] ?? ''), text: DEFAULT_CONFIG, mode: 0o644 },
    ...(root === null
      ? []
      : [
          { path: join(root, '.github/workflows/mapfix.yml'), text: workflow(dir, version), mode: 0o644 },
          { path: join(root, '.githooks/pre-commit'), text: hook(dir), mode: 0o755 },
        ]),
  ]
  const shown = (path: string): string => relative(cwd, path)
  const fresh: typeof wanted = []
  for (const file of wanted) {
    if (await files.exists(file.path)) await print(stdout, `${shown(file.path)} is there already, and stays\n\n`)
    else fresh.push(file)
  }
  for (const { path, text } of fresh) await print(stdout, `${shown(path)}:\n\n${text.replace(/^(?=.)/gm, '    ')}\n`)
  if (stdout.isTTY === true) {
    const { confirm } = await import('@inquirer/prompts')
    const agreed = await confirm({ message: 'write these files?', default: true }, { input: stdin, output: stdout })
    if (!agreed) return 1
  }
  for (const { path, text, mode } of fresh) {
    await makeFolders(dirname(path), files)
    await saveFile(path, text, files, pid, mode)
    await print(stdout, `wrote ${shown(path)}\n`)
  }
  if (fresh.some(({ mode }) => mode === 0o755))
    await print(stdout, 'the hook is on after: git config core.hooksPath .githooks\n')
  return 0
}

async function makeFolders(path: string, files: Context['files']): Promise<void> {
  if (await files.exists(path)) return
  await makeFolders(dirname(path), files)
  await files.mkdir(path)
}
