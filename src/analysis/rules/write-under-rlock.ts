import { racesOf } from '../findings.js'
import type { Rule } from './rule.js'

export const writeUnderRLock: Rule = {
  name: 'write-under-rlock',
  meaning: 'an assignment, delete or lazy make under RLock, which other readers hold at the same time',
  remedy: 'guard: Lock in place of RLock',
  bad: `func (s *Store) Get(k string) int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	s.lastUsed[k] = time.Now() // fatal error: concurrent map writes
	return s.items[k]
}`,
  good: `func (s *Store) Get(k string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lastUsed[k] = time.Now()
	return s.items[k]
}`,
  setting: `package store

import (
	"sync"
	"time"
)

type Store struct {
	mu       sync.RWMutex
	items    map[string]int
	lastUsed map[string]time.Time
}`,
  unless: 'another lock, held for writing, keeps all other users of the map out',
  aboutGuard: true,
  onRequest: false,
  find: (pass) => racesOf(pass.judged, 'write-under-rlock'),
}
