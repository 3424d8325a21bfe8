import type { Printed } from './unwrap.js'

/** Takes what one source printed, line by line, and gives what it recognises, each as soon as it is whole. */
export interface Reader<T> {
  line(line: Printed): readonly T[]
  /** Nothing more comes. */
  end(): readonly T[]
}
