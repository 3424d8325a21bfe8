import { type Leak, leaksOf } from '../../analysis/leaks.js'
import { lockOp } from '../../analysis/lockops.js'
import { eventRange } from '../../analysis/positions.js'
import { type CallEv, type Fn, typeAt } from '../../analysis/program.js'
import { flowOf, runsAtExit, type Site } from '../../analysis/walk.js'
import type { Span, Stmt } from '../../facts.js'
import type { Finding, Refusal, SuggestedFix, TextEdit } from '../../types.js'
import { terminates } from '../exits.js'
import type { Page } from '../page.js'
import { isRefusal, refuse } from '../pass.js'
import { freshNames } from '../scope.js'
import { funcTree } from '../tree.js'
import {
  groupedBy,
  isAt,
  isCaptured,
  localAt,
  type Mend,
  meansOneThing,
  mended,
  pageOf,
  placeOf,
  type Remedy,
  type RemedyPass,
} from './remedy.js'

/**
 * lock-leak: the lock is given back on every way out.
 *
 * Before: mu.Lock(); if bad { return errBad }; m[k] = v; mu.Unlock(); return nil
 * After:  mu.Lock(); defer mu.Unlock(); if bad { return errBad }; m[k] = v; return nil
 * or, where more than a plain return follows an Unlock, mu.Unlock() before the return that lacks it: its results are computed before.
 *
 * Safe because nothing runs with the lock held that did not before, but for returns of constants and the function's own variables, and
 * nothing that ran with it held runs without. Refused where the lock is taken in a loop, by a helper, more than once, or given back in a
 * literal; where a deferred call of the function's would come to run under it; and where a panic is to be survived, and more than a plain
 * return follows an Unlock.
 */
export const unlock: Remedy = {
  rule: 'lock-leak',
  plan(findings, pass) {
    const leaks = findings.map((finding) => {
      const leak = leakOf(finding, pass)
      if (leak === undefined) throw new Error('bug: a finding about no leak')
      return { finding, leak }
    })
    return groupedBy(leaks, ({ leak }) => leak.from.ev).map(
      (group): Mend => ({
        findings: group.map(({ finding }) => finding),
        outcome: givenBack(
          group.map(({ leak }) => leak),
          pass,
        ),
      }),
    )
  },
}

function leakOf(finding: Finding, { engine }: RemedyPass): Leak | undefined {
  const place = placeOf(finding)
  for (const pkg of engine.program.packages) {
    for (const fn of engine.program.fns(pkg)) {
      if (pkg.files[fn.facts.file]?.path !== place.file) continue
      if (fn.facts.span[0] > place.start || fn.facts.span[1] < place.end) continue
      const found = leaksOf(engine, fn).find(
        ({ held, from, to, always }) =>
          held.lock.key === finding.subject?.name && isAt(eventRange(always || !to ? from : to), place),
      )
      if (found) return found
    }
  }
  return undefined
}

/** A lock as one function uses it: `mu.Lock()` as a statement, once, and its Unlocks. */
interface Use {
  readonly pass: RemedyPass
  readonly fn: Fn
  readonly page: Page
  readonly take: Stmt
  /** "s.mu.Unlock()" */
  readonly release: string
  readonly releases: readonly Stmt[]
}

function givenBack(leaks: readonly Leak[], pass: RemedyPass): SuggestedFix | Refusal {
  const [first] = leaks
  if (first === undefined) throw new Error('bug: a group without leaks')
  const use = useOf(first, pass)
  if (isRefusal(use)) return use
  const deferred = asDeferred(use, first)
  if (!isRefusal(deferred)) return deferred
  if (leaks.some(({ recovered, always }) => recovered || always)) return deferred
  const edits: TextEdit[] = []
  for (const { to } of leaks) {
    const more = to === null ? atEnd(use) : beforeReturn(use, to)
    if (isRefusal(more)) return more
    edits.push(...more)
  }
  return mended(`${use.release} before the ${leaks.length === 1 ? 'return that lacks' : 'returns that lack'} it`, edits)
}

