/** The manifest of a batch: repositories, by path or URL. */
import { z } from 'zod'
import { configSchema } from './config.js'
import { readYaml } from './yaml.js'

const { transform, style, tags } = configSchema.shape
const text = z.string().min(1)

const repositorySchema = z
  .strictObject({
    /** Folder, relative to the manifest; within a repository, only what is below it. */
    path: text.optional(),
    /** What git clones. */
    url: text.optional(),
    /** Branch, tag or commit to start from; what is checked out (or the default branch) when left out. */
    branch: text.optional(),
    /** Patterns within each module; ./... when left out. */
    packages: z.array(text).optional(),
    transform,
    style,
    tags,
    /** Variables for the go command. */
    environment: z.record(z.string(), z.string()).optional(),
    /** Who owns it; whom CODEOWNERS names when left out. */
    owner: text.optional(),
  })
  .refine(({ path, url }) => (path === undefined) !== (url === undefined), 'it needs a path or a url, one of them')

export const manifestSchema = z.strictObject({ repositories: z.array(repositorySchema).min(1) })

export type Manifest = z.infer<typeof manifestSchema>

/** Reads the text of a manifest. Refused, with its place: what is not YAML, unknown keys and values. */
export function readManifest(path: string, text: string): Manifest {
  return readYaml(path, text, manifestSchema)
}
