import { racesOf } from '../findings.js'
import type { Rule } from './rule.js'

export const writeUnderRLock: Rule = {
  name: 'write-under-rlock',
  meaning: 'an assignment, delete or lazy make under RLock, which other readers hold at the same time',
  remedy: 'guard: Lock in place of RLock',
  bad: `s.mu.RLock()
defer s.mu.RUnlock()
s.lastUsed[k] = time.Now()
return s.items[k]`,
  good: `s.mu.Lock()
defer s.mu.Unlock()
s.lastUsed[k] = time.Now()
return s.items[k]`,
  unless: 'another lock, held for writing, keeps all other users of the map out',
  aboutGuard: true,
  onRequest: false,
  find: (pass) => racesOf(pass.judged, 'write-under-rlock'),
}
