/** A transform of the user's: the default export of a module. */
import { pathToFileURL } from 'node:url'
import { UserError } from '../errors.js'
import { isRefusal } from '../plan/pass.js'
import type { Choice, Transform } from '../plan/transform.js'

/**
 * Loads the module. Its default export is like those in transforms/: name, doc, and choose(maps, job), which makes a choice, mostly that of
 * one of job.transforms, or a refusal. An error of the user's where it is none, and where choose throws or returns something else.
 */
export async function ownTransform(path: string): Promise<Transform> {
  const found = await defaultOf(path)
  if (!isTransform(found))
    throw new UserError(`${path} is no transform: its default export needs a name, a doc and a function choose`)
  return {
    name: found.name,
    doc: found.doc,
    choose(group, job) {
      const made = attempt(path, () => found.choose(group, job))
      if (isRefusal(made) || isChoice(made)) return made
      throw new UserError(`${path}: choose returned neither a choice nor a refusal for ${group[0]?.name ?? 'a map'}`)
    },
  }
}

/** The default export of a module; undefined where it has none. An error of the user's where it cannot be loaded. */
export async function defaultOf(path: string): Promise<unknown> {
  try {
    const module: unknown = await import(pathToFileURL(path).href)
    return typeof module === 'object' && module !== null && 'default' in module ? module.default : undefined
  } catch (error) {
    throw new UserError(`${path} cannot be loaded: ${messageOf(error)}`)
  }
}

function attempt<T>(path: string, choose: () => T): T {
  try {
    return choose()
  } catch (error) {
    throw new UserError(`${path}: choose failed: ${messageOf(error)}`)
  }
}

function isTransform(value: unknown): value is Transform {
  if (typeof value !== 'object' || value === null) return false
  const { name, doc, choose }: { name?: unknown; doc?: unknown; choose?: unknown } = value
  return typeof name === 'string' && typeof doc === 'string' && typeof choose === 'function'
}

function isChoice(value: unknown): value is Choice {
  if (typeof value !== 'object' || value === null) return false
  const { transform, lock, because }: { transform?: unknown; lock?: unknown; because?: unknown } = value
  return typeof transform === 'string' && typeof because === 'string' && typeof lock === 'object' && lock !== null
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
