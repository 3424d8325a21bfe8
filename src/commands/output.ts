/** Printing, and being told when it does not work. */
import type { Writable } from 'node:stream'
import { ToolError } from '../errors.js'
import { errorCode } from '../go/run.js'
import { diskReason } from '../write/files.js'

export type Output = Writable & { readonly isTTY?: boolean; readonly columns?: number }

/**
 * Writes all of a text, and returns when it is out of our hands. A reader that has gone (`| head`) has seen enough:
 * no error. Any other failure throws.
 */
export async function print(stream: Output, text: string): Promise<void> {
  if (text === '') return
  await new Promise<void>((resolve, reject) => {
    const done = (error?: unknown): void => {
      // The error event comes after the callback, and must find a listener.
      setImmediate(() => stream.removeListener('error', done))
      if (!error || errorCode(error) === 'EPIPE' || errorCode(error) === 'ERR_STREAM_DESTROYED') resolve()
      else reject(new ToolError(`cannot write the report: ${diskReason(error)}`))
    }
    stream.once('error', done)
    stream.write(text, done)
  })
}

export interface Progress {
  say(what: string): void
  clear(): void
}

/** One line of a terminal that is written over again and again; nothing elsewhere. */
export function progressOn(stream: Output, quiet: boolean): Progress {
  if (!stream.isTTY || quiet) return { say: () => undefined, clear: () => undefined }
  let shown = false
  const write = (text: string): void => {
    stream.write(text, () => undefined)
  }
  return {
    say(what) {
      shown = true
      write(`\r\x1b[2K${`mapfix: ${what} …`.slice(0, (stream.columns ?? 80) - 1)}`)
    },
    clear() {
      if (shown) write('\r\x1b[2K')
      shown = false
    },
  }
}
