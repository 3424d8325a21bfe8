/**
 * The emitted containers as such, all methods of both, under the race detector: against a plain map, as nil, and with goroutines.
 * The Go tests are in fixtures/containers/.
 */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { PackageFacts } from '../src/facts.js'
import { cacheFolder } from '../src/go/cache.js'
import { findGo } from '../src/go/env.js'
import { loadFacts } from '../src/go/facts.js'
import type { Addition, Container } from '../src/plan/container.js'
import type { ContainerKind, Method } from '../src/plan/methods.js'
import { hashFor } from '../transforms/runtime/hashes.js'
import { runtime } from '../transforms/runtime/index.js'
import { SHARDED_METHODS } from '../transforms/runtime/sharded.js'
import { SYNCMAP_METHODS } from '../transforms/runtime/syncmap.js'

const fixtures = fileURLToPath(new URL('../fixtures/containers', import.meta.url))
const env = { ...process.env, GOFLAGS: '' }
let dir = ''
beforeAll(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'mapfix-containers-')))
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

// maphash.Comparable came with 1.24.
describe.each(['1.23', '1.24'])('with go %s in go.mod', (version) => {
  test('the containers are maps that goroutines may share', async () => {
    const at = join(dir, version)
    mkdirSync(at)
    cpSync(join(fixtures, 'keys.go'), join(at, 'keys.go'))
    writeFileSync(join(at, 'go.mod'), `module example.com/containers\n\ngo ${version}\n`)
    const pkg = await factsOf(at)
    const hashes = hashesFor(pkg)
    expect(hashes.has('hashComparable')).toBe(version === '1.24')
    write(pkg, 'sharded', SHARDED_METHODS, hashes)
    write(pkg, 'syncmap', SYNCMAP_METHODS, new Map())
    cpSync(fixtures, at, { recursive: true })
    const run = (tool: string, ...args: string[]): string =>
      execFileSync(tool, args, { cwd: at, env, encoding: 'utf8', stdio: 'pipe' })
    expect(run('gofmt', '-l', '.')).toBe('')
    expect(run('go', 'vet', '.')).toBe('')
    expect(run('go', 'test', '-race', '-count=1', '-timeout=120s', '.')).toMatch(/^ok/)
  })
})

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
): void {
  const type = runtime.typeFor(kind, new Set())
  const path = join(pkg.dir, `${type.toLowerCase()}.go`)
  const container: Container = { type, kind, path, pkg, existing: null, methods: new Set(methods), functions }
  writeFileSync(path, runtime.file(container))
}
