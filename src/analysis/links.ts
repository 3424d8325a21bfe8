import { isInternal } from './callers.js'
import type { Context } from './contexts.js'
import { type AbsPath, isField, targetKey } from './paths.js'
import { type Fn, plainName } from './program.js'
import type { Ownership } from './races.js'
import { inEndlessLoop, isRun, setsUp } from './repetition.js'
import { flowOf, type Site, shareLoop } from './walk.js'

/** Whether it takes more than the program shows for two ways to meet: a link is missing, and a race is possible at most. */
export function missesLink(a: Context, b: Context, owner: Ownership): boolean {
  return links.some((link) => link(a, b, owner) || link(b, a, owner))
}

type Link = (a: Context, b: Context, owner: Ownership) => boolean

/** Why a misses b, each for one reason. */
const links: readonly Link[] = [
  /** Callers outside would have to reach into the object that the goroutine works on, whose type does not promise that they may. */
  (a, b, owner) =>
    !a.spawn && !owner.concurrent && (a.root === 'api' || a.root === 'unknown') && a.base !== '' && a.base !== b.base,
  /** A method of an internal package has no callers but those that are seen, if any, and what they come from. */
  (a, _, owner) => {
    const fn = a.levels.at(-1)?.site.fn
    if (a.spawn || a.root !== 'api' || fn === undefined || !isInternal(fn.pkg.path)) return false
    return owner.promise !== 'doc'
  },
  /** Callers outside never get the object. */
  (a, b) =>
    b.private &&
    (b.own || a.base === b.base) &&
    (a.root === 'api' || a.root === 'unknown') &&
    a.map.root !== b.map.root,
  /** What init functions register is asked when main has served: it sets up before. */
  (a, b) => a.root === 'main' && !a.spawn && b.root === 'init' && b.spawn?.kind === 'handler',
  /** A test's server mostly serves one request after the other, and is asked no more when the test looks. */
  (a, _, owner) => owner.inTests && a.spawn?.kind === 'handler',
  /** A function keeps its object to itself, and the other way begins elsewhere. */
  (a, b) => a.private && a.map.root !== b.map.root,
  /** Code that is not seen may call what it is given once, before anything else, and in place: who takes no lock there does not expect anyone. */
  (a) => a.root === 'unknown' && !a.spawn && a.held.length === 0,
  /** Where nothing speaks of others, those who are seen to call a function are all that call it. */
  (a, _, owner) => a.called && !a.spawn && !owner.concurrent && a.held.length === 0,
  /** Whoever is outside knows a type without a name for him as an interface, and not what its objects lead to, where none takes a lock. */
  (a) => {
    const fn = a.levels.at(-1)?.site.fn
    return (
      a.held.length === 0 &&
      !a.spawn &&
      a.root === 'api' &&
      fn?.facts.exported === false &&
      a.map.steps.filter(isField).length > 1
    )
  },
  /** Those who are seen to call it do so before others know the object. */
  (a, _, owner) => a.settingUp && owner.promise !== 'doc',
  /** What init functions register is registered when others look it up, unless a goroutine is seen to. */
  (a, b, owner) => a.registering && !b.spawn && owner.promise !== 'doc',
  /** What a configuration holds is not what is made of it. */
  (a, b) => !a.spawn && !b.spawn && a.base !== b.base && isConfigured(a.map) && !isConfigured(b.map),
  /** One object is run once: Run does not meet itself. */
  (a, b) => {
    const fn = a.root === 'api' && !a.spawn ? a.levels.at(-1)?.site.fn : undefined
    return fn !== undefined && isRun(plainName(fn)) && runsIn(b, fn)
  },
  /** What sets an object up is over when others use it. */
  (a, b) => {
    const at = a.levels.at(-1)?.site
    if (at === undefined || a.spawn || a.root !== 'api' || (b.spawn && passes(b, at.fn))) return false
    return isSetUp(at)
  },
  goesThroughSetUp,
  /** One loop serves an object, whoever starts it. */
  (a, b) =>
    a.map.root !== b.map.root && a !== b && !a.parallel.size && startOf(a) !== undefined && startOf(a) === startOf(b),
  /** A constructor's object, which it has not stored anywhere yet; b does not come from the goroutines that know of it. */
  (a, b) => a.unfinished && ((b.spawn?.later === true && !a.private) || !passes(b, a.levels.at(-1)?.site.fn)),
  /** Who puts things together has them first; b finds them through an object of another type, or from Start on. */
  (a, b) => {
    const fn = a.levels.at(-1)?.site.fn
    if (fn === undefined || a.root !== 'scope' || a.spawn || a.found || passes(b, fn)) return false
    return MAKES.test(plainName(fn)) && (a.base !== b.base || entersSetUp(b))
  },
  /** Who encodes an object holds its lock already: json.Marshal calls the method. */
  (a) => {
    const fn = a.root === 'api' && !a.spawn && a.held.length === 0 ? a.levels.at(-1)?.site.fn : undefined
    return fn !== undefined && /^(Marshal|GobEncode$|Encode(Msg|Msgpack|RLP|BSON)$|Msgsize$)/.test(plainName(fn))
  },
  /** The function that started the goroutine has waited for something since. */
  (a, b) => {
    const starts = b.spawn?.unclear && !a.spawn ? b.levels.slice(b.spawn.level) : []
    return starts.some(({ site: at }) =>
      a.levels.some(({ site }) => site.fn === at.fn && site.n > at.n && !shareLoop(site, at)),
    )
  },
  lazily,
  /** All tests are over, and what they started is idle. */
  (a) => !a.spawn && a.levels.some(({ site }) => isAfterTests(site)),
]

