package probe

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestAll(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	targets := make(map[string]string)
	for i := range 20 {
		targets[fmt.Sprint("link", i)] = server.URL
	}
	down := All(context.Background(), server.Client(), targets)
	if len(down) != len(targets) {
		t.Errorf("%d links are down, want %d", len(down), len(targets))
	}
}
