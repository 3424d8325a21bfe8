import type { Confidence } from '../types.js'
import type { Context } from './contexts.js'
import { sameElement } from './elements.js'
import { missesLink } from './links.js'
import type { Use } from './maps.js'
import { CLOSED, meet } from './order.js'
import { besideEachOther } from './parallel.js'
import { type AbsPath, isField } from './paths.js'
import { type Fn, plainName } from './program.js'
import { runsOnce, startsOnce } from './repetition.js'
import { waysAbove } from './settingup.js'
import { excludes, type Site, shareLoop } from './walk.js'

/** Two uses that may meet, one of them a write, and the ways on which they do; a is the writer where only one writes. */
export interface Race<T extends Touch = Use> {
  readonly a: T
  readonly b: T
  readonly inA: Context
  readonly inB: Context
  readonly confidence: Confidence
  /** The lock that both hold, but for reading although one writes; null if there is none. */
  readonly readLock: string | null
}

/** What racing asks of a use: what it does to the variable and to the contents, at which depth, and the ways to it. */
export type Touch = Pick<Use, 'variable' | 'contents' | 'depth' | 'contexts'>

/** What the analysis knows of the map's owner: whether its API is for several goroutines at once. */
export interface Ownership {
  readonly concurrent: boolean
  /** Why: the words of its doc comment, a lock among its fields, a package that serves HTTP; for a variable, the locks taken around it. */
  readonly promise: 'doc' | 'lock' | 'serves' | 'locked' | null
  /** It is said that callers must see to it themselves that they do not run at the same time. */
  readonly unsafe: boolean
  /** The map is a test's own. */
  readonly inTests: boolean
  /** The maps are elements of an array or slice. */
  readonly elements: boolean
  /** What flags are where the object is not meant to be shared: its lock is taken under the opposite. */
  readonly unshared: ReadonlySet<string>
}

/** The races between two uses of one map (or of one use with itself), the surest first; a is the writer. */
export function racesBetween<T extends Touch>(a: T, b: T, owner: Ownership): Race<T> | null {
  let best: Race<T> | null = null
  for (const inA of a.contexts) {
    for (const inB of b.contexts) {
      if (!conflict(a, b, inA.copied || inB.copied)) continue
      const element = owner.elements ? sameElement(inA.map, inB.map) : 'same'
      if (element === 'apart') continue
      const met = meeting(inA, inB, a === b && inA === inB, owner)
      const unsure = met === 'likely' && (element === 'unsure' || keepApart(a, b, inA, inB, owner))
      const confidence = unsure ? 'possible' : met
      if (isApart(confidence) || (best?.confidence === 'likely' && confidence === 'possible')) continue
      const common = commonLock(inA, inB)
      if (common.lock !== null) continue
      if (best && best.confidence === confidence) continue
      best = { a, b, inA, inB, confidence, readLock: common.readLock }
    }
  }
  return best
}

const CARE: ReadonlySet<string> = new Set(['lock', 'order', 'joined', 'before', 'once', 'single', 'branch'])

/** Whether whoever in the program enters the exported functions sees to it that the two ways do not meet: by a lock, or in order. */
function keepApart(a: Touch, b: Touch, inA: Context, inB: Context, owner: Ownership): boolean {
  const [above, beside] = [waysAbove(a.contexts, inA), waysAbove(b.contexts, inB)]
  if ((above[0] === inA && beside[0] === inB) || owner.promise === 'doc') return false
  const met = above.flatMap((x) =>
    beside.map((y) => (commonLock(x, y).lock !== null ? 'lock' : meeting(x, y, a === b && x === y, owner))),
  )
  return met.some((why) => CARE.has(why)) && !met.includes('likely') && !met.includes('sequential')
}

/** Whether two uses can happen at the same time at all, whatever they do and hold. */
export function mayMeet(a: Use, b: Use, owner: Ownership): boolean {
  return a.contexts.some((inA) => b.contexts.some((inB) => !isApart(meeting(inA, inB, a === b && inA === inB, owner))))
}

