import type { Sentence } from '../types.js'
import type { Engine } from './engine.js'
import type { Explanation } from './explain.js'
import { type Judged, lockName } from './findings.js'
import { type Use, useRange } from './maps.js'
import { ownerName } from './program.js'
import { type Separation, separations } from './races.js'

/** Why nothing is found on a map: what keeps its accesses apart, and what would end that. */
export function whyClean(engine: Engine, judged: Judged): Pick<Explanation, 'facts' | 'changes'> {
  const { map, uses } = judged
  const name = map.object.name
  const writes = uses.filter((use) => use.ev.op !== 'init' && isWrite(use))
  if (writes.length === 0)
    return {
      facts: [[`nothing writes to ${name} after its declaration`]],
      changes: [['a write, where another goroutine can have the map']],
    }
  const only = map.kind === 'local' && new Set(uses.map(({ fn }) => fn)).size === 1 ? uses[0]?.fn : undefined
  if (only !== undefined && uses.every(({ contexts }) => contexts.length === 0))
    return {
      facts: [[`only ${only.facts.display} itself uses the variable ${name}, and each call has its own`]],
      changes: [['a function literal or goroutine that uses it']],
    }
  const live = uses.filter((_, i) => !map.accesses[i]?.exclusive)
  if (!live.some(isWrite))
    return {
      facts: [[`${name} is written only where nobody else can have it, and read after`]],
      changes: [['a write after the map is shared']],
    }
  const groups = groupsOf(judged, live)
  if (groups.length === 0)
    return {
      facts: [['no way to the accesses is seen from main, a test, a handler or an exported function']],
      changes: [['a caller that is one of these, or a goroutine that makes the calls']],
    }
  return {
    facts: groups.map(({ separation, pairs }) => factOf(engine, judged, separation, pairs)),
    changes: groups.flatMap(({ separation }) => changeOf(engine, judged, separation)),
  }
}

type Pair = readonly [Use, Use]

interface Group {
  readonly separation: Separation
  readonly pairs: Pair[]
}

/** The conflicting pairs by what keeps them apart, the most frequent first. */
function groupsOf({ owner }: Judged, live: readonly Use[]): Group[] {
  const groups = new Map<string, Group>()
  for (const [i, a] of live.entries()) {
    for (const b of live.slice(i)) {
      for (const separation of separations(a, b, owner) ?? []) {
        const key = `${separation.why} ${separation.by}`
        const known = groups.get(key)
        if (known) known.pairs.push([a, b])
        else groups.set(key, { separation, pairs: [[a, b]] })
      }
    }
  }
  return [...groups.values()].sort((x, y) => y.pairs.length - x.pairs.length)
}

function factOf(engine: Engine, judged: Judged, separation: Separation, pairs: readonly Pair[]): Sentence {
  // Two accesses tell more than one beside itself.
  const [a, b] = pairs.find(([x, y]) => x !== y) ?? pairs[0] ?? []
  if (!a || !b) throw new Error('bug: a separation of nothing')
  const more = pairs.length - 1
  const where: Sentence = a === b ? [useRange(a), ', and itself'] : [useRange(a), ' and ', useRange(b)]
  return [reasonOf(engine, judged, separation), ': ', ...where, more > 0 ? ` (and ${more} more)` : '']
}

function reasonOf(engine: Engine, { map }: Judged, { why, by }: Separation): string {
  const object = lockName(engine, by)
  const type = ownerName(map.object) ?? 'the package'
  switch (why) {
    case 'lock':
      return `${object} is held at both`
    case 'once':
      return `${object} runs the one before the other`
    case 'order':
      return `${object} orders them: the one is over before the other goes on`
    case 'owned':
      return 'nobody else has the map at one of them'
    case 'tests':
      return 'a test makes one of them, by itself'
    case 'init':
      return 'one of them is over before main starts'
    case 'objects':
      return 'they are at maps of different objects'
    case 'joined':
      return 'the goroutine of one is waited for before the other'
    case 'single':
      return 'one goroutine makes both'
    case 'before':
      return 'one is over before the goroutine of the other starts'
    case 'branch':
      return 'a run of the function makes the one or the other'
    case 'flag':
      return `${object} says that the object has one user`
    case 'callers':
      return `the doc of ${type} leaves it to callers to keep them apart`
    case 'sequential':
      return 'no goroutine, handler or concurrent caller is seen to make one of them'
  }
}

/** What the judgement would no longer find apart. Nothing for what needs the other reasons to end too. */
function changeOf(engine: Engine, { map }: Judged, { why, by }: Separation): Sentence[] {
  const object = lockName(engine, by)
  const type = ownerName(map.object)
  switch (why) {
    case 'lock':
      return [[`an access without ${object}`]]
    case 'once':
      return [[`an access that does not come by way of ${object}`]]
    case 'order':
      return [[`an access that ${object} does not order with the others`]]
    case 'joined':
      return [['an access between the start of the goroutine and the wait for it']]
    case 'single':
      return [['a second goroutine that uses the map']]
    case 'before':
      return [['an access by whoever starts the goroutine, after the start']]
    case 'callers':
      return [[`words that promise safe concurrent use, in the doc of ${type ?? 'the package'}, in place of those`]]
    case 'sequential':
      return [['a goroutine or handler that uses the map']]
    default:
      return []
  }
}

function isWrite({ variable, contents }: Use): boolean {
  return variable === 'w' || contents === 'w'
}
