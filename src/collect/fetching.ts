/** Everything that an endpoint has to tell, into one folder. */
import { UserError } from '../errors.js'
import { type Endpoint, items } from './endpoint.js'
import type { Folder } from './folder.js'

/** Fetches; returns what could not be had, with the reason. Refused: an endpoint that tells nothing at all. */
export async function fetchAll(
  endpoint: Endpoint,
  folder: Folder,
  seconds: number,
  progress: (what: string) => void,
): Promise<readonly string[]> {
  const missing: string[] = []
  const all = items(seconds)
  for (const [i, { file, path, seconds: takes }] of all.entries()) {
    progress(`${i + 1} of ${all.length}: ${file}${takes > 0 ? `, ${takes} s` : ''}`)
    try {
      await folder.save(file, await endpoint.get(path, takes))
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      // What cannot be reached at first will not be for the rest.
      if (i === 0) throw error
      missing.push(error.message)
    }
  }
  return missing
}
