/** The certificate of a proof: what was proved, of which files, and how. schema/certificate.schema.json is made from it. */
import { z } from 'zod'
import { coverage, position, validation } from './schema.js'

/** Of contents, in SHA-256; null where there is no such file. */
const digest = z.string().regex(/^[0-9a-f]{64}$/)
/** With slashes, relative to the folder where the proof was asked for. */
const path = z.string().min(1).max(4096)
const lines = z.object({ file: path, first: z.int().min(1), last: z.int().min(1) })
const change = z.object({ path, before: digest.nullable(), after: digest.nullable() })

/** A test that was made to race (or to notice a step that comes apart), with what it printed. */
const witness = z.object({
  map: z.string(),
  /** Import path. */
  package: z.string(),
  /** The file that it stands in, or would: absent from the tree unless it was kept. */
  path,
  test: z.string().regex(/^Test[\p{L}\p{N}_]*$/u),
  text: z.string(),
  /** Without the fix, and with it. */
  before: z.string(),
  after: z.string(),
})

const fix = z.object({
  group: z.string(),
  transform: z.string(),
  maps: z.array(z.string()),
  files: z.array(change),
  /** Where the maps are accessed, in the files as they were. */
  sites: z.array(lines),
  compound: z.array(z.object({ at: position, operations: z.int().min(1), now: z.string() })),
  validation,
  coverage: coverage.nullable(),
  witnesses: z.array(witness),
})

export const certificateSchema = z.object({
  schema: z.literal(1),
  kind: z.literal('mapfix certificate'),
  tool: z.object({ name: z.literal('mapfix'), version: z.string() }),
  /** The version of the toolchain, whose gofmt, vet and race detector were used. */
  go: z.string(),
  /** Why there was no race detector, or "". */
  noRace: z.string(),
  stages: z.array(z.enum(['gofmt', 'build', 'vet', 'test', 'race'])),
  tests: z.enum(['affected', 'package', 'all']),
  timeout: z.string().regex(/^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/),
  tags: z.string().regex(/^[\w.,]*$/),
  /** GOMAXPROCS of each run of a witness. */
  repeats: z.object({ before: z.array(z.int()), after: z.array(z.int()), yielding: z.array(z.int()) }),
  fixes: z.array(fix),
  /** All that the fixes change or add, with the text as it was. */
  files: z.array(change.extend({ original: z.string().nullable() })),
  /** Every Go file and go.mod, go.sum, go.work of the modules that the proof was made in, as the fixes leave them. */
  sources: z.record(path, digest),
})

export type Certificate = z.infer<typeof certificateSchema>
export type CertifiedFix = Certificate['fixes'][number]
