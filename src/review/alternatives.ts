/** Other transforms for the maps of a fix, by the keys that choose them. */
import type { Chosen } from '../plan/pass.js'

export interface Alternative {
  readonly key: string
  /** As people call it. */
  readonly name: string
  readonly chosen: Chosen
}

const alternative = (key: string, name: string, transform: string, style: Chosen['style']): Alternative => ({
  key,
  name,
  chosen: { transform, style },
})

export const ALTERNATIVES: readonly Alternative[] = [
  alternative('1', 'guard', 'guard', 'wrapper'),
  alternative('2', 'rwmutex', 'rwmutex', 'wrapper'),
  alternative('3', 'inline', 'rwmutex', 'inline'),
  alternative('4', 'sharded', 'sharded', 'wrapper'),
  alternative('5', 'syncmap', 'syncmap', 'wrapper'),
]

export function alternativeOf(key: string): Alternative | undefined {
  return ALTERNATIVES.find((one) => one.key === key)
}
