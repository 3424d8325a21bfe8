/** What may run while an added lock is held, and what may not. */
import { stmtEffects } from '../analysis/effects.js'
import type { Stmt } from '../facts.js'
import type { Refusal } from '../types.js'
import { refuse } from './pass.js'
import { spanOf } from './regions.js'
import { at, type Scene } from './scene.js'
import { eventsOf } from './tree.js'

export interface Verdict {
  /** The first thing that may not run under the lock. */
  readonly blocked: Refusal | null
  /** Something may panic, so that the unlock has to be deferred. */
  readonly panics: boolean
}

/** Judges statements of the scene's function as the inside of a critical section. */
export function judge(scene: Scene, stmts: readonly Stmt[]): Verdict {
  const events = new Set(eventsOf(stmts))
  const again = scene.touches.find(
    (touch) => touch.kind === 'call' && touch.lifted === null && events.has(touch.ev) && !scene.heldInside(touch),
  )
  if (again) {
    return {
      blocked: refuse(
        at(scene, again.span),
        `${callee(scene, again.span)} uses ${again.map.object.name} itself, and would take the lock again`,
      ),
      panics: true,
    }
  }
  const effects = stmtEffects(scene.program, scene.fn, stmts)
  const reason = effects.reasons.find(({ why }) => !ALLOWED.has(why))
  const lock = effects.locks.find(({ object }) => scene.circular(object))
  const held = stmts.find((stmt) => eventsOf([stmt]).some((ev) => scene.mayHold(ev)))
  const blocked = reason
    ? refuse(reason.at, `${reason.text} may not run under the lock (${reason.why})`)
    : lock
      ? refuse(at(scene, spanOf(stmts)), `${lock.path} is taken in between`)
      : held
        ? refuse(at(scene, held.span), 'the lock may be held here already')
        : null
  const nilWrite = scene.touches.some((touch) => events.has(touch.ev) && mayBeNilWrite(scene, touch))
  return { blocked, panics: nilWrite || effects.mayPanic }
}

const ALLOWED: ReadonlySet<string> = new Set(['panics', 'spawn', 'lock'])

function mayBeNilWrite(scene: Scene, touch: Scene['touches'][number]): boolean {
  const { access } = touch
  const writes = access?.op === 'assign' || access?.op === 'update' || (access?.op === 'read' && access.write)
  if (access === null || !writes) return false
  return access.depth > 0 || access.alias || !scene.nonNil(touch.map)
}

function callee(scene: Scene, span: readonly [number, number]): string {
  const text = scene.page.slice(span)
  return (/^[^({]*/.exec(text)?.[0] ?? text).trim() || 'the function literal'
}
