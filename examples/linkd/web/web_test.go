package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/linkd/limit"
	"example.com/linkd/store"
	"example.com/linkd/visits"
)

func TestService(t *testing.T) {
	limiter := limit.New(100, time.Minute)
	defer limiter.Close()
	handler := New(store.New(), visits.New(), limiter)
	do := func(method, path string) int {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest(method, path, nil))
		return w.Code
	}
	if code := do("POST", "/links/go?target=https://go.dev"); code != http.StatusCreated {
		t.Fatalf("adding a link: %d", code)
	}
	if code := do("POST", "/links/stats?target=https://go.dev"); code != http.StatusForbidden {
		t.Errorf("adding a reserved name: %d", code)
	}
	if code := do("GET", "/go"); code != http.StatusFound {
		t.Errorf("following a link: %d", code)
	}
	if code := do("DELETE", "/links/go"); code != http.StatusUnauthorized {
		t.Errorf("removing a link without a session: %d", code)
	}
}

func TestManyClients(t *testing.T) {
	limiter := limit.New(100, time.Minute)
	defer limiter.Close()
	links := store.New()
	links.Add("go", store.Link{Target: "https://go.dev"})
	server := httptest.NewServer(New(links, visits.New(), limiter))
	defer server.Close()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	var wg sync.WaitGroup
	for range 4 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for range 25 {
				resp, err := client.Get(server.URL + "/go")
				if err != nil {
					t.Error(err)
					return
				}
				resp.Body.Close()
			}
		}()
	}
	wg.Wait()
	resp, err := client.Post(server.URL+"/links/other?target=https://example.com", "", strings.NewReader(""))
	if err != nil || resp.StatusCode != http.StatusCreated {
		t.Fatalf("adding a link: %v", err)
	}
	resp.Body.Close()
}
