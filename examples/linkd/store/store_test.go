package store

import "testing"

func TestStore(t *testing.T) {
	s := New()
	if err := s.Add("go", Link{Target: "https://go.dev"}); err != nil {
		t.Fatal(err)
	}
	if err := s.Add("go", Link{Target: "https://example.com"}); err != ErrTaken {
		t.Errorf("a second target: %v, want ErrTaken", err)
	}
	if link, ok := s.Get("go"); !ok || link.Target != "https://go.dev" {
		t.Errorf("Get(go) = %v, %t", link, ok)
	}
	s.Remove("go")
	if n := s.Count(); n != 0 {
		t.Errorf("%d links left", n)
	}
}
