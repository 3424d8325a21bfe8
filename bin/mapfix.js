#!/usr/bin/env node
import { existsSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'

// Most of what a run holds, it holds to its end: V8 would let the heap double before it looks for garbage.
setFlagsFromString('--heap-growing-percent=30')

const cli = new URL('../dist/src/cli.js', import.meta.url)
if (existsSync(cli)) {
  const { main } = await import(cli.href)
  await main()
} else {
  process.stderr.write('mapfix: not built yet: run "npm ci && npm run build" in its folder first\n')
  process.exitCode = 2
}
