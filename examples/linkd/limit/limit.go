// Package limit keeps clients from asking too often.
package limit

import "time"

type bucket struct {
	left  int
	since time.Time
}

// Limiter gives each client so many requests a period.
type Limiter struct {
	burst   int
	period  time.Duration
	buckets map[string]bucket
	done    chan struct{}
}

// New returns a limiter that forgets idle clients in the background, until it is closed.
func New(burst int, period time.Duration) *Limiter {
	l := &Limiter{
		burst:   burst,
		period:  period,
		buckets: make(map[string]bucket),
		done:    make(chan struct{}),
	}
	go l.sweep()
	return l
}

// Allow counts a request of a client, and says whether it may be served.
func (l *Limiter) Allow(client string, now time.Time) bool {
	b, ok := l.buckets[client]
	if !ok || now.Sub(b.since) >= l.period {
		b = bucket{left: l.burst, since: now}
	}
	if b.left == 0 {
		return false
	}
	b.left--
	l.buckets[client] = b
	return true
}

// Close stops the background work.
func (l *Limiter) Close() {
	close(l.done)
}

func (l *Limiter) sweep() {
	tick := time.NewTicker(l.period)
	defer tick.Stop()
	for {
		select {
		case now := <-tick.C:
			l.forget(now)
		case <-l.done:
			return
		}
	}
}

func (l *Limiter) forget(now time.Time) {
	for client, b := range l.buckets {
		if now.Sub(b.since) >= l.period {
			delete(l.buckets, client)
		}
	}
}
