/** Which functions are one step on some maps as a whole, and which others tell what came of it. */
import type { Analysis } from '../analysis/index.js'
import type { Use } from '../analysis/maps.js'
import { contains, type Fn, objectAt, pathAt } from '../analysis/program.js'
import { flowOf } from '../analysis/walk.js'
import type { Ev } from '../facts.js'
import type { CompoundUse, Range, SharedMap } from '../types.js'
import { isCallable, type Route, routesOf } from './routes.js'

/** A function that a fix made one step on some maps. */
export interface Step {
  readonly route: Route
  /** What it does to the maps is that step alone; else it also reads them before or after. */
  readonly whole: boolean
  /** What it returns depends on its arguments and these maps alone. */
  readonly closed: boolean
  /** What puts something in first, for a function that takes something out. */
  readonly filler: Fn | null
  /** Functions that read the maps once, and depend on nothing else. */
  readonly observers: readonly Fn[]
}

/** The functions that hold nothing but one of the compound uses. Left out: those that a test cannot call without a lock held, and those that do more to the maps. */
export function stepsOf(
  { program, uses }: Pick<Analysis, 'program' | 'uses'>,
  maps: readonly SharedMap[],
  compound: readonly CompoundUse[],
): Step[] {
  const all = maps.flatMap((map) => uses(map)).filter(({ ev }) => ev.op !== 'init')
  const fns = [...new Set(maps.map(({ pkg }) => pkg))].flatMap((pkg) => program.fns(pkg))
  const inside = new Map(compound.map((use) => [use, functionAt(fns, use.at)]))
  const steps: Step[] = []
  for (const [use, fn] of inside) {
    if (fn === null || [...inside.values()].filter((other) => other === fn).length !== 1) continue
    const extent = extentOf(fn, use, all)
    if (extent === null) continue
    const route = all
      .flatMap(({ contexts }) => contexts.flatMap(routesOf))
      .find((r) => r.entry === fn && r.runs === 'call')
    if (route === undefined) continue
    const observers = fns.filter((other) => other !== fn && isCallable(other) && observes(other, fn, all))
    const whole = extent === 'whole'
    const removes = all.some((other) => other.fn === fn && (other.ev.op === 'delete' || other.ev.op === 'clear'))
    steps.push({
      route,
      whole,
      filler: removes ? (fns.find((other) => other !== fn && fills(other, fn, all)) ?? null) : null,
      closed: whole && isClosed(fn, all),
      observers: whole ? observers : [],
    })
  }
  return steps
}

/** The function (or literal) whose body holds the range, the innermost one. */
function functionAt(fns: readonly Fn[], { file, start, end }: Range): Fn | null {
  const around = fns.filter(
    ({ pkg, facts }) => pkg.files[facts.file]?.path === file && contains(facts.body, [start, end]),
  )
  return around.reduce<Fn | null>((best, fn) => (best && contains(fn.facts.body, best.facts.body) ? best : fn), null)
}

/** Whether the compound use is all that the function does to the maps, itself or by calls; or all but some reads; null for less. */
function extentOf(fn: Fn, { operations }: CompoundUse, all: readonly Use[]): 'whole' | 'but reads' | null {
  const own = all.filter((use) => use.fn === fn)
  const calls = flowOf(fn).sites.flatMap(({ ev, loops }) => {
    const callee = calleeIn(ev, all)
    return callee === null ? [] : [{ loops, writes: all.some((use) => use.fn === callee && use.ev.write) }]
  })
  if (own.some((use) => inLoop(fn, use)) || calls.some(({ loops }) => loops.length > 0)) return null
  const [only] = own
  if (own.length === 1 && calls.length === 0) return only?.ev.op === 'update' && operations === 2 ? 'whole' : null
  if (own.length + calls.length === operations) return 'whole'
  const writes = own.filter(({ ev }) => ev.write).length + calls.filter((call) => call.writes).length
  return writes === 1 && own.length + calls.length > operations ? 'but reads' : null
}

/** In a loop one step becomes many. */
function inLoop(fn: Fn, { ev }: Use): boolean {
  return (flowOf(fn).at.get(ev)?.loops.length ?? 0) > 0
}

/** The function of the program that a call leads to, if it uses the maps. */
function calleeIn(ev: Ev, all: readonly Use[]): Fn | null {
  if (ev.k !== 'call' || ev.callee.k !== 'func') return null
  const { key } = ev.callee
  return all.find(({ fn }) => fn.facts.key === key)?.fn ?? null
}

/** A function that puts something under a key of its caller's, as the other one takes it. */
function fills(fn: Fn, step: Fn, all: readonly Use[]): boolean {
  const puts = all.some((use) => use.fn === fn && (use.ev.op === 'assign' || use.ev.op === 'update'))
  const [key] = fn.facts.params
  const [other] = step.facts.params
  if (!puts || !isCallable(fn) || fn.facts.recvType !== step.facts.recvType) return false
  return key !== undefined && other !== undefined && fn.pkg.objects[key]?.type === step.pkg.objects[other]?.type
}

function observes(fn: Fn, step: Fn, all: readonly Use[]): boolean {
  const own = all.filter((use) => use.fn === fn)
  return (
    fn.facts.recvType === step.facts.recvType &&
    own.length > 0 &&
    own.every(({ ev }) => !ev.write && ev.op !== 'read' && ev.op !== 'addr') &&
    isClosed(fn, all)
  )
}

/** Nothing that the function uses besides the maps changes: it calls only what is known to be pure, and sets nothing but its locals. */
function isClosed(fn: Fn, all: readonly Use[], seen: readonly Fn[] = []): boolean {
  return flowOf(fn).sites.every(({ ev }) => {
    switch (ev.k) {
      case 'acc':
        return all.some((use) => use.ev === ev)
      case 'call': {
        if (ev.mode !== 'call') return false
        if (ev.callee.k === 'builtin') return true
        if (ev.callee.k !== 'func') return false
        const callee = calleeIn(ev, all)
        if (callee !== null) return !seen.includes(callee) && isClosed(callee, all, [...seen, fn])
        const { pkg, key } = ev.callee
        return /^sync\.(RW)?Mutex\./.test(key) || (PURE.has(pkg) && !/^fmt\.F?(print|scan)/i.test(key))
      }
      case 'set': {
        const [root, ...steps] = pathAt(fn.pkg, ev.to)
        return typeof root === 'number' && steps.length === 0 && objectAt(fn.pkg, root).kind !== 'package'
      }
      case 'return':
      case 'may':
        return true
      default:
        return false
    }
  })
}

const PURE: ReadonlySet<string> = new Set(
  'bytes cmp errors fmt maps math math/bits path path/filepath slices sort strconv strings unicode unicode/utf8'.split(
    ' ',
  ),
)