/** Why two ways to a map do not meet. */
export type Apart =
  | 'owned' // nobody else has the map on one of them
  | 'tests' // tests run one after the other, and not beside the program
  | 'init' // package initialisation is over before any goroutine starts
  | 'once' // a sync.Once runs one of them, and the other comes after its Do
  | 'order' // a channel, WaitGroup or atomic orders them
  | 'objects' // they are at maps of different objects
  | 'joined' // the goroutine of one is waited for before the other
  | 'single' // one goroutine, started once, does both
  | 'before' // one is over before the goroutine of the other starts
  | 'branch' // one run of a function takes one of them, or the other
  | 'flag' // a flag says that the object is not shared
  | 'callers' // the type says that its callers must keep them apart
  | 'sequential' // no goroutine is seen to bring them together

/** What keeps two uses apart on some pair of ways, and the lock, Once or channel by its key, if it is one. */
export interface Separation {
  readonly why: Apart | 'lock'
  readonly by: string
}

/** What keeps two uses from racing, each cause once; null where nothing needs to: no write, or no way to one of them. */
export function separations(a: Use, b: Use, owner: Ownership): readonly Separation[] | null {
  if (!conflict(a, b, false)) return null
  const found = new Map<string, Separation>()
  for (const inA of a.contexts) {
    for (const inB of b.contexts) {
      const met = meeting(inA, inB, a === b && inA === inB, owner)
      const lock = commonLock(inA, inB).lock
      if (!isApart(met) && lock === null) continue
      const by = isApart(met) ? (orderedBy(inA, inB, met) ?? '') : (lock ?? '')
      const why = isApart(met) ? met : 'lock'
      found.set(`${why} ${by}`, { why, by })
    }
  }
  return found.size === 0 ? null : [...found.values()]
}

function orderedBy(a: Context, b: Context, why: Apart): string | undefined {
  const common = (x: ReadonlySet<string>, y: ReadonlySet<string>): string | undefined => [...x].find((k) => y.has(k))
  if (why === 'once') return common(a.once, b.once) ?? common(a.once, b.acquired) ?? common(b.once, a.acquired)
  if (why === 'flag') return [...a.flags, ...b.flags][0]?.replace('!', '')
  return why === 'order' ? (common(a.released, b.acquired) ?? common(b.released, a.acquired)) : undefined
}

function isApart(met: Confidence | Apart): met is Apart {
  return met !== 'likely' && met !== 'possible' && met !== 'proven'
}

/** Whether one of the uses writes what the other touches; a copy of the variable is another variable. */
function conflict(a: Touch, b: Touch, copied: boolean): boolean {
  const variable = copied ? false : a.variable === 'w' ? b.variable !== null : b.variable === 'w' && a.variable !== null
  // An inner map is not the map that holds it.
  if (a.depth !== b.depth) return variable
  const contents = a.contents === 'w' ? b.contents !== null : b.contents === 'w' && a.contents !== null
  return variable || contents
}

/** The key of the lock that keeps two ways apart, or of one that both hold for reading alone. */
function commonLock(a: Context, b: Context): { lock: string | null; readLock: string | null } {
  let readLock: string | null = null
  for (const x of a.held) {
    for (const y of b.held) {
      if (x.lock.key !== y.lock.key) continue
      if (x.when !== y.when && !(x.when ? b.flags.has(x.when) : y.when && a.flags.has(y.when))) continue
      if (x.mode === 'w' || y.mode === 'w') return { lock: x.lock.key, readLock: null }
      readLock = x.lock.key
    }
  }
  return { lock: null, readLock }
}

/** Whether each goroutine waits for the channel that the one before it closes when it is done. */
function passesBaton({ acquired, released }: Context): boolean {
  return [...acquired].some((key) => released.has(`${key} ${CLOSED}`))
}

