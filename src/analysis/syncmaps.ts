import type { CopyFacts, PackageFacts, TypeRef, Val } from '../facts.js'
import type { Confidence } from '../types.js'
import type { Engine } from './engine.js'
import { type AbsPath, type KnownObject, samePath, targetKey } from './paths.js'
import { type CallEv, type Fn, objectAt, typeAt } from './program.js'
import { racesBetween } from './races.js'
import { dominates, flowOf, type Site } from './walk.js'
import { contextsOf } from './ways.js'

/** A call of a method of a sync.Map that has a name. */
export interface SyncMapCall {
  readonly site: Site
  readonly call: CallEv
  readonly method: string
  readonly path: AbsPath
  readonly object: KnownObject
}

/** A Load and a Store of one key between which another goroutine may come. */
export interface TornStep {
  readonly load: SyncMapCall
  readonly store: SyncMapCall
  /** What is stored follows from what was loaded; or it is made where nothing was found, and has a state of its own. */
  readonly kind: 'update' | 'create'
  readonly confidence: Confidence
}

/** Every call of a sync.Map's methods, in the order of the source. */
export function syncMapCalls({ program, paths }: Engine): readonly SyncMapCall[] {
  return program.packages.flatMap((pkg) =>
    program.fns(pkg).flatMap((fn) =>
      flowOf(fn).sites.flatMap((site): SyncMapCall[] => {
        const { ev } = site
        if (ev.k !== 'call' || ev.callee.k !== 'func' || !ev.callee.key.startsWith('sync.Map.') || !ev.recv) return []
        const path = paths.resolveVal(fn, ev.recv)
        const object = paths.object(targetKey(path))
        if (!object || object.facts.file < 0 || /^(param|receiver)$/.test(object.facts.kind)) return []
        return [{ site, call: ev, method: ev.callee.key.slice('sync.Map.'.length), path, object }]
      }),
    ),
  )
}

/** The steps that only one method of sync.Map makes one: load, decide, store. Those that a lock keeps together are left out. */
export function tornSteps(engine: Engine, calls: readonly SyncMapCall[]): readonly TornStep[] {
  const loads = calls.filter(({ method }) => method === 'Load')
  return calls.flatMap((store) => {
    if (store.method !== 'Store' || store.call.mode !== 'call') return []
    const load = loads.findLast((l) => l.site.fn === store.site.fn && isOfOneKey(engine, l, store))
    const kind = load && stepKind(engine, load, store)
    const confidence = kind && meets(engine, store)
    return load && kind && confidence ? [{ load, store, kind, confidence }] : []
  })
}

function isOfOneKey({ paths }: Engine, load: SyncMapCall, store: SyncMapCall): boolean {
  const [a, b] = [load.call.args[0], store.call.args[0]]
  if (a?.k !== 'path' || b?.k !== 'path' || !dominates(load.site, store.site)) return false
  const { fn } = load.site
  const [x, y] = [paths.raw(fn, a.p), paths.raw(fn, b.p)]
  const moved = paths
    .defs(targetKey(x))
    .some(({ site }) => site.fn === fn && site.n > load.site.n && site.n < store.site.n)
  return samePath(load.path, store.path) && samePath(x, y) && x.root !== '?' && !moved
}

/** Whether two goroutines may be in the step at once: who makes a sync.Map says so. */
function meets(engine: Engine, { site, path }: SyncMapCall): Confidence | null {
  const use = { variable: null, contents: 'w' as const, depth: 0, contexts: contextsOf(engine, site, path) }
  return (
    racesBetween(use, use, {
      concurrent: true,
      promise: 'locked',
      unsafe: false,
      elements: false,
      unshared: new Set(),
      inTests: site.fn.facts.test,
    })?.confidence ?? null
  )
}

function stepKind(engine: Engine, load: SyncMapCall, store: SyncMapCall): TornStep['kind'] | null {
  const loaded = resultOf(engine, load, 0)
  const ok = resultOf(engine, load, 1)
  const value = store.call.args[1]
  const span = store.call.argSpans[1]
  if (!value || !span) return null
  if (loaded && dependsOn(engine, load, store, loaded) && !isSameObject(engine, store.site.fn, value, loaded))
    return 'update'
  const missing =
    ok !== null &&
    store.site.known.some(([ref, is]) => !is && ref >= 0 && objectAt(store.site.fn.pkg, ref).key === ok.facts.key)
  return missing && hasState(engine, store.site.fn, value) ? 'create' : null
}

/** The variable that result i of the call is given to. */
function resultOf({ paths }: Engine, { site, call }: SyncMapCall, i: number): KnownObject | null {
  for (const { ev } of flowOf(site.fn).sites) {
    if (ev.k !== 'set' || ev.v.k !== 'call' || ev.v.n !== call.n || ev.v.i !== i) continue
    const path = paths.raw(site.fn, ev.to)
    return path.steps.length === 0 ? (paths.object(targetKey(path)) ?? null) : null
  }
  return null
}

