/** The JSON Schemas of what mapfix prints and reads, by the name of their file in schema/. */
import { z } from 'zod'
import { certificateSchema } from '../report/certificate.js'
import { explanationSchema } from '../report/explanation.js'
import { knownSchema } from '../report/known.js'
import { reportSchema } from '../report/schema.js'
import { verifySchema } from '../report/verified.js'
import { configSchema } from './config.js'
import { manifestSchema } from './manifest.js'

/** All of them. scripts/schema.mjs writes them down. */
export function publishedSchemas(): ReadonlyMap<string, object> {
  return new Map([
    published('report', 'mapfix --format=json', reportSchema),
    published('explain', 'mapfix explain NAME --format=json', explanationSchema),
    published('certificate', 'mapfix --certificate=FILE', certificateSchema),
    published('verify', 'mapfix verify FILE --format=json', verifySchema),
    published('config', 'mapfix.yaml', configSchema),
    published('batch', 'mapfix batch --manifest=FILE', manifestSchema),
    published('suppressions', 'mapfix --suppressions=FILE', knownSchema),
  ])
}

function published(name: string, title: string, schema: z.ZodType): [string, object] {
  const file = `${name}.schema.json`
  return [file, { $id: `mapfix/${file}`, title, ...z.toJSONSchema(schema, { io: 'input' }) }]
}
