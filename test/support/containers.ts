/** The emitted containers as Go files of a package, all methods of each. */
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import type { PackageFacts } from '../../src/facts.js'
import { cacheFolder } from '../../src/go/cache.js'
import { findGo } from '../../src/go/env.js'
import { loadFacts } from '../../src/go/facts.js'
import type { Addition, Container } from '../../src/plan/container.js'
import type { ContainerKind, Method } from '../../src/plan/methods.js'
import { hashFor } from '../../transforms/runtime/hashes.js'
import { runtime } from '../../transforms/runtime/index.js'
import { LOCKED_METHODS } from '../../transforms/runtime/lockedmap.js'
import { SHARDED_METHODS } from '../../transforms/runtime/sharded.js'
import { SYNCMAP_METHODS } from '../../transforms/runtime/syncmap.js'

const fixtures = fileURLToPath(new URL('../../fixtures', import.meta.url))
export const env = { ...process.env, GOFLAGS: '' }

/**
 * Makes `dir` a module of the Go version with the containers (sharded and syncmap, lockedMap and mutexMap where `locked`),
 * hashes for the keys of fixtures/containers/keys.go, and what fixtures/<folder> has. Returns the names of the hashes.
 */
export async function containersIn(
  dir: string,
  options: { readonly go: string; readonly folder: string; readonly require?: string; readonly locked?: boolean },
): Promise<ReadonlySet<string>> {
  mkdirSync(dir, { recursive: true })
  cpSync(join(fixtures, 'containers/keys.go'), join(dir, 'keys.go'))
  writeFileSync(join(dir, 'go.mod'), `module example.com/containers\n\ngo ${options.go}\n${options.require ?? ''}`)
  const pkg = await factsOf(dir)
  const hashes = hashesFor(pkg)
  write(pkg, 'sharded', SHARDED_METHODS, hashes)
  write(pkg, 'syncmap', SYNCMAP_METHODS, new Map())
  if (options.locked) {
    write(pkg, 'rwmutex', LOCKED_METHODS, new Map())
    write(pkg, 'mutex', LOCKED_METHODS, new Map(), 'mutexMap')
  }
  cpSync(join(fixtures, options.folder), dir, { recursive: true })
  return new Set(hashes.keys())
}

async function factsOf(cwd: string): Promise<PackageFacts> {
  const go = await findGo({ cwd, env })
  const { packages } = await loadFacts({ go, cwd, env, patterns: ['./...'], cacheDir: cacheFolder(env) })
  const pkg = packages.find(({ module }) => module?.main === true)
  if (pkg === undefined) throw new Error('no package')
  return pkg
}

/** The hashes of the keys of all maps of the package, and what they need. */
function hashesFor(pkg: PackageFacts): Map<string, Addition> {
  const keys = pkg.types.flatMap(({ kind, key }) => (kind === 'map' && key !== undefined ? [key] : []))
  return new Map(keys.flatMap((key) => [...(hashFor(pkg, key, '', new Set())?.functions ?? [])]))
}

function write(
  pkg: PackageFacts,
  kind: ContainerKind,
  methods: readonly Method[],
  functions: Map<string, Addition>,
  type = runtime.typeFor(kind, new Set(), false),
): void {
  const path = join(pkg.dir, `${type.toLowerCase()}.go`)
  const container: Container = {
    type,
    importPath: '',
    fields: { lock: 'mu', map: 'm' },
    kind,
    path,
    pkg,
    existing: null,
    methods: new Set(methods),
    functions,
  }
  writeFileSync(path, runtime.file(container))
}
