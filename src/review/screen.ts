/** What a review needs of a terminal: a seam, so that decisions can be tested without one. */

/** A key that may be pressed, and what it does. */
export interface Key {
  readonly key: string
  readonly does: string
}

export interface Screen {
  readonly color: boolean
  /** Columns. */
  readonly width: number
  /** Prints lines. What stands on the screen is never written over, so that it reads from top to bottom. */
  say(text: string): Promise<void>
  /** Asks for one of the keys, which is not echoed twice; throws Interrupted on Ctrl-C. */
  ask(question: string, keys: readonly Key[]): Promise<string>
  /** Asks for one of several things by number; returns its index. */
  choose(question: string, among: readonly string[]): Promise<number>
  /** Lets the user edit a text in $VISUAL or $EDITOR; returns what it is then. */
  edit(text: string, name: string): Promise<string>
}
