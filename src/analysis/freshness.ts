import type { Val } from '../facts.js'
import type { Callers } from './callers.js'
import { staticCallees } from './funcvalues.js'
import type { LockSets } from './locksets.js'
import { asksForParallel } from './parallel.js'
import { type AbsPath, argumentFor, type Def, type Paths, samePath } from './paths.js'
import { type CallEv, type Fn, objectAt, type Program, typeAt } from './program.js'
import { rootsOf, within } from './roots.js'
import { flowOf, isPast, runsAtExit, type Site, shareLoop } from './walk.js'

/** Who knows of an object: until others do, nobody races for it. */
export interface Freshness {
  /** The local (by object key) holds an object that this activation made, or took over, and nobody else knows of yet at the site (of the function that declares it). */
  ownedAt(key: string, site: Site): boolean
  /** The call gives an object that nobody else knows of: one that the callee made, or took over. */
  isNew(fn: Fn, call: CallEv, result: number): boolean
  /** The local holds an object that this activation made, and has not yet put where others look for it: goroutines and callbacks of its own may know it. */
  unstoredAt(key: string, site: Site): boolean
  /** The local holds an object that its function made, and hands to nobody but callees, goroutines and callbacks of its own. */
  isPrivate(key: string): boolean
  /** The variables of enclosing functions that a literal (or one in it) uses, by object key. */
  captured(literal: Fn): ReadonlySet<string>
}

/** Where others learn of an object. */
interface Publication {
  readonly site: Site
  /** It is put where anyone may find it; else a goroutine or callback that starts here knows it. */
  readonly stored: boolean
}

/** Results that are new objects, of functions without a body here. */
const MAKERS = /^(maps\.(Clone|Collect)|slices\.(Clone|Collect)|errors\.New|strings\.NewReplacer|net\/url\.Values)$/
/** Methods that hand what they are given to other goroutines. */
const PUBLISHERS =
  /^sync\/atomic\.\w+\.(Store|Swap|CompareAndSwap)$|^sync\.(Map\.(Store|LoadOrStore|Swap|CompareAndSwap)|Pool\.Put)$/

/** Functions of any module that fill in what they are given, or write it down, and keep nothing: yaml.UnmarshalStrict. */
const CODECS = /\.(Must)?((Un)?[Mm]arshal|Decode|Encode)[A-Z]?\w*$/

