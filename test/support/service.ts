/** A service with two racy maps: one that a lock mostly guards, and one without any. */

export const STORE = `package store

import "sync"

// Store is safe for concurrent use.
type Store struct {
	mu    sync.RWMutex
	items map[string]int
}

func New() *Store { return &Store{items: make(map[string]int)} }

func (s *Store) Put(key string, value int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.items[key] = value
}

func (s *Store) Get(key string) int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.items[key]
}

func (s *Store) Drop(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.items, key)
}

func (s *Store) Len() int {
	return len(s.items)
}

func (s *Store) Has(key string) bool {
	_, ok := s.items[key]
	return ok
}
`
export const TALLY = `package tally

var seen = map[string]int{}

// Start counts names in the background.
func Start(names []string) {
	for _, name := range names {
		go count(name)
	}
}

func count(name string) {
	seen[name]++
}
`
export const SERVICE = {
  'go.mod': 'module example.com/service\n\ngo 1.22\n',
  'store/store.go': STORE,
  'tally/tally.go': TALLY,
}
