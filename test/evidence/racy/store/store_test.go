package store

import (
	"sync"
	"testing"
)

func TestPutGet(t *testing.T) {
	both(func(s *Store) { s.Put("a", 1) }, func(s *Store) { _ = s.Get("a") })
}

func TestPutSum(t *testing.T) {
	both(func(s *Store) { s.Put("a", 1) }, func(s *Store) { _ = s.Sum() })
}

func TestPutDrop(t *testing.T) {
	both(func(s *Store) { s.Put("a", 1) }, func(s *Store) { s.Drop("a") })
}

func both(a, b func(*Store)) {
	s := New()
	s.Put("a", 0)
	var wg sync.WaitGroup
	wg.Add(2)
	go func() { defer wg.Done(); a(s) }()
	go func() { defer wg.Done(); b(s) }()
	wg.Wait()
}
