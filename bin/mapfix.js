#!/usr/bin/env node
import { existsSync } from 'node:fs'

const cli = new URL('../dist/src/cli.js', import.meta.url)
if (existsSync(cli)) {
  const { main } = await import(cli.href)
  await main()
} else {
  process.stderr.write('mapfix: not built yet: run "npm ci && npm run build" in its folder first\n')
  process.exitCode = 2
}