function useOf({ held, from }: Leak, pass: RemedyPass): Use | Refusal {
  const { program, paths } = pass.engine
  const { fn, ev } = from
  const page = pageOf(fn, pass)
  if (isRefusal(page)) return page
  const no = (span: Span, reason: string): Refusal => refuse({ file: page.path, start: span[0], end: span[1] }, reason)
  const take = /^(.*)\.(R?)Lock\s*\(\s*\)$/s.exec(page.slice(ev.span))
  const name = take?.[1]
  if (from.stmt.k !== 'expr' || !isSame(from.stmt.span, ev.span) || name === undefined || take === null)
    return no(ev.span, 'the lock is taken by a helper')
  const root = /^[\p{L}_][\p{L}\p{N}_]*/u.exec(name)?.[0]
  if (!/^[\p{L}_][\p{L}\p{N}_]*(\.[\p{L}_][\p{L}\p{N}_]*)*$/u.test(name) || root === undefined)
    return no(ev.span, `${name} cannot be written twice`)
  if (!meansOneThing(fn, root)) return no(ev.span, `${root} means several things in ${fn.facts.display}`)
  if (from.loops.length > 0) return no(ev.span, 'the lock is taken in a loop')
  const inner = program
    .fns(fn.pkg)
    .filter(({ facts }) => facts.parent === fn.index)
    .flatMap((literal) => flowOf(literal).sites)
  const isOfLock = (site: Site): site is Site & { readonly ev: CallEv } =>
    site.ev.k === 'call' && lockOp(program, paths, site.fn, site.ev)?.lock.key === held.lock.key
  const elsewhere = inner.find(isOfLock)
  if (elsewhere) return no(elsewhere.ev.span, 'a function literal uses the lock, too')
  const calls = flowOf(fn).sites.filter(isOfLock)
  const other = calls.find((site) => site !== from && lockOp(program, paths, fn, site.ev)?.op !== 'release')
  if (other) return no(other.ev.span, 'the lock is taken a second time')
  const releases = calls.filter((site) => site !== from)
  const odd = releases.find((site) => site.stmt.k !== 'expr' || !isSame(site.stmt.span, site.ev.span))
  if (odd) return no(odd.ev.span, 'the lock is given back by more than a statement')
  const release = `${name}.${take[2]}Unlock()`
  return { pass, fn, page, take: from.stmt, release, releases: releases.map(({ stmt }) => stmt) }
}

/** defer mu.Unlock() behind mu.Lock(), in place of every mu.Unlock(). */
function asDeferred(use: Use, { from }: Leak): SuggestedFix | Refusal {
  const { fn, page, take, release, releases } = use
  const no = (span: Span, reason: string): Refusal => refuse({ file: page.path, start: span[0], end: span[1] }, reason)
  const late = flowOf(fn).sites.find((site) => runsAtExit(site))
  if (late)
    return no(late.stmt.span, 'what is deferred here would run with the lock, or without it, where it did not before')
  const { places } = funcTree(fn)
  for (const stmt of releases) {
    const place = places.get(stmt)
    const next = place?.list?.stmts[place.index + 1]
    const isLast = next === undefined && place?.list === funcTree(fn).body
    const returns = next?.k === 'return' && next.results.every((span) => isPlain(use, span))
    if (!isLast && !returns) return no(stmt.span, 'more than a plain return follows here')
  }
  const edits = [
    page.linesAfter(from.stmt.span, [`defer ${release}`]),
    ...releases.map((stmt) => page.removeLine(stmt.span)),
  ]
  return mended(`${release} is deferred, behind ${page.slice(take.span)}`, edits)
}

/** Unlock behind the last statement of the body. */
function atEnd({ fn, page, release }: Use): TextEdit[] | Refusal {
  const last = fn.facts.stmts.at(-1)
  if (last === undefined || terminates(last))
    return refuse({ file: page.path, start: fn.facts.body[0], end: fn.facts.body[1] }, 'its end is not reached')
  return [page.linesAfter(last.span, [release])]
}

/** What is computed for the return is computed before the Unlock. */
function beforeReturn(use: Use, to: Site): TextEdit[] | Refusal {
  const { fn, page, release } = use
  const { stmt } = to
  const at = { file: page.path, start: stmt.span[0], end: stmt.span[1] }
  const place = funcTree(fn).places.get(stmt)
  if (stmt.k !== 'return' || place?.list === null) return refuse(at, 'the way out is no return')
  const costly = stmt.results.filter((span) => !isPlain(use, span))
  if (costly.length === 0) return [page.linesBefore(stmt.span, [release])]
  const { resultTypes } = fn.facts
  if (resultTypes.length !== stmt.results.length || costly.some((span) => /<</.test(page.slice(span))))
    return refuse(at, 'what it returns is not computed one by one')
  const fresh = freshNames(use.pass.engine.program, fn, page)
  const named = costly.map((span) => {
    const type = resultTypes[stmt.results.indexOf(span)] ?? -1
    return {
      span,
      name: fresh(type >= 0 && typeAt(fn.pkg, type).text === 'error' ? ['err', 'failure'] : ['result', 'value']),
    }
  })
  const set = `${named.map(({ name }) => name).join(', ')} := ${named.map(({ span }) => page.slice(span)).join(', ')}`
  return [page.linesBefore(stmt.span, [set, release]), ...named.map(({ span, name }) => page.replace(span, name))]
}

/** A constant, or a variable that is the function's own: the same with the lock and without. */
function isPlain({ pass, fn, page }: Use, span: Span): boolean {
  const text = page.slice(span)
  if (/^(nil|true|false|"[^"\n]*"|-?[\d.]+)$/.test(text)) return true
  if (!/^[\p{L}_][\p{L}\p{N}_]*$/u.test(text)) return false
  const local = localAt(fn, span[0])
  if (local !== undefined)
    return local.func !== undefined && fn.pkg.funcs[local.func] === fn.facts && !isCaptured(fn, local.uses ?? [])
  // What no code assigns but its own declaration: errNotFound, a constant.
  return pass.engine.paths.defs(`${fn.pkg.path}.${text}`).length <= 1
}

function isSame(a: Span, b: Span): boolean {
  return a[0] === b[0] && a[1] === b[1]
}
