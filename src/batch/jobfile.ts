/** The file that a job is handed over in, and paths in what comes of it. */
import { relative } from 'node:path'
import { ToolError } from '../errors.js'
import { nodeFiles } from '../write/files.js'
import { type Job, jobSchema } from './job.js'

/** Reads the file. */
export async function readJob(path: string): Promise<Job> {
  const text = await nodeFiles.readFile(path).catch(() => null)
  if (text === null) throw new ToolError('batch-unit is for "mapfix batch" to start, with a job')
  return jobSchema.parse(JSON.parse(text.toString('utf8')))
}

/** A path of the child's (relative to the module, or absolute) as the repository has it. */
export function fromRoot({ dir, root }: Job, path: string): string {
  const absolute = path.startsWith('/') ? path : `${dir}/${path}`
  return relative(root, absolute).replaceAll('\\', '/')
}
