// Writes schema/report.schema.json from the report's definition. Needs a build.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './ready.mjs'

const { jsonSchema } = await import(new URL('../dist/src/report/schema.js', import.meta.url).href)
mkdirSync(join(root, 'schema'), { recursive: true })
writeFileSync(join(root, 'schema/report.schema.json'), `${JSON.stringify(jsonSchema(), null, 2)}\n`)