/** How sure it is that two ways are taken at the same time, or why they are not. */
function meeting(a: Context, b: Context, same: boolean, owner: Ownership): Confidence | Apart {
  if (a.owned || b.owned) return 'owned'
  if (meet(a.flags, owner.unshared) || meet(b.flags, owner.unshared)) return 'flag'
  const beside = besideEachOther(a, b)
  if (!owner.inTests && !beside && (isTests(a) || isTests(b))) return 'tests'
  if (isDouble(a) || isDouble(b)) return 'tests'
  if (a.root === 'init' && !a.spawn) return 'init'
  if (b.root === 'init' && !b.spawn) return 'init'
  if (meet(a.once, b.once) || meet(a.once, b.acquired) || meet(b.once, a.acquired)) return 'once'
  if (meet(a.released, b.acquired) || meet(b.released, a.acquired)) {
    // The goroutine of a loop is not ordered with the next one's by what it does at its end.
    if (!(same && a.spawn?.many) || passesBaton(a)) return 'order'
  }
  if (apart(a.map, b.map) || (a.own && b.own && a.map.root !== b.map.root)) return 'objects'
  if (isOneRun(a, b)) return 'single'
  if (a.map.root === 'fresh' && a.levels.at(-1)?.site !== b.levels.at(-1)?.site) return 'objects'
  if (b.map.root === 'fresh' && a.map.root !== 'fresh') return 'objects'
  if (beside) return certainty(a, b)
  const joined = a.spawn?.joined ? siblings(a, b) : b.spawn?.joined ? siblings(b, a) : null
  if (joined !== null) return joined ? certainty(a, b) : 'joined'
  if (a.spawn && b.spawn && a.spawn.site === b.spawn.site) {
    if (!a.spawn.many && !b.spawn.many) return 'single'
    return missesLink(a, b, owner) ? 'possible' : certainty(a, b)
  }
  const handlers = (a.root === 'handler' && !a.spawn) || (b.root === 'handler' && !b.spawn)
  if (a.spawn || b.spawn) {
    if (before(a, b) || before(b, a)) return 'before'
    if (apartInScope(a, b)) return 'branch'
    if (inTwoScopes(a, b) && !mayBeOne(a, b, owner)) return 'possible'
    if (missesLink(a, b, owner)) return 'possible'
    return certainty(a, b)
  }
  // A test's handlers mostly serve one request after the other.
  const weak = missesLink(a, b, owner)
  if (handlers)
    return weak || owner.inTests || [a.root, b.root].some((root) => root === 'main' || root === 'scope')
      ? 'possible'
      : certainty(a, b)
  const open = (root: Context['root']): boolean => root === 'api' || root === 'unknown'
  if (owner.unsafe) return 'callers'
  if (open(a.root) && open(b.root))
    return owner.concurrent &&
      !weak &&
      a.base === b.base &&
      [a, b].every((c) => c.root === 'api' && !c.dynamic && (!c.lost || isGiven(c)))
      ? 'likely'
      : 'possible'
  return 'sequential'
}

/** Both are the one run of a method such as Run or Serve, whoever calls it or starts it. */
function isOneRun(a: Context, b: Context): boolean {
  const [x, y] = [runnerOf(a), runnerOf(b)]
  return x !== undefined && x === y && (a.root === 'api' || b.root === 'api') && runsOnce(x)
}

/** The function that is called from outside, or with which the goroutine starts. */
function runnerOf({ levels, spawn }: Context): Fn | undefined {
  if (spawn?.many) return undefined
  return levels.at(spawn ? spawn.level - 1 : -1)?.site.fn
}

/** Whether the map is a field of what callers pass to a function: to them it is as good as a method. Another argument of a method may be anyone's. */
function isGiven({ map, levels }: Context): boolean {
  const fn = levels.at(-1)?.site.fn
  if (fn?.facts.kind !== 'func') return false
  const own = fn.facts.params.some((param) => param >= 0 && map.root === `o:${fn.pkg.objects[param]?.key}`)
  return own && map.steps.some(isField)
}

/** A goroutine that its starter waits for meets only what runs between the start and the wait: null if b can't say. */
function siblings(a: Context, b: Context): boolean {
  const at = startOf(a)
  if (!a.spawn || !at) return false
  if (b.spawn?.site === a.spawn.site) return a.spawn.many || b.spawn.many
  const other = b.spawn?.joined?.fn === at.fn ? startOf(b) : undefined
  if (other) return !over(a, b) && !over(b, a) && !excludes(at, other)
  if (b.spawn) return false
  const level = b.levels.find((l) => l.site.fn === at.fn)
  if (!level || level.site === at) return false
  const end = a.spawn?.joined
  if (end && end.n < level.site.n && !shareLoop(end, level.site)) return false
  return level.site.n > at.n || shareLoop(level.site, at)
}

/** Whether the first goroutine has been waited for before the second starts. */
function over(first: Context, second: Context): boolean {
  const end = first.spawn?.joined
  const start = startOf(second)
  return end && start ? end.n < start.n && !shareLoop(end, start) : false
}

/** Where the function that waits for the goroutine starts it, or hands a worker what it runs. */
function startOf({ spawn, levels }: Context): Site | undefined {
  return spawn ? levels[spawn.level]?.site : undefined
}

/** Tests are one sequential root: what they do themselves makes no map of the program shared. */
function isTests({ root, levels }: Context): boolean {
  return root === 'test' || levels.at(-1)?.site.fn.facts.test === true
}

