/** The library: `import { run, transforms } from 'mapfix'`. */
export { transforms } from '../transforms/index.js'
export { type Flags, type RunEvent, type RunOptions, type RunResult, run } from './commands/library.js'
export { Interrupted, ToolError, UserError } from './errors.js'
export type { Step } from './fix.js'
export type { Choice, Job, Transform } from './plan/transform.js'
export type { FindingReport, FixReport, Report } from './report/schema.js'