/** Whether the stored value is computed from the loaded one, through locals. */
function dependsOn({ paths }: Engine, load: SyncMapCall, store: SyncMapCall, loaded: KnownObject): boolean {
  const from = new Set([loaded])
  const uses = (start: number, end: number): boolean =>
    [...from].some(({ facts }) => facts.uses?.some((use) => use >= start && use < end) ?? false)
  for (const { ev, n } of flowOf(load.site.fn).sites) {
    if (n <= load.site.n || n >= store.site.n || ev.k !== 'set' || ev.span[0] <= load.call.span[1]) continue
    const to = paths.raw(load.site.fn, ev.to)
    const object = to.steps.length === 0 ? paths.object(targetKey(to)) : undefined
    if (object && uses(...ev.span)) from.add(object)
  }
  const [start, end] = store.call.argSpans[1] ?? [0, 0]
  return uses(start, end)
}

/** What was loaded is put back: its fields may have changed, the entry does not. */
function isSameObject({ paths }: Engine, fn: Fn, value: Val, loaded: KnownObject): boolean {
  if (value.k !== 'path') return false
  const path = paths.resolve(fn, value.p)
  const raw = paths.raw(fn, value.p)
  const isPlain = (p: AbsPath): boolean =>
    p.root === `o:${loaded.facts.key}` && p.steps.every((step) => step.startsWith('.('))
  return isPlain(path) || isPlain(raw) || path.root.startsWith('c:')
}

/** A new map, channel, or struct with a lock, channel, map or atomic in it: who has a second one has another. */
function hasState({ paths }: Engine, fn: Fn, value: Val): boolean {
  if (value.k === 'fresh') return isStateful(fn.pkg, value.t, 0)
  if (value.k !== 'path') return false
  const raw = paths.raw(fn, value.p)
  const defs = raw.steps.length === 0 ? paths.defs(targetKey(raw)) : []
  return defs.some(({ v }) => v.k === 'fresh' && v.t >= 0 && isStateful(fn.pkg, v.t, 0))
}

function isStateful(pkg: PackageFacts, ref: TypeRef, depth: number): boolean {
  if (ref < 0 || depth > 3) return false
  const type = typeAt(pkg, ref)
  if (/^sync(\/atomic)?\./.test(type.name ?? '')) return true
  switch (type.kind) {
    case 'map':
    case 'chan':
      return true
    case 'pointer':
      return depth === 0 && type.elem !== undefined && isStateful(pkg, type.elem, depth + 1)
    case 'named':
      return type.under !== undefined && isStateful(pkg, type.under, depth + 1)
    case 'struct':
      return (type.fields ?? []).some((field) => isStateful(pkg, field.type, depth + 1))
    default:
      return false
  }
}

/** A sync.Map that is copied, as go vet's copylocks sees it: the copy and the original go different ways. */
export interface SyncMapCopy {
  readonly object: KnownObject // the field that is the sync.Map
  readonly pkg: PackageFacts
  readonly copy: CopyFacts
}

/** Not copies: an assignment over the old value, a comparison, a result's type. */
const COPIES: ReadonlySet<CopyFacts['how']> = new Set([
  'assign',
  'argument',
  'receiver',
  'param',
  'return',
  'range',
  'send',
  'element',
  'interface',
])

/** The copies of structs that hold a sync.Map by value. */
export function syncMapCopies({ program, paths }: Engine): readonly SyncMapCopy[] {
  return program.packages.flatMap((pkg) =>
    pkg.copies.flatMap((copy): SyncMapCopy[] => {
      const field = COPIES.has(copy.how) ? syncMapIn(pkg, copy.type, 0) : null
      const object = field === null ? undefined : paths.object(field)
      return object && object.facts.file >= 0 ? [{ object, pkg, copy }] : []
    }),
  )
}

/** The key of the field, at any depth, that is a sync.Map. */
function syncMapIn(pkg: PackageFacts, ref: TypeRef, depth: number): string | null {
  if (ref < 0 || depth > 6) return null
  const type = typeAt(pkg, ref)
  if (type.kind === 'named') return type.under === undefined ? null : syncMapIn(pkg, type.under, depth + 1)
  if (type.kind === 'array') return type.elem === undefined ? null : syncMapIn(pkg, type.elem, depth + 1)
  for (const field of type.kind === 'struct' ? (type.fields ?? []) : []) {
    const found =
      typeAt(pkg, field.type).name === 'sync.Map' ? objectAt(pkg, field.obj).key : syncMapIn(pkg, field.type, depth + 1)
    if (found !== null) return found
  }
  return null
}

/** Calls of Range that only count, again and again: in a loop, or for each request. */
export function hotCounts(engine: Engine, calls: readonly SyncMapCall[]): readonly SyncMapCall[] {
  return calls.filter(({ site, call, method, path }) => {
    const [visit] = call.args
    if (
      site.fn.facts.test ||
      method !== 'Range' ||
      visit?.k !== 'lit' ||
      !onlyCounts(engine.program.fn(site.fn.pkg, visit.fn))
    )
      return false
    return (
      site.loops.length > 0 ||
      contextsOf(engine, site, path).some((c) => c.root === 'handler' || c.spawn?.kind === 'handler')
    )
  })
}

function onlyCounts({ facts }: Fn): boolean {
  const [count, end, ...more] = facts.stmts
  return count?.k === 'incdec' && end?.k === 'return' && more.length === 0
}
