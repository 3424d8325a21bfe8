// Compiles to dist/ and puts the Go grammar beside it. Written to be run again at any time, and by `npm pack` too.
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const require = createRequire(join(root, 'package.json'))

if (existsSync(join(root, 'src'))) {
  for (const stale of ['src', 'transforms', 'bench', 'differential'])
    rmSync(join(root, 'dist', stale), { recursive: true, force: true })
  const tsc = spawnSync(process.execPath, [require.resolve('typescript/bin/tsc'), '-p', root], { stdio: 'inherit' })
  if (tsc.status !== 0) process.exit(1)
  mkdirSync(join(root, 'dist/src/syntax'), { recursive: true })
  cpSync(require.resolve('tree-sitter-go/tree-sitter-go.wasm'), join(root, 'dist/src/syntax/tree-sitter-go.wasm'))
}
