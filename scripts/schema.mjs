// Writes schema/*.schema.json from their definitions. Needs a build.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './ready.mjs'

const { publishedSchemas } = await import(new URL('../dist/src/config/published.js', import.meta.url).href)
mkdirSync(join(root, 'schema'), { recursive: true })
for (const [file, schema] of publishedSchemas())
  writeFileSync(join(root, 'schema', file), `${JSON.stringify(schema, null, 2)}\n`)
