/** The text of functions that run under the lock of their callers. */
import { objectAt } from '../analysis/program.js'
import type { Refusal, TextEdit } from '../types.js'
import { type Lifted, twinName } from './lifted.js'
import type { Page } from './page.js'
import { isRefusal } from './pass.js'
import { judge } from './permit.js'
import type { Scene } from './scene.js'

/**
 * A function all of whose callers have the lock says so in its comment. Of one with others, too, the body becomes that of a twin:
 * func (c *T) has(k K) bool { c.mu.RLock(); defer c.mu.RUnlock(); return c.hasLocked(k) }. `changes` says that a read lock is not enough.
 */
export function liftedEdits(scene: Scene, lifted: Lifted, changes: boolean): TextEdit[] | Refusal {
  const { page, fn } = scene
  const lock = scene.lockIn(lifted)
  if (isRefusal(lock)) return lock
  const name = plainName(lifted)
  if (lifted.how === 'callers') {
    const words = fn.facts.doc === '' ? `${name} wants ${lock} held.` : `Callers hold ${lock}.`
    return [page.insert(lineStart(page, fn.facts.span[0]), `// ${words}${page.eol}`)]
  }
  const { blocked } = judge(scene, fn.facts.stmts)
  if (blocked) return blocked
  const twin = twinName(fn)
  const shared = scene.kind === 'rwmutex' && !lifted.write && !changes
  const head = page.slice([fn.facts.span[0], fn.facts.body[0]])
  const lines = [
    '{',
    `${lock}.${shared ? 'RLock' : 'Lock'}()`,
    `defer ${lock}.${shared ? 'RUnlock' : 'Unlock'}()`,
    `${fn.facts.resultTypes.length > 0 ? 'return ' : ''}${forwarded(lifted, twin)}`,
    '}',
    '',
    `// ${twin} is ${name} for those who hold ${lock}.`,
    head.replace(new RegExp(String.raw`(^func\s+(?:\([^)]*\)\s*)?)${name}(?![\p{L}\p{N}_])`, 'u'), `$1${twin}`),
  ]
  return [page.insert(fn.facts.body[0], lines.join(page.eol))]
}

/** The name in a call of a lifted function, where that is its twin's. */
export function twinCall(page: Page, fun: readonly [number, number], lifted: Lifted): TextEdit[] {
  return lifted.how === 'twin' ? [page.replace([fun[1] - plainName(lifted).length, fun[1]], twinName(lifted.fn))] : []
}

function plainName({ fn }: Lifted): string {
  return fn.facts.key.slice(fn.facts.key.lastIndexOf('.') + 1)
}

function forwarded({ fn: { facts, pkg } }: Lifted, name: string): string {
  const args = facts.params.map((ref) => objectAt(pkg, ref).name).join(', ')
  const object = facts.kind === 'method' && facts.recv !== undefined ? `${objectAt(pkg, facts.recv).name}.` : ''
  return `${object}${name}(${args}${facts.variadic ? '...' : ''})`
}

function lineStart(page: Page, at: number): number {
  return page.text.lastIndexOf('\n', at - 1) + 1
}
