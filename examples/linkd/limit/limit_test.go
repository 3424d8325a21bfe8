package limit

import (
	"testing"
	"time"
)

func TestAllow(t *testing.T) {
	l := New(2, time.Hour)
	defer l.Close()
	now := time.Now()
	for i, want := range []bool{true, true, false} {
		if got := l.Allow("a", now); got != want {
			t.Errorf("request %d: %t, want %t", i+1, got, want)
		}
	}
	if !l.Allow("b", now) || !l.Allow("a", now.Add(time.Hour)) {
		t.Error("another client, or a later request, is refused")
	}
}
