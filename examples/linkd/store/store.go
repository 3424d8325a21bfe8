// Package store keeps the short links.
package store

import (
	"errors"
	"sync"
	"time"
)

// ErrTaken says that a name leads elsewhere already.
var ErrTaken = errors.New("store: name is taken")

// Link is where a short name leads.
type Link struct {
	Target  string
	Created time.Time
}

// Store holds links by name. It is safe for concurrent use.
type Store struct {
	mu    sync.RWMutex
	links map[string]Link
}

// New returns an empty store.
func New() *Store {
	return &Store{links: make(map[string]Link)}
}

// Add stores a link under a name that is free, or that leads there already.
func (s *Store) Add(name string, link Link) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if old, ok := s.links[name]; ok && old.Target != link.Target {
		return ErrTaken
	}
	s.links[name] = link
	return nil
}

// Get returns the link of a name.
func (s *Store) Get(name string) (Link, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	link, ok := s.links[name]
	return link, ok
}

// Remove forgets a name.
func (s *Store) Remove(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.links, name)
}

// Targets returns all targets by name, in a map of the caller's own.
func (s *Store) Targets() map[string]string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	targets := make(map[string]string, len(s.links))
	for name, link := range s.links {
		targets[name] = link.Target
	}
	return targets
}

// Count returns how many links there are.
func (s *Store) Count() int {
	return len(s.links)
}
