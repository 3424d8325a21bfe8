/** What mapfix knows of its own package, seen from src/ as from dist/src/. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { ToolError } from '../errors.js'
import type { Env } from './env.js'

/** The environment, the id and the executable of this process, for those who are not told of another. */
export const ownEnv: Env = process.env
export const ownPid = process.pid
export const ownNode = process.execPath

/** The version in package.json. */
export async function ownVersion(): Promise<string> {
  const value: unknown = JSON.parse(await readFile(ownFile('package.json'), 'utf8'))
  if (typeof value === 'object' && value !== null && 'version' in value) return String(value.version)
  throw new Error('bug: package.json has no version')
}

/** Absolute path of a file of the package, by its path from the package's folder. */
export function ownFile(name: string): string {
  for (let at = dirname(fileURLToPath(import.meta.url)); ; at = dirname(at)) {
    if (existsSync(join(at, 'package.json'))) {
      if (existsSync(join(at, name))) return join(at, name)
      throw new ToolError(`mapfix is incomplete: ${name} is missing in ${at}; install it again`)
    }
    if (at === dirname(at)) throw new ToolError('mapfix is incomplete: its package.json is missing; install it again')
  }
}
