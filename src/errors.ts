/**
 * What stops mapfix. Each message is one to three lines: what, where, and what to do about it. Anything else that is
 * thrown is a bug of mapfix.
 */

/** The request cannot be met as it stands: usage, no module, a dirty tree, a file that changed. Exit status 2. */
export class UserError extends Error {
  override readonly name = 'UserError'
}

/** Something mapfix relies on failed: the go command, git, the disk. Exit status 2. */
export class ToolError extends Error {
  override readonly name = 'ToolError'
}

/** The user pressed Ctrl-C, or the caller aborted the run. Exit status 130. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted'
  constructor() {
    super('interrupted')
  }
}
