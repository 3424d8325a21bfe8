import type { Val } from '../facts.js'
import type { Callers } from './callers.js'
import { staticCallees } from './funcvalues.js'
import type { LockSets } from './locksets.js'
import { type AbsPath, argumentFor, type Def, type Paths, samePath } from './paths.js'
import { type CallEv, type Fn, objectAt, type Program, typeAt } from './program.js'
import { flowOf, runsAtExit, type Site, shareLoop } from './walk.js'

/** Who knows of an object: until others do, nobody races for it. */
export interface Freshness {
  /** The local (by object key) holds an object that this activation made, or took over, and nobody else knows of yet at the site (of the function that declares it). */
  ownedAt(key: string, site: Site): boolean
  /** The call gives an object that nobody else knows of: one that the callee made, or took over. */
  isNew(fn: Fn, call: CallEv, result: number): boolean
  /** The variables of enclosing functions that a literal (or one in it) uses, by object key. */
  captured(literal: Fn): ReadonlySet<string>
}

/** Results that are new objects, of functions without a body here. */
const MAKERS = /^(maps\.(Clone|Collect)|slices\.(Clone|Collect)|errors\.New|strings\.NewReplacer|net\/url\.Values)$/
/** Methods that hand what they are given to other goroutines. */
const PUBLISHERS =
  /^sync\/atomic\.\w+\.(Store|Swap|CompareAndSwap)$|^sync\.(Map\.(Store|LoadOrStore|Swap|CompareAndSwap)|Pool\.Put)$/

/** Follows objects that functions make, from their making to where others learn of them. Answers are kept. */
export function buildFreshness(program: Program, paths: Paths, callers: Callers, locks: LockSets): Freshness {
  const fresh = new Map<string, boolean>()
  const published = new Map<string, readonly Site[]>()
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
    if (v.k === 'fresh' || v.k === 'nil') return true
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
  const publications = (key: string): readonly Site[] => {
    const known = published.get(key)
    if (known) return known
    published.set(key, [])
    const owner = paths.object(key)?.fn
    const found = owner ? flowOf(owner).sites.filter((site) => publishes(owner, site, key)) : []
    if (owner) for (const holder of holders(owner, key)) found.push(...publications(holder))
    published.set(key, found)
    return found
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
  const publishes = (fn: Fn, site: Site, key: string): boolean => {
    const { ev } = site
    const stored = (to: AbsPath, v: Val | undefined): boolean => {
      if (!v || !mentions(fn, v, key)) return false
      if (!to.root.startsWith('o:')) return true
      const at = to.root.slice(2)
      if (at === key || (to.steps.length === 0 && paths.object(at)?.fn === fn)) return false
      return !isFresh(at) || publications(at).length > 0
    }
    if (ev.k === 'set') return stored(paths.raw(fn, ev.to), ev.v)
    if (ev.k === 'acc') return stored(paths.raw(fn, ev.p), ev.v)
    if (ev.k === 'chansend') return mentions(fn, ev.v, key)
    if (ev.k === 'lit') {
      const literal = program.fn(fn.pkg, ev.fn)
      return captured(literal).has(key) && !runsInPlace(fn, literal)
    }
    return ev.k === 'call' && callPublishes(fn, ev, key)
  }
  const callPublishes = (fn: Fn, call: CallEv, key: string): boolean => {
    const given = [...call.args, ...(call.recv ? [call.recv] : [])].filter((v) => v.k !== 'lit' && mentions(fn, v, key))
    if (given.length === 0) return false
    if (call.mode === 'go') return true
    const bodies = staticCallees(program, call)
    if (bodies.length > 0)
      return bodies.some((callee) =>
        parametersFor(callee, call, (v) => given.includes(v)).some((param) => publications(param).length > 0),
      )
    if (call.callee.k !== 'func') return false
    if (PUBLISHERS.test(call.callee.key)) return true
    if (given.some((v) => v.k === 'func')) return true
    return !isStandard(call.callee.pkg)
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
    ownedAt(key, site) {
      if (!isFresh(key)) return false
      const declared = paths.defs(key)[0]?.site
      return publications(key).every((pub) => {
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

/** Whether inner stands (at any depth) in outer. */
function within(program: Program, inner: Fn, outer: Fn): boolean {
  for (let at = inner; at.facts.parent !== undefined; ) {
    at = program.fn(at.pkg, at.facts.parent)
    if (at === outer) return true
  }
  return false
}

/** The declared function that a literal stands in, at any depth; a declared function itself. */
export function outermost(program: Program, fn: Fn): Fn {
  let at = fn
  while (at.facts.parent !== undefined) at = program.fn(at.pkg, at.facts.parent)
  return at
}

/** Object keys of the roots of every path in an event, those of literals in it included. */
function rootsOf(
  program: Program,
  paths: Paths,
  fn: Fn,
  ev: Site['ev'],
  captured: (literal: Fn) => ReadonlySet<string>,
): string[] {
  const roots: string[] = []
  const path = (ref: number | undefined): void => {
    if (ref === undefined) return
    const at = paths.raw(fn, ref)
    if (at.root.startsWith('o:')) roots.push(at.root.slice(2))
  }
  const val = (v: Val | undefined): void => {
    if (!v) return
    if (v.k === 'path') path(v.p)
    else if (v.k === 'func') val(v.recv)
    else if (v.k === 'lit') roots.push(...captured(program.fn(fn.pkg, v.fn)))
    else if (v.k === 'fresh') {
      for (const field of v.fields ?? []) val(field.v)
      for (const elem of v.elems ?? []) val(elem)
    }
  }
  switch (ev.k) {
    case 'acc':
      path(ev.p)
      val(ev.v)
      break
    case 'set':
      path(ev.to)
      val(ev.v)
      break
    case 'recv':
      path(ev.p)
      break
    case 'chansend':
      path(ev.p)
      val(ev.v)
      break
    case 'return':
      ev.vals.forEach(val)
      break
    case 'lit':
      roots.push(...captured(program.fn(fn.pkg, ev.fn)))
      break
    case 'may':
      path(ev.p)
      break
    case 'call':
      val(ev.recv)
      ev.args.forEach(val)
      if (ev.callee.k === 'value') val(ev.callee.v)
      break
  }
  return roots
}

/** Whether the import path is of the standard library: its first element has no dot. */
export function isStandard(pkg: string): boolean {
  return !(pkg.split('/')[0] ?? '').includes('.')
}
