import type { Finding, LockMode } from '../../types.js'
import type { Engine } from '../engine.js'
import type { Held } from '../heldsets.js'
import { type Inner, innerAt, innerLocks, lockOutside, runsOf } from '../inner.js'
import {
  isHandedOver,
  isPrivate,
  isRedirected,
  isWriteLocked,
  lockName,
  mayHaveMoved,
  subjectOf,
  takenBefore,
} from '../lockplaces.js'
import { eventRange } from '../positions.js'
import type { Fn } from '../program.js'
import { flowOf, type Site } from '../walk.js'
import type { Rule } from './rule.js'

export const lockReentry: Rule = {
  name: 'lock-reentry',
  meaning: 'a mutex that is locked again by the goroutine that holds it, which then waits for itself',
  remedy: 'report; call a variant without the lock, or unlock first',
  bad: `func (s *Store) Len() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.items)
}

func (s *Store) Put(k string, v int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.Len() < max { // waits for the lock that Put holds
		s.items[k] = v
	}
}`,
  good: `func (s *Store) Len() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.lenLocked()
}

func (s *Store) lenLocked() int { return len(s.items) }

func (s *Store) Put(k string, v int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lenLocked() < max {
		s.items[k] = v
	}
}`,
  setting: `package store

import "sync"

const max = 1000

type Store struct {
	mu    sync.RWMutex
	items map[string]int
}`,
  unless: 'the two are locks of different objects, in a way that the analysis cannot see',
  aboutGuard: false,
  onRequest: false,
  find({ engine }) {
    const found = new Map<string, Finding>()
    for (const pkg of engine.program.packages) {
      for (const fn of engine.program.fns(pkg)) {
        for (const again of againIn(engine, fn)) {
          const finding = toFinding(engine, again)
          if (!finding) continue
          // One call too many is one fault, whoever comes there with the lock.
          const id = again.inner.way.slice(-2).map(placeId).join(' ')
          const other = found.get(id)
          if (!other || (other.confidence === 'possible' && finding.confidence === 'likely')) found.set(id, finding)
        }
      }
    }
    return [...found.values()]
  },
}

/** A lock that is held, and the way on which it is taken again. */
interface Again {
  readonly held: Held
  /** Where it was taken. */
  readonly from: Site
  readonly inner: Inner
  readonly sure: boolean
}

function againIn(engine: Engine, fn: Fn): Again[] {
  const facts = engine.locks.of(fn)
  return flowOf(fn).sites.flatMap((site) => {
    if (site.ev.k !== 'call') return []
    const own = facts.at.get(site.ev)
    return [
      ...(own && own.size > 0
        ? innerAt(engine, site).flatMap((inner) => heldTwice(engine, site, own.get(inner.lock.id), inner))
        : []),
      ...calledBack(engine, site),
    ]
  })
}

function heldTwice(engine: Engine, site: Site, held: Held | undefined, inner: Inner): Again[] {
  const from = held && takenBefore(engine, site, held.lock)
  if (!held || !from || mayHaveMoved(engine, held.lock, from, site)) return []
  return [{ held, from, inner, sure: inner.sure }]
}

/** Function arguments that take a lock which the callee holds when it calls them. */
function calledBack(engine: Engine, site: Site): Again[] {
  const runs = runsOf(engine, site)
  return runs.flatMap((run) => {
    const { through } = run
    const callee = runs.find((other) => other.through === null && other.fn === through?.fn)
    if (!through || !callee) return []
    const own = [...(engine.locks.of(through.fn).at.get(through.ev)?.values() ?? [])]
    const inside = innerLocks(engine, run.fn)
    return own.flatMap((held) => {
      const lock = lockOutside(engine, held.lock, callee, site)
      const from = takenBefore(engine, through, held.lock)
      if (!lock || !from || mayHaveMoved(engine, held.lock, from, through)) return []
      return inside.flatMap((inner): Again[] => {
        const again = lockOutside(engine, inner.lock, run, site)
        if (again?.id !== lock.id) return []
        return [
          { held, from, inner: { ...inner, lock, way: [through, ...inner.way] }, sure: inner.sure && !run.dynamic },
        ]
      })
    })
  })
}

function toFinding(engine: Engine, { held, from, inner, sure }: Again): Finding | null {
  const subject = subjectOf(engine, held.lock)
  const [first] = inner.way
  const last = inner.way.at(-1)
  if (!subject || !first || !last) return null
  if (isHandedOver(engine, held.lock)) return null
  if (held.mode === 'r' && inner.mode === 'r' && !mayWait(engine, from, held)) return null
  const name = lockName(engine, held.lock)
  return {
    rule: 'lock-reentry',
    map: null,
    subject,
    at: eventRange(first),
    confidence: sure && !isRedirected(engine, held.lock) ? 'likely' : 'possible',
    message: message(name, held.mode, inner, from.fn, last.fn),
    racing: [],
    related: [
      {
        at: eventRange(from),
        what: `${from.fn.facts.display} ${held.mode === 'r' ? 'read-locks' : 'locks'} ${name} here`,
      },
      ...inner.way.slice(1).map((site) => ({
        at: eventRange(site),
        what:
          site === last
            ? `${site.fn.facts.display} ${taking(inner.mode)} it again`
            : `${site.fn.facts.display} goes on here`,
      })),
    ],
  }
}

/** Whether a writer may come in between two read locks of one goroutine. */
function mayWait(engine: Engine, from: Site, { lock }: Held): boolean {
  return isWriteLocked(engine, lock) && !isPrivate(engine, lock, from)
}

function message(name: string, holds: LockMode, { mode, way }: Inner, holder: Fn, taker: Fn): string {
  const again =
    way.length === 1
      ? `${name} is ${mode === 'r' ? 'read-locked' : 'locked'} again here`
      : `${taker.facts.display} ${taking(mode)} ${name} again`
  const held = `while ${holder.facts.display} holds it`
  if (holds === 'w') return `${again} ${held}: the goroutine waits for itself`
  if (mode === 'w') return `${again} ${held} for reading: the goroutine waits for itself`
  return `${again} ${held} for reading: a writer that comes in between blocks both`
}

function taking(mode: LockMode): string {
  return mode === 'r' ? 'read-locks' : 'locks'
}

function placeId({ fn, n }: Site): string {
  return `${fn.pkg.id} ${fn.facts.key}#${n}`
}
