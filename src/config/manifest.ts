/** The manifest of a batch: repositories, by path or URL. */
import { z } from 'zod'
import { UserError } from '../errors.js'
import { configSchema } from './config.js'
import { tryYaml } from './yaml.js'

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

export type Repository = z.infer<typeof repositorySchema>

/** An entry with something wrong in it. */
export interface Misread {
  /** Its path or URL, or how many there are before it. */
  readonly shown: string
  /** What is wrong, and where. */
  readonly message: string
}

export interface Manifest {
  readonly repositories: readonly (Repository | Misread)[]
}

/** Reads the text of a manifest. What is wrong in one entry is that entry's. Refused, with its place: what is not YAML, or no list of repositories. */
export function readManifest(path: string, text: string): Manifest {
  const read = tryYaml(path, text, manifestSchema)
  if (read.kind === 'value') return read.value
  const entries = entriesOf(read.raw)
  const misread = new Map<number, string>()
  for (const { at, message } of read.faults) {
    const [, index] = at
    if (typeof index !== 'number') throw new UserError(message)
    if (!misread.has(index)) misread.set(index, message)
  }
  return {
    repositories: entries.map((entry, i) => {
      const message = misread.get(i)
      return message === undefined ? repositorySchema.parse(entry) : { shown: named(entry, i), message }
    }),
  }
}

function entriesOf(raw: unknown): readonly unknown[] {
  return typeof raw === 'object' && raw !== null && 'repositories' in raw && Array.isArray(raw.repositories)
    ? raw.repositories
    : []
}

function named(entry: unknown, index: number): string {
  const values = typeof entry === 'object' && entry !== null ? Object.entries(entry) : []
  const [, name] = values.find(([key, value]) => (key === 'path' || key === 'url') && typeof value === 'string') ?? []
  return typeof name === 'string' && name !== '' ? name : `repository ${index + 1}`
}