/** A test's own stand-in, reached from the program through an interface: the program has another there. */
function isDouble({ root, levels }: Context): boolean {
  const [first, last] = [levels[0]?.site.fn, levels.at(-1)?.site.fn]
  return root !== 'test' && first?.facts.kind === 'method' && first.facts.test && last?.facts.test === false
}

/** Whether one run of a function takes one of the ways, or the other: that of main, or the one whose local holds the map's object, or of what it calls once. */
function apartInScope(a: Context, b: Context): boolean {
  if (a.root !== b.root || (a.root !== 'scope' && a.root !== 'main')) return false
  const [x, y] = [a, b].map(({ levels }) => levels.map(({ site }) => site).reverse())
  const parting = x?.findIndex((site, i) => site !== y?.[i] || site.loops.length > 0) ?? -1
  const [at, other] = [x?.[parting], y?.[parting]]
  return at !== undefined && other !== undefined && excludes(at, other)
}

/** Whether two functions each have a local that holds the map's object. */
function inTwoScopes(a: Context, b: Context): boolean {
  return a.root === 'scope' && b.root === 'scope' && a.levels.at(-1)?.site.fn !== b.levels.at(-1)?.site.fn
}

/**
 * Whether one of two locals may well hold what the other does: one finds its object, the other has given it away, and around the map itself
 * one of them takes a lock of the object's, as only those do who share it.
 */
function mayBeOne(a: Context, b: Context, owner: Ownership): boolean {
  if (owner.promise !== 'lock' || owner.inTests || a.base === '' || a.base !== b.base) return false
  const locks = [...a.held, ...b.held].some(({ lock }) => lock.key.startsWith(`${a.base}.`))
  return locks && (a.found || b.found) && !a.unfinished && !b.unfinished
}

/** Paths that end in one field, but of different parts of their objects: c.enc.table.names and c.dec.table.names. */
function apart(a: AbsPath, b: AbsPath): boolean {
  const [x, y] = [a, b].map(({ steps }) => steps.filter(isField).reverse())
  return x !== undefined && y !== undefined && x.some((field, i) => y[i] !== undefined && y[i] !== field)
}

/** Whether a is over before b's goroutine starts: their ways part in one function, where a's comes first. */
function before(a: Context, b: Context): boolean {
  if (!b.spawn) return false
  const mine = a.levels.slice(0, a.spawn ? a.spawn.level : a.levels.length)
  for (const { site } of mine) {
    for (const level of b.levels.slice(b.spawn.level)) {
      if (level.site.fn !== site.fn || level.site === site) continue
      const loops = site.loops.filter((loop) => level.site.loops.includes(loop)).length
      if (site.n >= level.site.n || (loops > 0 && !(loops === 1 && a.inTurn && b.inTurn))) continue
      const last = a.levels.at(-1)?.site.fn === site.fn
      const repeated = last && a.root === 'api' && !startsOnce(plainName(site.fn))
      if (!repeated) return true
    }
  }
  return false
}

function certainty(a: Context, b: Context): Confidence {
  if (a.dynamic || b.dynamic) return 'possible'
  return (a.lost || b.lost) && !oneActivation(a, b) && !oneCall(a, b) ? 'possible' : 'likely'
}

/** Whether both reach the object through what one call returned, in the function that starts one of them. */
function oneCall(a: Context, b: Context): boolean {
  const { root } = a.map
  if (!root.startsWith('c:') || root !== b.map.root || (a.spawn ?? b.spawn) === null) return false
  // A function that calls itself calls anew: in the goroutine it is another result.
  const calls = ({ levels, spawn }: Context): boolean => {
    const first = levels.findIndex(({ site }) => root.startsWith(`c:${site.fn.facts.key}#`))
    return first >= (spawn ? spawn.level : 0)
  }
  return calls(a) && calls(b)
}

/** Whether both reach the object through one parameter of the function that starts one of them: callers pass it whatever it is, once. */
function oneActivation(a: Context, b: Context): boolean {
  const fn = a.levels.at(-1)?.site.fn
  const own = fn?.facts.params.some((param) => param >= 0 && a.map.root === `o:${fn.pkg.objects[param]?.key}`)
  return own === true && a.map.root === b.map.root && b.levels.at(-1)?.site.fn === fn && (a.spawn ?? b.spawn) !== null
}
