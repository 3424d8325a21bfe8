import type { Access, Sentence } from '../types.js'
import type { Context } from './contexts.js'
import type { Engine } from './engine.js'
import { type Judged, lockName } from './findings.js'
import { type Use, useRange } from './maps.js'
import { ownerName } from './program.js'
import { type Ownership, type Race, racesBetween } from './races.js'
import { rangeOf, reachesOf } from './reached.js'
import { flowOf } from './walk.js'

/** What a race rests on: who makes the two accesses, why they may meet, which locks are held, what is not certain. */
export function raceFacts(engine: Engine, judged: Judged, race: Race): Sentence[] {
  const { a, b, inA, inB } = race
  return [
    made(a, inA),
    ...(inA === inB ? [] : [made(b, inB)]),
    whyTogether(judged, race),
    [locksAt(engine, race)],
    ...doubts(judged, race),
  ]
}

/** What would order the two accesses, or let the analysis know more. At most a few of each kind. */
export function raceRemedies(engine: Engine, judged: Judged, race: Race, lacking: readonly Access[]): Sentence[] {
  const { map } = judged
  const live = map.accesses.filter((access) => !access.exclusive).length
  const lock = map.guard === null ? null : lockName(engine, map.guard.object.key)
  const where = lacking.slice(0, MOST).map((access): Sentence => [`${lock} held at `, access.range])
  const more = lacking.length - where.length
  if (race.readLock !== null)
    return [[`${lockName(engine, race.readLock)} held for writing at `, useRange(race.a)], ...waits(judged, race)]
  return [
    ...(lock === null
      ? [[`one lock, held at ${live === 1 ? 'the one access' : `all ${live} accesses`} that others can meet`]]
      : [...where, ...(more > 0 ? [[`and at ${more} more`]] : [])]),
    ...waits(judged, race),
    ...promises(judged, race),
  ]
}

const MOST = 5

function made(use: Use, context: Context): Sentence {
  const [reach] = reachesOf([context])
  const by = reach === undefined ? [] : reach.at === null ? [reach.what] : [`${reach.what} at `, reach.at]
  return [`${use.ev.op} at `, useRange(use), ' is made by ', ...by]
}

function whyTogether(judged: Judged, { a, b, inA, inB }: Race): Sentence {
  const [x, y] = [inA.spawn, inB.spawn]
  if (x && y && x.site === y.site) return ['two of these run at the same time, on one map']
  if (x && y)
    return x.kind === 'handler' && y.kind === 'handler'
      ? ['requests are served at the same time, each by a goroutine of its own']
      : ['neither goroutine is waited for before the other starts']
  const spawn = x ?? y
  if (spawn) {
    const other = useRange(x ? b : a)
    if (spawn.kind !== 'go') return ['what is set up at ', rangeOf(spawn.site), ' may run at any time after']
    const wait = spawn.joined && flowOf(spawn.joined.fn).sites[spawn.joined.n]
    const end: Sentence = wait ? ['before the wait at ', rangeOf(wait)] : ['before it is waited for']
    return spawn.joined
      ? [other, ' comes after the start at ', rangeOf(spawn.site), ' and ', ...end]
      : [other, ' does not wait for what was started at ', rangeOf(spawn.site)]
  }
  if (inA.root === 'handler' || inB.root === 'handler') return ['each request has a goroutine of its own']
  const type = ownerName(judged.map.object) ?? ''
  switch (judged.owner.promise) {
    case 'doc':
      return [`the doc of ${type} says that several goroutines may use it`]
    case 'lock':
      return [`${type} holds a lock, so several goroutines are to use it`]
    case 'serves':
      return [`the package of ${type} serves requests, so several goroutines are to use it`]
    case 'locked':
      return ['most accesses hold a lock, so several goroutines are to use it']
    default:
      return ['only callers outside of these packages could bring the two together']
  }
}

function locksAt(engine: Engine, { inA, inB, readLock }: Race): string {
  if (readLock !== null) return `both hold ${lockName(engine, readLock)}, for reading only`
  const [a, b] = [inA, inB].map(({ held }) => [...new Set(held.map(({ lock }) => lockName(engine, lock.key)))].sort())
  if (!a?.length && !b?.length) return 'no lock is held at either'
  return `no lock is held at both: ${a?.join(', ') || 'none'} at the one, ${b?.join(', ') || 'none'} at the other`
}

/** Why a race is no more than possible. */
function doubts({ owner }: Judged, { inA, inB, confidence }: Race): Sentence[] {
  if (confidence !== 'possible') return []
  const found: Sentence[] = []
  if (inA.dynamic || inB.dynamic) found.push(['possible only: a call on the way may lead elsewhere'])
  if (inA.lost || inB.lost) found.push(['possible only: it may be another object, with a map of its own'])
  if (found.length === 0 && !inA.spawn && !inB.spawn && owner.promise === null)
    found.push(['possible only: nothing says that they do'])
  return found
}

/** What could be waited for, where the ways of the two accesses part in one function, if that would do. */
function waits({ owner }: Judged, { a, b, inA, inB }: Race): Sentence[] {
  const [x, y] = [inA.spawn, inB.spawn]
  if (x?.kind !== 'go' && y?.kind !== 'go') return []
  const without = (use: Use): Use => {
    const isOther = ({ spawn }: Context): boolean => !spawn || (spawn.site !== x?.site && spawn.site !== y?.site)
    return { ...use, contexts: use.contexts.filter(isOther) }
  }
  if (racesBetween(without(a), without(b), owner) !== null) return []
  if (x && y) {
    if (x.site === y.site) return [['a wait for each goroutine started at ', rangeOf(x.site), ' before the next']]
    if (x.site.fn !== y.site.fn) return []
    const [first, second] = x.site.n < y.site.n ? [x, y] : [y, x]
    return [
      ['a wait for the goroutine started at ', rangeOf(first.site), ' before the start at ', rangeOf(second.site)],
    ]
  }
  const spawn = x ?? y
  const other = x ? inB : inA
  if (!spawn || !other.levels.some(({ site }) => site.fn === spawn.site.fn)) return []
  return [['a wait for the goroutine started at ', rangeOf(spawn.site), ' before ', useRange(x ? b : a)]]
}

/** What the doc comment of the map's type could say to change the judgement, as the judgement itself has it. */
function promises({ map, owner, uses }: Judged, { a, b, confidence }: Race): Sentence[] {
  const type = ownerName(map.object)
  if (type === undefined) return []
  const unsafe: Ownership = { ...owner, concurrent: false, promise: null, unsafe: true }
  const safe: Ownership = { ...owner, concurrent: true, promise: 'doc', unsafe: false }
  const isQuiet = uses.every((x) => uses.every((y) => racesBetween(x, y, unsafe) === null))
  const isSurer = confidence === 'possible' && racesBetween(a, b, safe)?.confidence === 'likely'
  return [
    ...(isQuiet
      ? [[`the words "not safe for concurrent use" in the doc of ${type}: its callers see to it, then`]]
      : []),
    ...(isSurer
      ? [[`the words "safe for concurrent use" in the doc of ${type}: likely, then, not just possible`]]
      : []),
  ]
}
