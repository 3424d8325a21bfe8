import { eventEffects } from '../../analysis/effects.js'
import { eventRange } from '../../analysis/positions.js'
import type { Fn } from '../../analysis/program.js'
import { type SyncMapCall, syncMapCalls, type TornStep, tornSteps } from '../../analysis/syncmaps.js'
import { flowOf } from '../../analysis/walk.js'
import type { Span } from '../../facts.js'
import type { Finding, Refusal, SuggestedFix } from '../../types.js'
import type { Page } from '../page.js'
import { isRefusal, refuse } from '../pass.js'
import { callsOf, runBy } from '../reach.js'
import { freshNames } from '../scope.js'
import { typeText } from '../types.js'
import {
  isAt,
  isCaptured,
  localAt,
  type Mend,
  mended,
  pageOf,
  placeOf,
  type Remedy,
  type RemedyPass,
} from './remedy.js'

/**
 * sync-map-misuse, loaded and stored where there was nothing: LoadOrStore.
 *
 * Before: if v, ok := locks.Load(k); ok { return v.(*sync.Mutex) }; mu := new(sync.Mutex); locks.Store(k, mu); return mu
 * After:  …; if actual, loaded := locks.LoadOrStore(k, mu); loaded { mu = actual.(*sync.Mutex) }; return mu
 *
 * Safe because it differs only where another goroutine stored under the key since the Load, and then goes on with what is in the map.
 * Refused where the stored value is no variable of the function's own and used later, or captured; where what runs between Load and Store
 * may store too; and for values that are computed from what was loaded, copies, and counts, which want another type or a loop.
 */
export const loadOrStore: Remedy = {
  rule: 'sync-map-misuse',
  plan(findings, pass) {
    const calls = syncMapCalls(pass.engine)
    const steps = tornSteps(pass.engine, calls)
    return findings.map((finding): Mend => {
      const step = steps.find(({ store }) => isOf(finding, store))
      const outcome =
        step === undefined ? refuse(placeOf(finding), otherwise(finding, calls)) : inOne(step, calls, pass)
      return { findings: [finding], outcome }
    })
  },
}

function isOf(finding: Finding, { site, call, object }: SyncMapCall): boolean {
  return (
    object.facts.key === finding.subject?.name &&
    isAt(placeOf(finding), { ...eventRange(site), start: call.span[0], end: call.span[1] })
  )
}

function otherwise(finding: Finding, calls: readonly SyncMapCall[]): string {
  return calls.some((call) => isOf(finding, call))
    ? 'a counter beside it has to be kept at every Store and Delete'
    : 'what holds it has to be held by pointer'
}

function inOne(
  { load, store, kind }: TornStep,
  calls: readonly SyncMapCall[],
  pass: RemedyPass,
): SuggestedFix | Refusal {
  const { fn, stmt } = store.site
  const page = pageOf(fn, pass)
  if (isRefusal(page)) return page
  const no = (span: Span, reason: string): Refusal => refuse({ file: page.path, start: span[0], end: span[1] }, reason)
  if (kind === 'update')
    return no(store.call.span, 'what is stored depends on what was loaded: that takes CompareAndSwap in a loop')
  if (stmt.k !== 'expr' || stmt.span[0] !== store.call.span[0] || stmt.span[1] !== store.call.span[1])
    return no(store.call.span, 'it is stored by more than a statement')
  const meanwhile = storesBetween(load, store, calls, pass)
  if (meanwhile) return no(meanwhile, 'what runs here may store under the key too')
  const value = store.call.argSpans[1]
  if (!page.slice(store.call.fun).endsWith('.Store') || value === undefined)
    return no(store.call.span, 'it is stored in another way')
  const edit = page.insert(store.call.fun[1] - 'Store'.length, 'LoadOr')
  const message = 'LoadOrStore in place of Store'
  const variable = localAt(fn, value[0])
  if (variable === undefined || variable.name !== page.slice(value))
    return /^[&\w.*[\]{}()]*(\{|\()[^;]*$/.test(page.slice(value))
      ? mended(message, [edit])
      : no(value, 'what is stored may have another name')
  const uses = variable.uses ?? []
  if (!uses.some((use) => use > value[1]) && store.site.loops.length === 0) return mended(message, [edit])
  const whose = variable.func === undefined ? undefined : fn.pkg.funcs[variable.func]
  if (whose !== fn.facts || isCaptured(fn, uses))
    return no(value, `${variable.name} is used by a function literal, too`)
  const type = typeText(fn.pkg, fn.facts.file, variable.type)
  if (type === null) return no(value, `the type of ${variable.name} has no name in this file`)
  return mended(message, [replaced(fn, page, stmt.span, pass, { type, variable: variable.name, at: store.call.fun })])
}

/** The statement with what is in the map, whoever stored it, in the variable. */
function replaced(
  fn: Fn,
  page: Page,
  stmt: Span,
  { engine }: RemedyPass,
  { type, variable, at }: { type: string; variable: string; at: Span },
): ReturnType<Page['replace']> {
  const fresh = freshNames(engine.program, fn, page)
  const [actual, loaded] = [fresh(['actual', 'stored', 'kept']), fresh(['loaded', 'there'])]
  const call = `${page.slice([at[0], at[1] - 'Store'.length])}LoadOrStore${page.slice([at[1], stmt[1]])}`
  const indent = page.indentAt(stmt[0])
  return page.replace(
    stmt,
    [
      `if ${actual}, ${loaded} := ${call}; ${loaded} {`,
      `${indent}\t${variable} = ${actual}.(${type})`,
      `${indent}}`,
    ].join(page.eol),
  )
}

/** Something between the two that may store in the sync.Map itself. */
function storesBetween(
  load: SyncMapCall,
  store: SyncMapCall,
  calls: readonly SyncMapCall[],
  { engine: { program } }: RemedyPass,
): Span | null {
  const { fn } = load.site
  const storing = new Set(
    calls.filter(({ object, method }) => object === store.object && method !== 'Load').map(({ site }) => site.fn),
  )
  for (const at of storing) for (const { caller } of callsOf(program, at)) storing.add(caller)
  for (const { ev, n } of flowOf(fn).sites) {
    if (ev.k !== 'call' || n <= load.site.n || n >= store.site.n) continue
    const own = calls.find(({ call }) => call === ev)
    if (
      own
        ? own.object === store.object && own.method !== 'Load'
        : runBy(program, fn, ev).some((body) => storing.has(body))
    )
      return ev.span
    if (!own && eventEffects(program, fn, [ev]).reasons.some(({ why }) => UNKNOWN.has(why))) return ev.span
  }
  return null
}

const UNKNOWN: ReadonlySet<string> = new Set(['unknown call', 'interface call', 'function value', 'callback'])
