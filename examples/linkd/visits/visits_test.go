package visits

import (
	"testing"
	"time"
)

func TestLog(t *testing.T) {
	l := New()
	today := time.Date(2024, 5, 17, 12, 0, 0, 0, time.UTC)
	l.Add(today, "go")
	l.Add(today, "go")
	l.Add(today.AddDate(0, 0, -7), "go")
	l.Forget(today.AddDate(0, 0, -1))
	if n := l.On(today, "go"); n != 2 {
		t.Errorf("%d visits today, want 2", n)
	}
	if n := l.On(today.AddDate(0, 0, -7), "go"); n != 0 {
		t.Errorf("%d visits last week, want none", n)
	}
}
