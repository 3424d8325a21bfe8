/** The answers of units, kept beside the ledger: what is to be made of them may be made later, or again. */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { ownPid } from '../go/self.js'
import { isMissing, nodeFiles } from '../write/files.js'
import { saveFile } from '../write/save.js'
import { type Answer, answerSchema } from './job.js'

export interface Answers {
  save(key: string, answer: Answer): Promise<void>
  /** Null where it is not there, or is not whole. */
  read(key: string): Promise<Answer | null>
}

/** Answers in a folder, made where it is not there. */
export async function answersIn(folder: string): Promise<Answers> {
  if (!(await nodeFiles.exists(folder))) await nodeFiles.mkdir(folder)
  const file = (key: string): string =>
    join(folder, `${createHash('sha256').update(key).digest('hex').slice(0, 32)}.json`)
  return {
    save: (key, answer) => saveFile(file(key), JSON.stringify(answer), nodeFiles, ownPid),
    async read(key) {
      try {
        const read = answerSchema.safeParse(JSON.parse((await nodeFiles.readFile(file(key))).toString('utf8')))
        return read.success ? read.data : null
      } catch (error) {
        if (isMissing(error) || error instanceof SyntaxError) return null
        throw error
      }
    },
  }
}
