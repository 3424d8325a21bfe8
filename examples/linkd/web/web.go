// Package web serves the links.
package web

import (
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"strings"
	"time"

	"example.com/linkd/limit"
	"example.com/linkd/probe"
	"example.com/linkd/store"
	"example.com/linkd/visits"
)

// reserved are the names that the service itself uses. It is filled here and read ever after.
var reserved = map[string]bool{"": true, "links": true, "stats": true, "probe": true, "login": true}

type server struct {
	links    *store.Store
	visits   *visits.Log
	limiter  *limit.Limiter
	sessions *Sessions
}

// New returns the service's handler.
func New(links *store.Store, visits *visits.Log, limiter *limit.Limiter) http.Handler {
	s := &server{links: links, visits: visits, limiter: limiter, sessions: NewSessions()}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /login", s.login)
	mux.HandleFunc("POST /links/{name}", s.add)
	mux.HandleFunc("DELETE /links/{name}", s.remove)
	mux.HandleFunc("GET /stats", s.stats)
	mux.HandleFunc("GET /probe", s.probe)
	mux.HandleFunc("GET /{name}", s.follow)
	return counted(mux)
}

func (s *server) login(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, &http.Cookie{Name: "session", Value: s.sessions.Open(r.FormValue("user"))})
}

func (s *server) add(w http.ResponseWriter, r *http.Request) {
	if !s.limiter.Allow(clientOf(r), time.Now()) {
		http.Error(w, "slow down", http.StatusTooManyRequests)
		return
	}
	name := r.PathValue("name")
	if reserved[name] {
		http.Error(w, "this name is reserved", http.StatusForbidden)
		return
	}
	err := s.links.Add(name, store.Link{Target: r.FormValue("target"), Created: time.Now()})
	if errors.Is(err, store.ErrTaken) {
		http.Error(w, "this name is taken", http.StatusConflict)
		return
	}
	w.WriteHeader(http.StatusCreated)
}

func (s *server) remove(w http.ResponseWriter, r *http.Request) {
	cookie, err := r.Cookie("session")
	if err != nil || s.sessions.User(cookie.Value) == "" {
		http.Error(w, "log in first", http.StatusUnauthorized)
		return
	}
	s.links.Remove(r.PathValue("name"))
}

func (s *server) follow(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	link, ok := s.links.Get(name)
	if !ok {
		http.NotFound(w, r)
		return
	}
	s.visits.Add(time.Now(), name)
	http.Redirect(w, r, link.Target, http.StatusFound)
}

func (s *server) stats(w http.ResponseWriter, r *http.Request) {
	params := queryOf(r)
	name := params["name"]
	json.NewEncoder(w).Encode(map[string]int{
		"links":  s.links.Count(),
		"hits":   hitsOf("/" + name),
		"visits": s.visits.On(time.Now(), name),
	})
}

func (s *server) probe(w http.ResponseWriter, r *http.Request) {
	json.NewEncoder(w).Encode(probe.All(r.Context(), http.DefaultClient, s.links.Targets()))
}

// queryOf returns the first value of each parameter.
func queryOf(r *http.Request) map[string]string {
	params := make(map[string]string)
	for key, values := range r.URL.Query() {
		params[strings.ToLower(key)] = values[0]
	}
	return params
}

func clientOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
