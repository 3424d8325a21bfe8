import { racesOf } from '../findings.js'
import type { Rule } from './rule.js'

export const unguardedMap: Rule = {
  name: 'unguarded-map',
  meaning: 'a map that two goroutines reach, at least one of them writing, with no lock that all of them hold',
  remedy: 'any transform',
  bad: `func (s *Store) Put(k string, v int) { s.items[k] = v }
func (s *Store) Get(k string) int    { return s.items[k] }

func use(s *Store) int {
	go s.Put("a", 1)
	return s.Get("a") // fatal error: concurrent map read and map write
}`,
  good: `func (s *Store) Put(k string, v int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.items[k] = v
}

func (s *Store) Get(k string) int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.items[k]
}

func use(s *Store) int {
	go s.Put("a", 1)
	return s.Get("a")
}`,
  setting: `package store

import "sync"

type Store struct {
	mu    sync.RWMutex
	items map[string]int
}`,
  unless:
    'the goroutines are kept apart by something that is not in the code, such as callers who agree to take turns: say so with //mapfix:ignore and the reason',
  aboutGuard: true,
  onRequest: false,
  find: (pass) => racesOf(pass.judged, 'unguarded-map'),
}