/** Functions that make objects and put them together, by what they are called in Go. */
const MAKES = /^(new|create|make|build|open|init|set_?up)/i

/** Whether the way enters a method that starts its object, or gets it ready. */
function entersSetUp({ root, levels }: Context): boolean {
  const fn = levels.at(-1)?.site.fn
  return root === 'api' && fn !== undefined && (isRun(plainName(fn)) || setsUp(plainName(fn)))
}

/** Whether the path leads through the fields of a type for options or the like to an object of another type. */
function isConfigured({ steps }: AbsPath): boolean {
  return steps
    .filter(isField)
    .slice(0, -1)
    .some((field) => /(Options?|Opts|Config(uration)?|Params|Args|Settings)\.[^.]+$/.test(field))
}

/** Whether the function runs on the way, in the goroutine that the access is in. */
function runsIn({ levels, spawn }: Context, fn: Fn): boolean {
  return levels.slice(0, spawn ? spawn.level : levels.length).some(({ site }) => site.fn === fn)
}

/** Whether the way goes through a method that sets up the object that has the map, called by whoever sets up more, and does not start what b is. */
function goesThroughSetUp(a: Context, b: Context): boolean {
  const field = targetKey(a.map)
  return a.levels.some(({ site }) => {
    const type = site.fn.facts.recvType
    return (
      type !== undefined &&
      field.startsWith(`${type}.`) &&
      isSetUp(site) &&
      site.fn !== startOf(a) &&
      runsIn(a, site.fn) &&
      !passes(b, site.fn)
    )
  })
}

/** Whether the site is where its function, by its name, sets an object up: Run does until it starts something. */
function isSetUp(site: Site): boolean {
  const name = plainName(site.fn)
  return (setsUp(name) || (isRun(name) && !isStarted(site))) && !inEndlessLoop(site)
}

/** Whether the function has run the package's tests before: `code := m.Run()`. */
function isAfterTests({ fn, n }: Site): boolean {
  return flowOf(fn).sites.some(
    ({ ev, n: before }) => before < n && ev.k === 'call' && ev.callee.k === 'func' && ev.callee.key === 'testing.M.Run',
  )
}

function isStarted({ fn, n }: Site): boolean {
  return flowOf(fn).sites.some(
    ({ ev, n: before }) =>
      before < n && ev.k === 'call' && (ev.mode === 'go' || (ev.callee.k === 'func' && ev.callee.key.endsWith('.Go'))),
  )
}

/** The function that a goroutine of its own begins with. */
function startOf({ levels, spawn }: Context): Fn | undefined {
  return spawn && spawn.kind === 'go' ? levels[spawn.level - 1]?.site.fn : undefined
}

function passes({ levels }: Context, fn: Fn | undefined): boolean {
  return levels.some(({ site }) => site.fn === fn)
}

/** What a Once makes meets those who skip it only if they come first, and who has another object of the package has come later. */
function lazily(a: Context, b: Context, owner: Ownership): boolean {
  if (a.once.size === 0 || b.once.size > 0 || a.root !== 'api') return false
  if (b.root !== 'api' && (a.base === b.base || (b.root !== 'unknown' && b.root !== 'scope'))) return false
  // Goroutines that one function starts are there to see.
  if (a.spawn && b.spawn && a.base === b.base) return false
  return owner.promise !== 'doc' || a.base !== b.base
}
