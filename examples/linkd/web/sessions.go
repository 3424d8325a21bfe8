package web

import (
	"crypto/rand"
	"encoding/hex"
	"sync"
)

// Sessions knows who is logged in. It is safe for concurrent use.
type Sessions struct {
	mu   sync.Mutex
	open map[string]string
}

// NewSessions returns an empty Sessions.
func NewSessions() *Sessions {
	return &Sessions{open: make(map[string]string)}
}

// Open starts a session and returns its token.
func (s *Sessions) Open(user string) string {
	b := make([]byte, 16)
	rand.Read(b)
	token := hex.EncodeToString(b)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open[token] = user
	return token
}

// User returns whose session a token is, "" if it is nobody's.
func (s *Sessions) User(token string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.open[token]
}
