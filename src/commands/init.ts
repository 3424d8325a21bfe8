/** `mapfix init`: a configuration file to start from. */
import { join } from 'node:path'
import { CONFIG_FILES, DEFAULT_CONFIG } from '../config/config.js'
import { UserError } from '../errors.js'
import { saveFile } from '../write/save.js'
import type { Context } from './context.js'
import { print } from './output.js'

/** Writes the default configuration, with a comment at each key, into the folder. Refused: one is there. */
export async function init({ request, files, pid, stdout }: Context): Promise<number> {
  for (const name of CONFIG_FILES) {
    if (await files.exists(join(request.cwd, name)))
      throw new UserError(`${name} is there already: nothing was written`)
  }
  const [name = ''] = CONFIG_FILES
  await saveFile(join(request.cwd, name), DEFAULT_CONFIG, files, pid)
  await print(stdout, `wrote ${name}\n`)
  return 0
}