/** Follows objects that functions make, from their making to where others learn of them. Answers are kept. */
export function buildFreshness(program: Program, paths: Paths, callers: Callers, locks: LockSets): Freshness {
  const fresh = new Map<string, boolean>()
  const published = new Map<string, readonly Publication[]>()
  const captures = new Map<Fn, ReadonlySet<string>>()

  const captured = (literal: Fn): ReadonlySet<string> => {
    const known = captures.get(literal)
    if (known) return known
    const found = new Set<string>()
    captures.set(literal, found)
    for (const { ev } of flowOf(literal).sites) {
      for (const root of rootsOf(program, paths, literal, ev, captured)) {
        const object = paths.object(root)
        if (object?.fn && object.fn !== literal && !within(program, object.fn, literal)) found.add(root)
      }
    }
    return found
  }
  const isFresh = (key: string): boolean => {
    const known = fresh.get(key)
    if (known !== undefined) return known
    fresh.set(key, false)
    const object = paths.object(key)
    const defs = paths.defs(key)
    const is =
      (object?.facts.kind === 'local' &&
        (defs.length > 0
          ? defs.every((def) => isFreshDef(def))
          : object.facts.decl?.form === 'var' || object.facts.decl?.form === 'group')) ||
      (object?.facts.kind === 'result' && defs.length > 0 && defs.every((def) => isFreshDef(def)))
    fresh.set(key, is)
    return is
  }
  const isFreshDef = (def: Def): boolean => isFreshVal(def.fn, def.v) || isTaken(def)
  const isFreshVal = (fn: Fn, v: Val): boolean => {
    // A constant of struct type is what `var x T` declares.
    if (v.k === 'fresh' || v.k === 'nil' || v.k === 'const') return true
    if (v.k === 'path') {
      const raw = paths.raw(fn, v.p)
      return raw.steps.length === 0 && raw.root.startsWith('o:') && isFresh(raw.root.slice(2))
    }
    if (v.k !== 'call') return false
    const call = paths.call(fn, v.n)
    if (call?.callee.k !== 'func') return false
    const callee = program.funcs.get(call.callee.key)
    return callee && callee.facts.body[1] > 0 ? returnsFresh(callee, v.i) : MAKERS.test(call.callee.key)
  }
  const freshResults = new Map<string, boolean>()
  const returnsFresh = (fn: Fn, i: number): boolean => {
    const id = `${fn.pkg.id} ${fn.facts.key}/${i}`
    const known = freshResults.get(id)
    if (known !== undefined) return known
    freshResults.set(id, false)
    const vals = paths.returns(fn, i)
    const is =
      vals !== null &&
      vals.length > 0 &&
      vals.every((v) => {
        if (!isFreshVal(fn, v)) return false
        if (v.k !== 'path') return true
        return publications(paths.raw(fn, v.p).root.slice(2)).length === 0
      })
    freshResults.set(id, is)
    return is
  }
  /** Taken over under a lock: `old := s.m; s.m = make(…)`, or both in one statement. */
  const isTaken = ({ fn, v, site }: Def): boolean => {
    if (v.k !== 'path') return false
    const from = paths.resolve(fn, v.p)
    if (from.steps.length === 0 && !from.root.startsWith('g:')) return false
    const held = [...(locks.of(fn).at.get(site.ev)?.keys() ?? [])]
    return flowOf(fn).sites.some(
      ({ ev, n, stmt }) =>
        ev.k === 'acc' &&
        ev.op === 'replace' &&
        (n > site.n || stmt === site.stmt) &&
        samePath(paths.resolve(fn, ev.p), from) &&
        (stmt === site.stmt || held.length === 0 || held.some((id) => keeps(fn, id, site.n, n))),
    )
  }
  /** Whether the lock is held all the way from one event to another. */
  const keeps = (fn: Fn, lock: string, from: number, to: number): boolean =>
    flowOf(fn).sites.every(({ ev, n }) => n <= from || n > to || locks.of(fn).at.get(ev)?.has(lock) !== false)
  /** The events after which others may know the object that a local, parameter or receiver holds. */
  const publications = (key: string): readonly Publication[] => {
    const known = published.get(key)
    if (known) return known
    published.set(key, [])
    const owner = paths.object(key)?.fn
    const found = owner ? flowOf(owner).sites.flatMap((site) => publishedBy(owner, site, key)) : []
    if (owner) for (const holder of holders(owner, key)) found.push(...publications(holder))
    published.set(key, found)
    return found
  }
  const isReturned = (key: string, seen: ReadonlySet<string> = new Set()): boolean => {
    const owner = paths.object(key)?.fn
    if (!owner || seen.has(key) || paths.object(key)?.facts.kind === 'result') return true
    const returns = flowOf(owner).sites.some(
      ({ ev }) => ev.k === 'return' && ev.vals.some((v) => mentions(owner, v, key)),
    )
    return returns || holders(owner, key).some((holder) => isReturned(holder, new Set([...seen, key])))
  }
  const privates = new Map<string, boolean>()
  const isPrivate = (key: string): boolean => {
    const known = privates.get(key)
    if (known !== undefined) return known
    privates.set(key, false)
    const is =
      isFresh(key) &&
      publications(key).every(({ stored }) => !stored) &&
      !isReturned(key) &&
      contents(key).every((part) => isPrivate(part))
    privates.set(key, is)
    return is
  }
  /** The locals whose objects are stored in that of the local. */
  const contents = (key: string): string[] => {
    const fn = paths.object(key)?.fn
    const locals = fn ? fn.pkg.objects.filter(({ kind, func }) => kind === 'local' && func === fn.index) : []
    return fn ? locals.map((local) => local.key).filter((local) => holders(fn, local).includes(key)) : []
  }
  /** The locals of a function that the object is stored in: `b := &bus{on: l.add}` holds l. */
  const holders = (fn: Fn, key: string): string[] =>
    flowOf(fn).sites.flatMap(({ ev }) => {
      const stored = ev.k === 'set' ? { to: ev.to, v: ev.v } : ev.k === 'acc' && ev.v ? { to: ev.p, v: ev.v } : null
      if (!stored || !mentions(fn, stored.v, key)) return []
      const { root } = paths.raw(fn, stored.to)
      const holder = root.slice(2)
      return root.startsWith('o:') && holder !== key && paths.object(holder)?.fn === fn ? [holder] : []
    })
  const publishedBy = (fn: Fn, site: Site, key: string): Publication[] => {
    const by = publishes(fn, site, key)
    return by === null ? [] : [{ site, stored: by === 'stored' }]
  }
  const publishes = (fn: Fn, site: Site, key: string): 'stored' | 'known' | null => {
    const { ev } = site
    const put = (is: boolean): 'stored' | null => (is ? 'stored' : null)
    const stored = (to: AbsPath, v: Val | undefined): boolean => {
      if (!v || !mentions(fn, v, key)) return false
      if (!to.root.startsWith('o:')) return true
      const at = to.root.slice(2)
      if (at === key || (to.steps.length === 0 && paths.object(at)?.fn === fn)) return false
      return !isFresh(at) || publications(at).length > 0
    }
    if (ev.k === 'set') return put(stored(paths.raw(fn, ev.to), ev.v))
    if (ev.k === 'acc') return put(stored(paths.raw(fn, ev.p), ev.v))
    if (ev.k === 'chansend') return put(mentions(fn, ev.v, key))
    if (ev.k === 'lit') {
      const literal = program.fn(fn.pkg, ev.fn)
      return captured(literal).has(key) && !runsInPlace(fn, literal) ? 'known' : null
    }
    return ev.k === 'call' ? callPublishes(fn, ev, key) : null
  }
  const callPublishes = (fn: Fn, call: CallEv, key: string): 'stored' | 'known' | null => {
    const given = [...call.args, ...(call.recv ? [call.recv] : [])].filter((v) => v.k !== 'lit' && mentions(fn, v, key))
    if (given.length === 0) return null
    if (call.mode === 'go') return 'known'
    const bodies = staticCallees(program, call)
    if (bodies.length > 0) {
      const all = bodies.flatMap((callee) =>
        given.flatMap((v) =>
          parametersFor(callee, call, (arg) => arg === v).flatMap((param) =>
            publications(param).map(({ stored }) => stored && v.k !== 'func'),
          ),
        ),
      )
      // Which of the bodies behind an interface keeps it is not said.
      return all.includes(true) && call.callee.k !== 'iface' ? 'stored' : all.length > 0 ? 'known' : null
    }
    if (call.callee.k !== 'func') return null
    // A method of one of its fields has that field.
    const passed = given.filter((v) => v !== call.recv || v.k !== 'path' || paths.raw(fn, v.p).steps.length === 0)
    if (passed.length === 0) return null
    if (PUBLISHERS.test(call.callee.key)) return 'stored'
    if (CODECS.test(call.callee.key)) return null
    return passed.some((v) => v.k === 'func') || !isStandard(call.callee.pkg) ? 'known' : null
  }
  const parametersFor = (callee: Fn, call: CallEv, wanted: (v: Val) => boolean): string[] => {
    const { facts, pkg } = callee
    const all = [...(facts.recv === undefined ? [] : [facts.recv]), ...facts.params]
      .filter((ref) => ref >= 0)
      .map((ref) => objectAt(pkg, ref).key)
    return all.filter((param) => {
      const arg = argumentFor(callee, call, `o:${param}`)
      return arg !== null && wanted(arg)
    })
  }
  /** Called where it stands, deferred, or by a callee that calls it before it returns. */
  const runsInPlace = (fn: Fn, literal: Fn): boolean =>
    !asksForParallel(program, literal) &&
    callers
      .of(literal)
      .every(
        (c) =>
          c.how === 'call' &&
          (c.site.fn === fn ||
            flowOf(fn).sites.some(
              ({ ev }) =>
                ev.k === 'call' &&
                ev.mode !== 'go' &&
                ev.args.some((arg) => arg.k === 'lit' && program.fn(fn.pkg, arg.fn) === literal) &&
                staticCallees(program, ev).includes(outermost(program, c.site.fn)),
            )),
      )
  const mentions = (fn: Fn, v: Val, key: string): boolean => {
    switch (v.k) {
      case 'path': {
        const path = paths.raw(fn, v.p)
        if (v.addr || path.steps.length === 0)
          return path.root === `o:${key}` && (v.addr === true || isReference(fn, v.t))
        return false
      }
      case 'fresh':
        return (v.fields ?? []).some((f) => mentions(fn, f.v, key)) || (v.elems ?? []).some((e) => mentions(fn, e, key))
      case 'func':
        return v.recv !== undefined && mentionsRoot(fn, v.recv, key)
      case 'lit':
        return captured(program.fn(fn.pkg, v.fn)).has(key)
      default:
        return false
    }
  }
  const mentionsRoot = (fn: Fn, v: Val, key: string): boolean =>
    v.k === 'path' && paths.raw(fn, v.p).root === `o:${key}`

  return {
    captured,
    isNew: (fn, call, i) => isFreshVal(fn, { k: 'call', n: call.n, i, t: -1 }),
    isPrivate,
    unstoredAt: (key, site) =>
      isFresh(key) && publications(key).every(({ site: pub, stored }) => !stored || isPast(pub, site)),
    ownedAt(key, site) {
      if (!isFresh(key)) return false
      const declared = paths.defs(key)[0]?.site
      return publications(key).every(({ site: pub }) => {
        if (runsAtExit(site)) return false
        const again = shareLoop(pub, site) && !(declared && shareLoop(pub, declared) && shareLoop(site, declared))
        return !again && site.n <= pub.n && !(site.n === pub.n)
      })
    },
  }
}

function isReference(fn: Fn, ref: number): boolean {
  if (ref < 0) return true
  const type = typeAt(fn.pkg, ref)
  if (type.kind === 'named') return type.under === undefined || isReference(fn, type.under)
  return ['pointer', 'map', 'slice', 'chan', 'func', 'interface', 'typeparam'].includes(type.kind)
}

/** The declared function that a literal stands in, at any depth; a declared function itself. */
export function outermost(program: Program, fn: Fn): Fn {
  let at = fn
  while (at.facts.parent !== undefined) at = program.fn(at.pkg, at.facts.parent)
  return at
}

/** Whether the import path is of the standard library: its first element has no dot. */
export function isStandard(pkg: string): boolean {
  return !(pkg.split('/')[0] ?? '').includes('.')
}
