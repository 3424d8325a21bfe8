import { racesOf } from '../findings.js'
import type { Rule } from './rule.js'

export const inconsistentGuard: Rule = {
  name: 'inconsistent-guard',
  meaning: 'a map whose lock is held at most accesses and missing at some',
  remedy: 'guard: the lock that is there, at the accesses that lack it',
  bad: `func (s *Store) Put(k string, v int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.items[k] = v
}

func (s *Store) Len() int { return len(s.items) } // no lock`,
  good: `func (s *Store) Put(k string, v int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.items[k] = v
}

func (s *Store) Len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.items)
}`,
  setting: `package store

import "sync"

type Store struct {
	mu    sync.Mutex
	items map[string]int
}

func (s *Store) Get(k string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.items[k]
}`,
  unless:
    'the access runs before the value is shared or after every goroutine has ended, in a way that the analysis cannot see',
  aboutGuard: true,
  onRequest: false,
  find: (pass) => racesOf(pass.judged, 'inconsistent-guard'),
}
