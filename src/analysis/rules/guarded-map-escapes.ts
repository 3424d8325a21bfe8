import type { Finding } from '../../types.js'
import { handOutOf } from '../escapes.js'
import { type Judged, racesOf } from '../findings.js'
import { useRange } from '../maps.js'
import type { Rule } from './rule.js'

export const guardedMapEscapes: Rule = {
  name: 'guarded-map-escapes',
  meaning: 'a map handed out under its lock, and used after the lock is given up, while others write it',
  remedy: 'copy the map under the lock',
  bad: `func (s *Store) All() map[string]int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.items // the map itself: the lock ends here
}

func (s *Store) Print() {
	for k, v := range s.All() { // fatal error: concurrent map iteration and map write
		println(k, v)
	}
}`,
  good: `func (s *Store) All() map[string]int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return maps.Clone(s.items)
}

func (s *Store) Print() {
	for k, v := range s.All() {
		println(k, v)
	}
}`,
  setting: `package store

import (
	"maps"
	"sync"
)

type Store struct {
	mu    sync.RWMutex
	items map[string]int
}

func (s *Store) Load(items map[string]int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.Copy(s.items, items)
}

func (s *Store) Put(k string, v int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.items[k] = v
}`,
  unless: 'the map is never written again once it was handed out: writers make a new one',
  aboutGuard: true,
  onRequest: false,
  find: ({ judged }) => [...racesOf(judged, 'guarded-map-escapes'), ...judged.flatMap(handedOut)],
}

function handedOut(judged: Judged): Finding[] {
  const handOut = handOutOf(judged)
  const { map } = judged
  if (!handOut || !map.guard) return []
  const { out, write } = handOut
  const lock = map.guard.object.name
  return [
    {
      rule: 'guarded-map-escapes',
      map,
      subject: null,
      at: useRange(out),
      confidence: 'likely',
      message: `${out.fn.facts.display} returns ${map.object.name} itself, which callers then use without ${lock}`,
      racing: [],
      related: [{ at: useRange(write), what: `${write.fn.facts.display} writes it under ${lock}` }],
    },
  ]
}
