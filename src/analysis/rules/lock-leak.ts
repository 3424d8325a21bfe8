import type { Finding } from '../../types.js'
import type { Engine } from '../engine.js'
import { type Leak, leaksOf } from '../leaks.js'
import { lockName, subjectOf } from '../lockplaces.js'
import { eventRange } from '../positions.js'
import type { Fn } from '../program.js'
import type { Rule } from './rule.js'

export const lockLeak: Rule = {
  name: 'lock-leak',
  meaning: 'a way out of a function, by return or by a panic that is recovered, with a mutex still locked',
  remedy: 'defer the unlock, or unlock on that way too',
  bad: `func (s *Store) Put(k string, v int) error {
	s.mu.Lock()
	if _, ok := s.items[k]; ok {
		return errExists // nobody gets the lock again
	}
	s.items[k] = v
	s.mu.Unlock()
	return nil
}`,
  good: `func (s *Store) Put(k string, v int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.items[k]; ok {
		return errExists
	}
	s.items[k] = v
	return nil
}`,
  setting: `package store

import (
	"errors"
	"sync"
)

var errExists = errors.New("it is there already")

type Store struct {
	mu    sync.Mutex
	items map[string]int
}`,
  unless: 'the function is meant to return with the lock held, for its callers to unlock',
  aboutGuard: false,
  onRequest: false,
  find: ({ engine }) =>
    engine.program.packages.flatMap((pkg) =>
      engine.program.fns(pkg).flatMap((fn) => leaksOf(engine, fn).flatMap((leak) => toFinding(engine, fn, leak))),
    ),
}

function toFinding(engine: Engine, fn: Fn, leak: Leak): Finding[] {
  const { held, from, to, recovered } = leak
  const subject = subjectOf(engine, held.lock)
  if (!subject) return []
  const name = lockName(engine, held.lock)
  const locks = held.mode === 'r' ? 'read-locks' : 'locks'
  return [
    {
      rule: 'lock-leak',
      map: null,
      subject,
      at: eventRange(leak.always || !to ? from : to),
      confidence: 'likely',
      message: message(name, locks, fn, leak),
      racing: [],
      related: [
        ...(leak.always || !to ? [] : [{ at: eventRange(from), what: `${fn.facts.display} ${locks} ${name} here` }]),
        ...(recovered ? [{ at: declOf(recovered), what: `${recovered.facts.display} recovers` }] : []),
      ],
    },
  ]
}

function message(name: string, locks: string, { facts }: Fn, { to, recovered, always }: Leak): string {
  if (recovered)
    return `${facts.display} panics here with ${name} held, and ${recovered.facts.display} recovers: the lock is never given back`
  if (always) return `${facts.display} ${locks} ${name} here and never unlocks it`
  if (to) return `${facts.display} returns here with ${name} held, and unlocks it on other ways`
  return `${facts.display} ends with ${name} held, and unlocks it on other ways`
}

function declOf({ pkg, facts }: Fn): { file: string; start: number; end: number } {
  return { file: pkg.files[facts.file]?.path ?? '', start: facts.span[0], end: facts.span[0] + 'func'.length }
}
