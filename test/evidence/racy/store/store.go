// Package store has a map without a lock, for recording what Go says of it.
package store

// Store counts by name.
type Store struct {
	items map[string]int
}

// New returns an empty store.
func New() *Store {
	return &Store{items: make(map[string]int)}
}

// Put sets a count.
func (s *Store) Put(name string, n int) {
	s.items[name] = n
}

// Get returns a count.
func (s *Store) Get(name string) int {
	return s.items[name]
}

// Sum adds all counts.
func (s *Store) Sum() (sum int) {
	for _, n := range s.items {
		sum += n
	}
	return sum
}

// Drop removes a count.
func (s *Store) Drop(name string) {
	delete(s.items, name)
}
