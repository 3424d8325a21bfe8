/** What `mapfix verify --format=json` prints. schema/verify.schema.json is made from it. */
import { z } from 'zod'
import { validation } from './schema.js'

export const verifySchema = z.object({
  schema: z.literal(1),
  /** The file, as it was named. */
  certificate: z.string(),
  /** What wrote it. */
  tool: z.object({ name: z.literal('mapfix'), version: z.string() }),
  files: z.int().min(0),
  fixes: z.int().min(0),
  /** Files that are not what was proved. */
  differs: z.array(
    z.object({
      path: z.string(),
      what: z.enum(['changed', 'is gone', 'is as it was before the fix', 'was not there']),
    }),
  ),
  /** Of --rerun, where nothing differs. */
  rerun: z.object({ failed: z.boolean(), reason: z.string(), validation }).nullable(),
})

export type VerifyReport = z.infer<typeof verifySchema>
