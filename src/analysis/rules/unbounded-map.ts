import type { Finding } from '../../types.js'
import { type GrowingMap, growingMaps } from '../unbounded.js'
import type { Rule } from './rule.js'

export const unboundedMap: Rule = {
  name: 'unbounded-map',
  meaning: 'a shared map that gets an entry for whatever a client sends, and from which nothing is ever taken',
  remedy: 'delete what is old, cap its length, or key it by something of which there are few',
  bad: `func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen[r.URL.Path] = time.Now() // one entry for each path that anybody asks for
}`,
  good: `func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen[r.URL.Path] = time.Now()
	for path, at := range s.seen {
		if time.Since(at) > time.Hour {
			delete(s.seen, path)
		}
	}
}`,
  setting: `package serve

import (
	"net/http"
	"sync"
	"time"
)

type Server struct {
	mu   sync.Mutex
	seen map[string]time.Time
}`,
  unless: 'a router, or a check that the analysis cannot see, lets few different keys through',
  aboutGuard: false,
  onRequest: false,
  find: ({ engine, judged }) => growingMaps(engine, judged).map(toFinding),
}

function toFinding({ map, insert, confidence }: GrowingMap): Finding {
  const { name } = map.object
  return {
    rule: 'unbounded-map',
    map,
    subject: null,
    at: insert.range,
    confidence,
    message: `${insert.func.display} puts an entry into ${name} for a key that comes from the request, and nothing deletes from ${name}, replaces it or looks at its length`,
    racing: [],
    related: insert.reached.flatMap(({ what, at }) => (at ? [{ at, what }] : [])).slice(0, 2),
  }
}
