// Package probe finds links that lead nowhere.
package probe

import (
	"context"
	"net/http"
	"sync"
)

// All asks for every target at once, and returns by name why those that fail do.
func All(ctx context.Context, client *http.Client, targets map[string]string) map[string]string {
	down := make(map[string]string)
	var wg sync.WaitGroup
	for name, target := range targets {
		wg.Add(1)
		go func() {
			defer wg.Done()
			if reason := ask(ctx, client, target); reason != "" {
				down[name] = reason
			}
		}()
	}
	wg.Wait()
	return down
}

// ask returns why a target cannot be had, "" if it can.
func ask(ctx context.Context, client *http.Client, target string) string {
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, target, nil)
	if err != nil {
		return "not a URL"
	}
	resp, err := client.Do(req)
	if err != nil {
		return "no answer"
	}
	resp.Body.Close()
	if resp.StatusCode >= 400 {
		return resp.Status
	}
	return ""
}
