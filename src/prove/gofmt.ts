/** gofmt over texts: it reads standard input, so no file is needed. */
import pLimit from 'p-limit'
import { type RunOptions, run } from '../go/run.js'

export type Formatted = { readonly text: string } | { readonly error: string }

export interface Gofmt {
  /** The text as gofmt would have it, or gofmt's complaint (a syntax error). */
  format(text: string): Promise<Formatted>
  /** Whether the text is as gofmt would have it. */
  isClean(text: string): Promise<boolean>
}

/** A gofmt that remembers what it has formatted: bisection asks for the same files again. */
export function gofmtAt(command: string, options: Omit<RunOptions, 'stdin'>): Gofmt {
  const known = new Map<string, Promise<Formatted>>()
  const limit = pLimit(4)
  const format = (text: string): Promise<Formatted> => {
    const before = known.get(text)
    if (before) return before
    const result = limit(async (): Promise<Formatted> => {
      const { code, stdout, stderr } = await run(command, [], { ...options, stdin: text })
      return code === 0 ? { text: stdout } : { error: stderr.trim() }
    })
    known.set(text, result)
    return result
  }
  return {
    format,
    async isClean(text) {
      const result = await format(text)
      return 'text' in result && result.text === text
    },
  }
}
