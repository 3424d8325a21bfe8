/** A shell in a real pseudo-terminal, by tmux. */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { stripVTControlCharacters } from 'node:util'
import { folder } from './project.js'

/** Whether there is tmux; .ci/run installs it. */
export const hasTmux = spawnSync('tmux', ['-V']).status === 0

/** Milliseconds until what is waited for must have been said. */
const PATIENCE = 120_000

export class Terminal {
  private readonly socket: string
  private readonly log: string
  private seen = 0

  /** Opens it in a folder; `env` goes to the shell besides what is there. */
  constructor(cwd: string, { columns = 80, rows = 24, env = {} }: Partial<TerminalOptions> = {}) {
    const base = folder({})
    this.socket = join(base, 'socket')
    this.log = join(base, 'log')
    const set = Object.entries({ PS1: '$ ', ...env }).flatMap(([name, value]) => ['-e', `${name}=${value}`])
    const size = ['-x', String(columns), '-y', String(rows)]
    this.tmux('-f', '/dev/null', 'new-session', '-d', ...size, '-c', cwd, ...set, '/bin/sh')
    this.tmux('pipe-pane', '-O', `cat > ${this.log}`)
  }

  /** Presses keys, by tmux's names (y, C-c, Enter). */
  press(...keys: string[]): void {
    this.tmux('send-keys', ...keys)
  }

  /** Types a line. */
  type(line: string): void {
    this.tmux('send-keys', '-l', line)
    this.press('Enter')
  }

  /** Pastes a text: between the marks of a paste, or as a terminal does that has none. */
  paste(text: string, { marked }: { readonly marked: boolean }): void {
    this.tmux('set-buffer', text)
    this.tmux('paste-buffer', ...(marked ? ['-p'] : []))
  }

  resize(columns: number, rows: number): void {
    this.tmux('resize-window', '-x', String(columns), '-y', String(rows))
  }

  /** What stands in the window. */
  screen(): string {
    return this.tmux('capture-pane', '-p')
  }

  /** All that was sent to the terminal, with what moves and colours. */
  raw(): string {
    return existsSync(this.log) ? readFileSync(this.log, 'utf8') : ''
  }

  /** Waits until something is said that was not waited for before; returns what was said up to its end. Throws where it does not come. */
  async until(what: RegExp): Promise<string> {
    for (const end = Date.now() + PATIENCE; Date.now() < end; await setTimeout(40)) {
      const text = stripVTControlCharacters(this.raw()).slice(this.seen)
      const match = what.exec(text)
      if (match === null) continue
      const said = text.slice(0, match.index + match[0].length)
      this.seen += said.length
      return said
    }
    throw new Error(`${what} was not said; the window:\n${this.screen()}`)
  }

  close(): void {
    this.tmux('kill-server')
  }

  private tmux(...args: string[]): string {
    return execFileSync('tmux', ['-S', this.socket, ...args], { encoding: 'utf8' })
  }
}

export interface TerminalOptions {
  readonly columns: number
  readonly rows: number
  readonly env: Readonly<Record<string, string>>
}
