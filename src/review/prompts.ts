/** The screen of a review, by inquirer's prompts: one key at a time, from a terminal alone. */
import { basename } from 'node:path'
import type { Readable } from 'node:stream'
import { setTimeout } from 'node:timers/promises'
import {
  AbortPromptError,
  createPrompt,
  ExitPromptError,
  useEffect,
  useKeypress,
  useRef,
  useState,
} from '@inquirer/core'
import { editor, rawlist } from '@inquirer/prompts'
import { Interrupted, UserError } from '../errors.js'
import type { Key, Screen } from './screen.js'

export interface Terminal {
  readonly stdin: Readable & {
    readonly isTTY?: boolean
    readonly isRaw?: boolean
    readonly setRawMode?: (on: boolean) => unknown
  }
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number }
  readonly signal: AbortSignal
  readonly color: boolean
  readonly print: (text: string) => Promise<void>
}

/** Refused: anything that is no terminal, with what works there. */
export function mustBeTerminal({ stdin, stdout }: Pick<Terminal, 'stdin' | 'stdout'>): void {
  if (stdin.isTTY === true && stdout.isTTY === true) return
  throw new UserError(
    'a review (-i, --resume) needs a terminal, and there is none\n' +
      '  --diff prints the patch, --patch=FILE saves it, and --format=json says the same to programs',
  )
}

export function screenOn(terminal: Terminal): Screen {
  const context = { input: terminal.stdin, output: terminal.stdout, signal: terminal.signal }
  return {
    color: terminal.color,
    get width() {
      return terminal.stdout.columns ?? 80
    },
    say: terminal.print,
    async ask(question, keys) {
      await forget(terminal.stdin)
      return await answered(() => keyPrompt({ message: question, keys }, context))
    },
    choose: (question, among) =>
      answered(() => rawlist({ message: question, choices: among.map((name, value) => ({ name, value })) }, context)),
    edit: (text, name) =>
      answered(() =>
        editor(
          {
            message: `editing ${basename(name)}`,
            default: text,
            waitForUserInput: false,
            file: { postfix: `-${basename(name)}` },
          },
          context,
        ),
      ),
  }
}

/** Bracketed paste: the terminal says where pasted text begins and ends. */
const PASTE_ON = '\x1b[?2004h'
const PASTE_OFF = '\x1b[?2004l'

/** Milliseconds in which a terminal hands over what was typed. */
const HANDS_OVER = 30

/** Takes away what was typed before a question is shown, which it does not answer. Ctrl-C among it is one. */
async function forget(stdin: Terminal['stdin']): Promise<void> {
  const typed: string[] = []
  const take = (piece: unknown): void => void typed.push(String(piece))
  stdin.setRawMode?.(true)
  stdin.on('data', take).resume()
  await setTimeout(HANDS_OVER)
  stdin.off('data', take).pause()
  stdin.setRawMode?.(false)
  if (typed.join('').includes('\x03')) throw new Interrupted()
}

/** One key, without return. Keys that come together were pasted: none of them is an answer, so that no text in the clipboard accepts a fix. */
const keyPrompt = createPrompt<string, { readonly message: string; readonly keys: readonly Key[] }>(
  ({ message, keys }, done) => {
    const [answer, setAnswer] = useState('')
    const [hint, setHint] = useState('')
    const burst = useRef<{ keys: string[]; pasting: boolean }>({ keys: [], pasting: false }).current
    useEffect((rl) => {
      rl.output.unmute()
      rl.output.write(PASTE_ON)
      rl.output.mute()
      return () => {
        rl.output.unmute()
        rl.output.write(PASTE_OFF)
      }
    }, [])
    const settle = (): void => {
      const [key = '', ...more] = burst.keys
      const pasted = burst.pasting || more.length > 0
      burst.keys = []
      if (pasted) setHint('several keys at once count as pasted text: press one key')
      else if (keys.some((one) => one.key === key)) {
        setAnswer(key)
        done(key)
      } else setHint(`${printable(key)} does nothing here; ? explains the keys`)
    }
    useKeypress((event, rl) => {
      // The line editor must not collect what is no line.
      rl.line = ''
      const { name, sequence } = asKey(event)
      if (name === 'paste-start') burst.pasting = true
      else if (name === 'paste-end') {
        setHint('pasted text is ignored: press one key')
        burst.keys = []
        burst.pasting = false
      } else if (!burst.pasting) {
        burst.keys.push(sequence)
        if (burst.keys.length === 1) setImmediate(settle)
      }
    })
    const shown = keys.map(({ key }) => key).join(',')
    const text = `${message} [${shown}] ${answer}`
    return hint === '' || answer !== '' ? text : [text, hint]
  },
)

function asKey(event: { name: string }): { name: string; sequence: string } {
  const sequence = 'sequence' in event && typeof event.sequence === 'string' ? event.sequence : event.name
  return { name: event.name, sequence }
}

function printable(key: string): string {
  return /^[\x21-\x7e]$/.test(key) ? key : 'that key'
}

/** What a prompt of inquirer's says; Interrupted where it was ended by Ctrl-C. */
export async function answered<T>(prompt: () => Promise<T>): Promise<T> {
  try {
    return await prompt()
  } catch (error) {
    if (error instanceof ExitPromptError || error instanceof AbortPromptError) throw new Interrupted()
    throw error
  }
}
