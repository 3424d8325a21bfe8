/** A file that only grows, a line at a time: what a crash cuts short is one line, and nobody reads it. */
import { mkdir, open, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ToolError } from '../errors.js'
import { diskReason, isMissing } from './files.js'

export interface Log {
  /** Adds a line, in one write, and returns when it is on the disk. The text holds no newline. */
  add(line: string): Promise<void>
  close(): Promise<void>
}

/** The whole lines of the file, [] where there is none. */
export async function readLines(path: string): Promise<string[]> {
  try {
    const text = await readFile(path, 'utf8')
    return text
      .slice(0, text.lastIndexOf('\n') + 1)
      .split('\n')
      .filter((line) => line !== '')
  } catch (error) {
    if (isMissing(error)) return []
    throw new ToolError(`cannot read ${path}: ${diskReason(error)}`)
  }
}

/** Opens the file for adding, made with its folder where it is not there. Half a line at its end is cut off. */
export async function openLog(path: string): Promise<Log> {
  try {
    await mkdir(dirname(path), { recursive: true })
    const file = await open(path, 'a+')
    const text = await file.readFile()
    const whole = text.lastIndexOf(10) + 1
    if (whole < text.length) await file.truncate(whole)
    let last: Promise<void> = Promise.resolve()
    return {
      add(line) {
        last = last.then(async () => {
          await file.appendFile(`${line}\n`)
          await file.datasync()
        })
        return last.catch((error: unknown) => {
          throw new ToolError(`cannot write ${path}: ${diskReason(error)}`)
        })
      },
      close: () => file.close(),
    }
  } catch (error) {
    throw new ToolError(`cannot write ${path}: ${diskReason(error)}`)
  }
}
