/** Where proof happens: a throwaway copy of the modules, in which the user's tree and patched ones take turns. */
import { dirname, isAbsolute, join, relative } from 'node:path'
import { type Env, type GoTool, platformEnv } from '../go/env.js'
import type { RunOptions } from '../go/run.js'
import type { Overlay } from '../types.js'
import { copyTrees, type TreeCopy } from '../write/copy.js'
import { readText } from '../write/digest.js'
import { listPackages, mainModules, type WorkspacePackage } from './workspace.js'

export interface Place {
  readonly go: GoTool
  /** Where the user stands. */
  readonly cwd: string
  readonly env: Env
  readonly tags: string
  /** Others that have to build. */
  readonly platforms: readonly string[]
  /** At most so many builds and tests at once; 0 leaves it to the go command. */
  readonly jobs: number
  readonly signal?: AbortSignal | undefined
}

export interface Ground {
  readonly copy: TreeCopy
  /** All packages of the main modules; folders as the user has them. */
  readonly packages: readonly WorkspacePackage[]
  /** For the go command: the folder in the copy, temporary files within the run's own. */
  readonly options: RunOptions
  /** The same for other platforms that have to build. */
  readonly platforms: readonly { readonly platform: string; readonly options: RunOptions }[]
  /** Folder for what tests leave behind. */
  readonly scratch: string
  /** -tags and -p. */
  readonly flags: readonly string[]
  /** What a run left in the scratch folder under that name; null for nothing. */
  output(name: string): Promise<string | null>
  /** A path of the user's as seen from where the user stands. */
  name(path: string): string
  /** Makes the copy the user's tree (null) or a patched one. */
  show(overlay: Overlay | null): Promise<void>
}

/** Copies the modules around the user's folder into `temp` (an empty folder; `scratch` another, for tests' temporary files). */
export async function prepareGround(place: Place, temp: string, scratch: string): Promise<Ground> {
  const here: RunOptions = { cwd: place.cwd, env: place.env, signal: place.signal }
  const modules = await mainModules(place.go.gowork, here)
  const work = place.go.gowork
  const beside = work === '' ? [] : [work, `${work}.sum`, join(dirname(work), 'vendor')]
  const copy = await copyTrees([...modules.main, ...modules.replaced, ...beside], temp, place.signal)
  for (const file of modules.files) await copy.relocate(file)
  // A workspace's own folder is in no module; nothing may run outside the copy.
  const stand = work !== '' && copy.to(place.cwd) === place.cwd ? dirname(copy.to(work)) : copy.to(place.cwd)
  const env = {
    ...place.env,
    // It may be "off".
    ...(isAbsolute(place.env.GOWORK ?? '') ? { GOWORK: copy.to(work) } : {}),
    TMPDIR: scratch,
    GOTMPDIR: scratch,
    PWD: stand,
  }
  const options: RunOptions = { cwd: stand, env, signal: place.signal }
  const listed = await listPackages(
    modules.main.map((dir) => copy.to(dir)),
    place.tags,
    options,
  )
  let shown: Overlay | null = null
  return {
    copy,
    packages: listed.map((p) => ({ ...p, dir: copy.from(p.dir) })),
    options,
    platforms: place.platforms.map((platform) => ({
      platform,
      options: { ...options, env: { ...env, ...platformEnv(platform) } },
    })),
    scratch,
    flags: [...(place.tags ? [`-tags=${place.tags}`] : []), ...(place.jobs > 0 ? [`-p=${place.jobs}`] : [])],
    output: (name) => readText(join(scratch, name)),
    name: (path) => relative(place.cwd, path),
    async show(overlay) {
      if (overlay === shown) return
      if (shown !== null) await copy.reset()
      if (overlay !== null) await copy.put(overlay)
      shown = overlay
    },
  }
}
