import type { Span } from '../../facts.js'
import type { Finding, Range } from '../../types.js'
import { type UnsizedMap, unsizedMaps } from '../growth.js'
import { declRange, spanRange } from '../positions.js'
import type { Rule } from './rule.js'

export const unsizedMap: Rule = {
  name: 'unsized-map',
  meaning: 'a map made without a size, and filled by a loop whose number of turns is known by then',
  remedy: 'make(map[K]V, len(x)): the map is laid out once, and does not grow while it is filled',
  bad: `func byID(users []User) map[int]User {
	m := make(map[int]User)
	for _, u := range users {
		m[u.ID] = u
	}
	return m
}`,
  good: `func byID(users []User) map[int]User {
	m := make(map[int]User, len(users))
	for _, u := range users {
		m[u.ID] = u
	}
	return m
}`,
  setting: `package user

type User struct {
	ID   int
	Name string
}`,
  unless: 'most turns meet a key that is there already, so that the map stays much smaller; or the code is cold',
  aboutGuard: false,
  onRequest: true,
  find: ({ engine }) => unsizedMaps(engine).map(toFinding),
}

function toFinding({ object, fn, made, loop, insert, over }: UnsizedMap): Finding {
  const { facts, pkg } = object
  const range = (span: Span): Range => spanRange({ fn, stmt: insert.stmt }, span)
  const size = loop.xt === 'int' ? (over ?? 'that number') : over === null ? 'the length' : `len(${over})`
  return {
    rule: 'unsized-map',
    map: null,
    subject: { kind: 'variable', name: facts.key, decl: declRange(object), pkg },
    at: range(made),
    confidence: 'likely',
    message: `${facts.name} is made without a size, and each turn of a loop over ${over ?? 'something whose length is known'} puts an entry into it: make it with ${size}`,
    racing: [],
    related: [
      { at: range([loop.span[0], loop.block.span[0]]), what: 'the loop' },
      { at: range(insert.ev.span), what: 'one entry a turn' },
    ],
  }
}
