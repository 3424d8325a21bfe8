import { racesOf } from '../findings.js'
import type { Rule } from './rule.js'

export const deleteInRange: Rule = {
  name: 'delete-in-range',
  meaning: 'a loop that changes the map it ranges over, while other goroutines use the map and no lock keeps them out',
  remedy: 'hold the lock around the loop; or collect the keys under it, and delete them under it after',
  bad: `func (s *Sessions) sweep(now time.Time) {
	for id, at := range s.expires { // no lock: Open may insert between two turns, or during one
		if now.After(at) {
			s.mu.Lock()
			delete(s.expires, id)
			s.mu.Unlock()
		}
	}
}`,
  good: `func (s *Sessions) sweep(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, at := range s.expires {
		if now.After(at) {
			delete(s.expires, id) // fine: nobody else is at the map
		}
	}
}`,
  setting: `package session

import (
	"sync"
	"time"
)

type Sessions struct {
	mu      sync.Mutex
	expires map[string]time.Time
}

func New() *Sessions {
	s := &Sessions{expires: map[string]time.Time{}}
	time.AfterFunc(time.Minute, func() { s.sweep(time.Now()) })
	return s
}

func (s *Sessions) Open(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expires[id] = time.Now().Add(time.Hour)
}`,
  unless:
    "the map is this goroutine's own: Go allows a loop to delete from the map it ranges over, and to insert, as long as no other goroutine is at it",
  aboutGuard: true,
  onRequest: false,
  find: (pass) => racesOf(pass.judged, 'delete-in-range'),
}
