/** Builds gofacts, the Go program that reads packages, with the user's own toolchain. */
import { createHash, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { ToolError } from '../errors.js'
import { type Caches, markUsed } from './cache.js'
import type { GoTool } from './env.js'
import { runGo } from './run.js'

export interface BuildOptions {
  go: GoTool
  caches: Caches
  signal?: AbortSignal | undefined
  onProgress?: ((what: string) => void) | undefined
}

/**
 * Returns the path of a gofacts binary made from this mapfix's sources by the toolchain of `go`, built if the cache
 * has none. Two runs may build at once: each has a file of its own until it is whole.
 */
export async function buildGofacts({ go, caches, signal, onProgress }: BuildOptions): Promise<string> {
  const dir = sourceFolder()
  const names = (await readdir(dir)).filter((name) => /\.(go|mod)$/.test(name) && !name.endsWith('_test.go')).sort()
  const hash = createHash('sha256').update(`${go.version} ${process.platform} ${process.arch}`)
  for (const name of names) hash.update(`\0${name}\0`).update(await readFile(join(dir, name)))
  const suffix = process.platform === 'win32' ? '.exe' : ''
  const binary = join(caches.dir, `gofacts-${hash.digest('hex').slice(0, 24)}${suffix}`)
  if (await isFile(binary)) {
    await markUsed(binary)
    return binary
  }
  onProgress?.('building the package reader (once for each Go version)')
  const temp = join(caches.dir, `tmp-${process.pid}-${randomBytes(6).toString('hex')}${suffix}`)
  try {
    const args = ['build', '-trimpath', '-buildvcs=false', '-o', temp, '.']
    const built = await runGo(args, { cwd: dir, env: buildEnv(go, caches), signal })
    if (built.code !== 0) {
      throw new ToolError(`${go.version} could not build mapfix's package reader in ${dir}:\n${built.stderr.trim()}`)
    }
    await rename(temp, binary)
  } finally {
    await rm(temp, { force: true })
  }
  return binary
}

/** gofacts/ of this package, seen from src/ as from dist/src/. */
function sourceFolder(): string {
  for (let at = dirname(fileURLToPath(import.meta.url)); ; at = dirname(at)) {
    const dir = join(at, 'gofacts')
    if (existsSync(join(dir, 'go.mod'))) return dir
    if (at === dirname(at)) throw new ToolError('mapfix is incomplete: its gofacts folder is missing; install it again')
  }
}

/** The user's settings are for the user's packages: this build is for the host, in a module without dependencies. */
function buildEnv(go: GoTool, caches: Caches): Record<string, string | undefined> {
  return {
    ...caches.env,
    GOFLAGS: '-mod=mod',
    GOWORK: 'off',
    CGO_ENABLED: '0',
    GOOS: undefined,
    GOARCH: undefined,
    GOEXPERIMENT: undefined,
    // The user's folder may ask for a toolchain other than the one on PATH; types are read by the one that made them.
    GOTOOLCHAIN: /^go\d+\.\d+(\.\d+|(rc|beta)\d+)?$/.test(go.version) ? go.version : 'local',
  }
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (s) => s.isFile(),
    () => false,
  )
}
