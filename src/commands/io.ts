/** What a run is given from outside, and what it makes for its commands. */
import type { Readable } from 'node:stream'
import type { Env } from '../go/env.js'
import type { Files } from '../write/files.js'
import type { Output } from './output.js'

export interface Io {
  readonly stdin: Readable
  readonly stdout: Output
  readonly stderr: Output
  readonly cwd: string
  readonly env: Env
  readonly signal?: AbortSignal | undefined
  /** The file system that fixes are written to; the real one when left out. */
  readonly files?: Files | undefined
}

/** Ends what runs; where there is none, one that never does. */
export function signalOf({ signal }: Pick<Io, 'signal'>): AbortSignal {
  return signal ?? new AbortController().signal
}

export interface Tools {
  /** Shows what goes on, on a terminal. */
  readonly say: (what: string) => void
  /** Takes away what `say` has shown. */
  readonly clear: () => void
  /** Makes a folder of the run's own, which is removed at its end. */
  readonly temp: (name: string) => Promise<string>
  /** Milliseconds since the run began. */
  readonly elapsed: () => number
}
