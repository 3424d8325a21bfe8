package store

import "sync"

// Locked counts under a lock, which many wait for.
type Locked struct {
	mu     sync.Mutex
	counts map[string]int
}

// NewLocked returns an empty one.
func NewLocked() *Locked {
	return &Locked{counts: make(map[string]int)}
}

// Add counts.
func (l *Locked) Add(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := 0; i < 200; i++ {
		l.counts[name]++
	}
}

// Count returns a count.
func (l *Locked) Count(name string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.counts[name]
}
