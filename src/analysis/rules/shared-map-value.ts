import type { Finding } from '../../types.js'
import { racesOf } from '../findings.js'
import { type HeldValueRace, heldValueRaces } from '../heldvalues.js'
import { declRange, eventRange } from '../positions.js'
import type { Rule } from './rule.js'

const NAME = 'shared-map-value'

export const sharedMapValue: Rule = {
  name: NAME,
  meaning:
    'a map that its lock guards, while what it holds (inner maps, slices, what pointers lead to) is written without one',
  remedy:
    'hold the lock until the value is done with, or give the value a lock of its own; nested maps: any transform on both',
  bad: `func (s *Scores) Add(game, who string, n int) {
	s.mu.Lock()
	byName := s.games[game]
	s.mu.Unlock()
	byName[who] += n // the lock kept others from games, not from this
}`,
  good: `func (s *Scores) Add(game, who string, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.games[game][who] += n
}`,
  setting: `package score

import "sync"

// Scores is safe for concurrent use.
type Scores struct {
	mu    sync.Mutex
	games map[string]map[string]int
}

func New(games ...string) *Scores {
	s := &Scores{games: map[string]map[string]int{}}
	for _, game := range games {
		s.games[game] = map[string]int{}
	}
	return s
}

func (s *Scores) End(game string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.games, game)
}`,
  unless: 'each value belongs to one goroutine, and the map only finds it',
  aboutGuard: true,
  onRequest: false,
  find: ({ engine, judged }) => [...racesOf(judged, NAME), ...heldValueRaces(engine, judged).map(toFinding)],
}

/** About the field, not the map: no other lock on the map mends it. */
function toFinding({ map, target, bare, other, confidence }: HeldValueRace): Finding {
  const { facts, pkg } = target
  const [lock, name] = [map.guard?.object.name ?? '', map.object.name]
  const what = facts.key === map.object.key ? `an element of what ${name} holds` : `${facts.name} of what ${name} holds`
  return {
    rule: NAME,
    map: null,
    subject: { kind: 'variable', name: facts.key, decl: declRange(target), pkg },
    at: eventRange(bare),
    confidence,
    message: `${lock} guards ${name} at all ${map.guard?.total ?? 0} accesses, but ${bare.fn.facts.display} writes ${what} without it, while ${other === bare ? 'others do the same' : `${other.fn.facts.display} writes it too`}`,
    racing: [],
    related: other === bare ? [] : [{ at: eventRange(other), what: 'the other write' }],
  }
}
