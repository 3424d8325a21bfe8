// Package visits counts who followed which link when.
package visits

import "time"

// Log counts visits by day and name.
type Log struct {
	days map[string]map[string]int
}

// New returns an empty log.
func New() *Log {
	return &Log{days: make(map[string]map[string]int)}
}

// Add counts a visit.
func (l *Log) Add(at time.Time, name string) {
	day := at.UTC().Format(time.DateOnly)
	if l.days[day] == nil {
		l.days[day] = make(map[string]int)
	}
	l.days[day][name]++
}

// On returns how often a name was visited on the day of a time.
func (l *Log) On(at time.Time, name string) int {
	return l.days[at.UTC().Format(time.DateOnly)][name]
}

// Forget drops the days before a time.
func (l *Log) Forget(before time.Time) {
	first := before.UTC().Format(time.DateOnly)
	for day := range l.days {
		if day < first {
			delete(l.days, day)
		}
	}
}
