import { isInternal } from './callers.js'
import type { Context } from './contexts.js'
import { type AbsPath, isField } from './paths.js'
import { type Fn, plainName } from './program.js'
import type { Ownership } from './races.js'
import { setsUp } from './repetition.js'
import { shareLoop } from './walk.js'

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
  /** A method of an internal package has no callers but those that are seen, and what they come from. */
  (a, _, owner) => {
    const fn = a.levels.at(-1)?.site.fn
    if (a.spawn || a.root !== 'api' || fn === undefined || !isInternal(fn.pkg.path)) return false
    return !owner.concurrent || (a.called && owner.promise !== 'doc')
  },
  /** Those who are seen to call it do so before others know the object. */
  (a, _, owner) => a.settingUp && owner.promise !== 'doc',
  /** What a configuration holds is not what is made of it. */
  (a, b) => !a.spawn && !b.spawn && a.base !== b.base && isConfigured(a.map) && !isConfigured(b.map),
  /** What sets an object up is over when others use it. */
  (a, b) => {
    const at = a.levels.at(-1)?.site
    if (at === undefined || a.spawn || a.root !== 'api' || at.loops.length > 0) return false
    if (b.spawn && passes(b, at.fn)) return false
    return setsUp(plainName(at.fn))
  },
  /** A constructor's object, which it has not stored anywhere yet; b does not come from the goroutines that know of it. */
  (a, b) => a.unfinished && !passes(b, a.levels.at(-1)?.site.fn),
  /** The function that started the goroutine has waited for something since. */
  (a, b) => {
    const starts = b.spawn?.unclear && !a.spawn ? b.levels.slice(b.spawn.level) : []
    return starts.some(({ site: at }) =>
      a.levels.some(({ site }) => site.fn === at.fn && site.n > at.n && !shareLoop(site, at)),
    )
  },
  lazily,
]

/** Whether the path leads through the fields of a type for options or the like to an object of another type. */
function isConfigured({ steps }: AbsPath): boolean {
  return steps
    .filter(isField)
    .slice(0, -1)
    .some((field) => /(Options?|Opts|Config(uration)?|Params|Args|Settings)\.[^.]+$/.test(field))
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
