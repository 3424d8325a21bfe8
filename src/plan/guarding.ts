/** Read locks under which a map is written, made write locks. */
import { eventEffects } from '../analysis/effects.js'
import { type CallEv, type Fn, objectAt, type Program, pathAt } from '../analysis/program.js'
import type { Access, Guard, Refusal, TextEdit } from '../types.js'
import { holdingOf } from './holding.js'
import type { Page } from './page.js'
import { refuse } from './pass.js'
import { eventsOf } from './tree.js'

/** mu.RLock() … mu.RUnlock() around the write → mu.Lock() … mu.Unlock(): every read lock of that mutex in the function. */
export function promoteReadLock(
  program: Program,
  fn: Fn,
  access: Access,
  guard: Guard,
  page: Page,
): TextEdit[] | Refusal {
  const calls = eventsOf(fn.facts.stmts).filter((ev): ev is CallEv => ev.k === 'call' && isReadLock(fn, ev, guard))
  if (!calls.some(({ callee }) => callee.k === 'func' && callee.key.endsWith('.RLock'))) {
    return refuse(
      access.range,
      `${guard.object.name} is held for reading by the callers of ${fn.facts.display}, and this is a write`,
    )
  }
  const written = page.slice(fn.facts.span).match(/\.R(Lock|Unlock|Locker)\b/g) ?? []
  if (written.length !== calls.length) {
    return refuse(access.range, `${guard.object.name} is read-locked here in ways that cannot all be followed`)
  }
  const holding = holdingOf(program)
  const key = guard.object.key
  const outer = holding.callerWith(fn, key)
  if (outer)
    return refuse(access.range, `${outer.facts.display} holds ${guard.object.name} when it calls ${fn.facts.display}`)
  for (const ev of eventsOf(fn.facts.stmts)) {
    if (ev.k !== 'call' || calls.includes(ev) || holding.at(fn, ev, key) === null) continue
    const inside = eventEffects(program, fn, [ev])
    const again = inside.locks.some(({ object }) => object === null || object.startsWith('#') || object === key)
    if (again && !isUnlock(ev))
      return refuse(
        { file: access.range.file, start: ev.span[0], end: ev.span[1] },
        `${guard.object.name} is taken again in between`,
      )
  }
  return calls.map((call) => {
    const end = call.fun[1]
    const name = call.callee.k === 'func' && call.callee.key.endsWith('.RUnlock') ? 'RUnlock' : 'RLock'
    return page.replace([end - name.length, end], name.slice(1))
  })
}

function isUnlock({ callee }: CallEv): boolean {
  return callee.k === 'func' && /Unlock$/.test(callee.key)
}

function isReadLock(fn: Fn, { callee, recv }: CallEv, guard: Guard): boolean {
  if (callee.k !== 'func' || !/^sync\.RWMutex\.R(Lock|Unlock)$/.test(callee.key) || recv?.k !== 'path') return false
  const path = pathAt(fn.pkg, recv.p)
  const last = path[path.length - 1]
  return typeof last === 'number' && objectAt(fn.pkg, last).key === guard.object.key
}
