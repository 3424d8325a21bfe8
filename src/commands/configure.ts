/** What the flags and the files that they name amount to. */
import { dirname, relative, resolve } from 'node:path'
import { CONFIG_FILES, type Config, configOf, readConfig } from '../config/config.js'
import { UserError } from '../errors.js'
import { type Known, readKnown } from '../report/known.js'
import { diskReason, type Files } from '../write/files.js'
import { lookUp } from '../write/lookup.js'
import { readFlags, type Settings } from './flags.js'
import { defaultOf } from './own.js'

/** The settings, with the configuration file that applies to a folder: the flag's, or the one that is found there or above. */
export async function configure(
  argv: readonly string[],
  { config: named, command, rule }: Settings,
  cwd: string,
  files: Files,
): Promise<Settings> {
  if (command === 'init' || rule !== '') return readFlags(argv)
  const path = named === '' ? await lookUp(CONFIG_FILES, cwd, files) : resolve(cwd, named)
  return readFlags(argv, path === null ? {} : await load(path, cwd, files))
}

/** The file of known findings; one that is to be written need not be there. */
export async function knownFindings(
  { suppressions, updateSuppressions }: Settings,
  cwd: string,
  files: Files,
): Promise<Known | null> {
  if (suppressions === '') {
    if (updateSuppressions) throw new UserError('--update-suppressions needs --suppressions=FILE: what to write')
    return null
  }
  const path = resolve(cwd, suppressions)
  if (updateSuppressions && !(await files.exists(path))) return { path, entries: [] }
  return readKnown(suppressions, await read(path, suppressions, '\n  --update-suppressions writes it', files))
}

async function load(path: string, cwd: string, files: Files): Promise<Config> {
  const shown = relative(cwd, path)
  const isModule = /\.[cm]?js$/.test(path)
  const config = isModule
    ? configOf(shown, await defaultOf(path))
    : readConfig(shown, await read(path, shown, '', files))
  if (config.suppressions === undefined) return config
  return { ...config, suppressions: relative(cwd, resolve(dirname(path), config.suppressions)) }
}

async function read(path: string, shown: string, hint: string, files: Files): Promise<string> {
  try {
    return (await files.readFile(path)).toString('utf8')
  } catch (error) {
    throw new UserError(`cannot read ${shown}: ${diskReason(error)}${hint}`)
  }
}
