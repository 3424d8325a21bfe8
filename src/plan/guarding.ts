/** Read locks under which a map is written, made write locks. */
import { type CallEv, type Fn, objectAt, pathAt } from '../analysis/program.js'
import type { Access, Guard, Refusal, TextEdit } from '../types.js'
import type { Page } from './page.js'
import { refuse } from './pass.js'
import { eventsOf } from './tree.js'

/** mu.RLock() … mu.RUnlock() around the write → mu.Lock() … mu.Unlock(): every read lock of that mutex in the function. */
export function promoteReadLock(fn: Fn, access: Access, guard: Guard, page: Page): TextEdit[] | Refusal {
  const calls = eventsOf(fn.facts.stmts).filter((ev): ev is CallEv => ev.k === 'call' && isReadLock(fn, ev, guard))
  if (!calls.some(({ callee }) => callee.k === 'func' && callee.key.endsWith('.RLock'))) {
    return refuse(access.range, `${guard.object.name} is held for reading by the callers of ${fn.facts.display}, and this is a write`)
  }
  return calls.map((call) => {
    const end = call.fun[1]
    const name = call.callee.k === 'func' && call.callee.key.endsWith('.RUnlock') ? 'RUnlock' : 'RLock'
    return page.replace([end - name.length, end], name.slice(1))
  })
}

function isReadLock(fn: Fn, { callee, recv }: CallEv, guard: Guard): boolean {
  if (callee.k !== 'func' || !/^sync\.RWMutex\.R(Lock|Unlock)$/.test(callee.key) || recv?.k !== 'path') return false
  const path = pathAt(fn.pkg, recv.p)
  const last = path[path.length - 1]
  return typeof last === 'number' && objectAt(fn.pkg, last).key === guard.object.key
}
