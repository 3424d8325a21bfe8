/** The lock of a sharded map, for steps on one key. */
import type { Stmt } from '../../facts.js'
import type { Refusal } from '../../types.js'
import { refuse } from '../pass.js'
import { spanOf } from '../regions.js'
import { at, type Scene } from '../scene.js'
import type { Lock } from '../spell.js'
import type { Touch } from '../touches.js'
import { holderMoves, keyMoves } from './keys.js'

/** shard := m.lock(k) … shard.mu.Unlock(), for touches of one key; refused for any others, naming rwmutex. */
export function shardLock(scene: Scene, touches: readonly Touch[], stmts: readonly Stmt[]): Lock | Refusal {
  const named = direct(touches)
  const [first] = named
  if (first?.ev.k !== 'acc')
    return refuse(at(scene, touches[0]?.span ?? spanOf(stmts)), 'the map is reached through an alias only')
  if (!scene.atomic.has('lock'))
    return refuse(at(scene, first.span), 'no method of a sync.Map is this step (rwmutex would make it one)')
  for (const touch of named) {
    const whole = wholeUse(touch)
    if (whole !== null) return refuse(at(scene, touch.span), whole)
    const one = touch.ev.k === 'acc' && touch.ev.key !== undefined && touch.key !== ''
    if (!one)
      return refuse(
        at(scene, touch.span),
        'the step is on all keys, which are in several shards (rwmutex would make it one)',
      )
    if (touch.key !== first.key || touch.instance !== first.instance)
      return refuse(
        at(scene, touch.span),
        'the step is on two keys, which may be in two shards (rwmutex would make it one)',
      )
  }
  const moving = keyMoves(scene, first, stmts) ?? holderMoves(scene, first, stmts)
  if (moving) return moving
  const name = scene.shard(first.ev)
  const shared = touches.every((touch) => !touch.write && !touch.changes)
  const key = first.ev.key === undefined ? '' : scene.page.slice(first.ev.key)
  return {
    name: `${name}.mu`,
    take: `${name} := ${scene.page.slice(first.ev.x)}.${shared ? 'rlock' : 'lock'}(${key})`,
    release: `${name}.mu.${shared ? 'RUnlock' : 'Unlock'}()`,
  }
}

/** What a use is that is not of its contents; null if it is. */
export function wholeUse({ ev, map }: Touch): string | null {
  if (ev.k !== 'acc') return null
  if (ev.op === 'replace') return 'the map is replaced whole, which only a lock makes one step with its uses (rwmutex)'
  return ev.op === 'read' && ev.use === 'assign' ? `${map.object.name} gets another name here` : null
}

/** The touches that name the map itself. */
export function direct(touches: readonly Touch[]): Touch[] {
  return touches.filter(({ access }) => access !== null && access.depth === 0 && !access.alias)
}
