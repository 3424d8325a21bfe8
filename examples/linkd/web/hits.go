package web

import "net/http"

// hits counts requests by path.
var hits = make(map[string]int)

// counted counts the requests that a handler serves.
func counted(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hits[r.URL.Path]++
		next.ServeHTTP(w, r)
	})
}

// hitsOf returns how often a path was asked for.
func hitsOf(path string) int {
	return hits[path]
}
