import { lockOp } from '../../analysis/lockops.js'
import { type CallEv, type Fn, objectAt } from '../../analysis/program.js'
import { flowOf } from '../../analysis/walk.js'
import { freshName } from '../../edit/names.js'
import type { Span } from '../../facts.js'
import type { Finding, Range, Refusal, SuggestedFix, TextEdit } from '../../types.js'
import { namesOf } from '../declare.js'
import { isRefusal, refuse } from '../pass.js'
import { groupedBy, type Mend, mended, pageOf, placeOf, type Remedy, type RemedyPass } from './remedy.js'

/**
 * lock-reentry: the function that takes the lock again is split, and who holds it calls the part without.
 *
 * Before: func (s *Store) Len() int { s.mu.Lock(); defer s.mu.Unlock(); return len(s.items) }
 * After:  func (s *Store) Len() int { s.mu.Lock(); defer s.mu.Unlock(); return s.lenLocked() }
 *         func (s *Store) lenLocked() int { return len(s.items) }
 * and s.lenLocked() in place of s.Len() where mu is held.
 *
 * Safe because the statements are the same, under the lock as before, and the call that is changed could only wait for itself. Refused
 * where the function does more before its Lock than nothing or is not one that locks first and defers the Unlock, uses the lock again,
 * lies in another package, is reached through a second call or a function value, has parameters without names, or wants to write where
 * its caller holds the lock for reading.
 */
export const split: Remedy = {
  rule: 'lock-reentry',
  plan(findings, pass) {
    const calls = findings.map((finding) => ({ finding, again: againOf(finding, pass) }))
    const refused = calls.flatMap(({ finding, again }): Mend[] =>
      isRefusal(again) ? [{ findings: [finding], outcome: again }] : [],
    )
    const known = calls.flatMap(({ finding, again }) => (isRefusal(again) ? [] : [{ finding, again }]))
    const fixed = groupedBy(known, ({ again }) => again.callee).map(
      (group): Mend => ({
        findings: group.map(({ finding }) => finding),
        outcome: divided(
          group.map(({ again }) => again),
          pass,
        ),
      }),
    )
    return [...refused, ...fixed]
  },
}

/** A call, with the lock held, of a function that takes it. */
interface Again {
  readonly caller: Fn
  readonly call: CallEv
  readonly callee: Fn
  /** Of the callee. */
  readonly take: CallEv
}

function againOf(finding: Finding, { engine, source }: RemedyPass): Again | Refusal {
  const at = placeOf(finding)
  const no = (reason: string): Refusal => refuse(at, reason)
  const [held, taken, ...more] = finding.related
  if (held === undefined) throw new Error('bug: a lock taken again that was not taken')
  if (taken === undefined) return no('one function takes it twice itself')
  if (more.length > 0) return no('it is taken again through more than one call')
  const { program, paths } = engine
  const site = callAt(engine, at)
  const inner = callAt(engine, taken.at)
  if (site === null || inner === null || site.ev.mode !== 'call') return no('it is not taken again by a plain call')
  const { callee } = site.ev
  if (callee.k !== 'func' || program.funcs.get(callee.key) !== inner.fn)
    return no('the function is called through a value')
  if (inner.fn.pkg !== site.fn.pkg) return no(`${inner.fn.facts.display} is in another package`)
  const op = lockOp(program, paths, inner.fn, inner.ev)
  const text = (range: Range): string => source(range.file).slice(range.start, range.end)
  const mode = /\.(R?)Lock\s*\(\s*\)$/.exec(text(held.at))?.[1]
  if (op === null || op.op !== 'acquire') return no('it is not taken again by Lock or RLock')
  if (mode === undefined || (mode === 'R' && op.mode === 'w'))
    return no('it is held for reading, and wanted for writing')
  return { caller: site.fn, call: site.ev, callee: inner.fn, take: inner.ev }
}

function callAt({ program }: RemedyPass['engine'], range: Range): { fn: Fn; ev: CallEv } | null {
  for (const pkg of program.packages) {
    for (const fn of program.fns(pkg)) {
      if (pkg.files[fn.facts.file]?.path !== range.file) continue
      for (const { ev } of flowOf(fn).sites)
        if (ev.k === 'call' && ev.span[0] === range.start && ev.span[1] === range.end) return { fn, ev }
    }
  }
  return null
}

function divided(calls: readonly Again[], pass: RemedyPass): SuggestedFix | Refusal {
  const [first] = calls
  if (first === undefined) throw new Error('bug: a group without calls')
  const { callee, take } = first
  const page = pageOf(callee, pass)
  if (isRefusal(page)) return page
  const no = (span: Span, reason: string): Refusal => refuse({ file: page.path, start: span[0], end: span[1] }, reason)
  const { facts } = callee
  const [lock, unlock, ...rest] = facts.stmts
  const shape = lock?.k === 'expr' && lock.e.includes(take) && unlock?.k === 'defer' && page.slice(unlock.span)
  const mutex = /^(.*)\.(R?)Lock\s*\(\s*\)$/s.exec(page.slice(take.span))
  if (
    !shape ||
    mutex === null ||
    !new RegExp(`^defer\\s+${escaped(mutex[1] ?? '')}\\.${mutex[2]}Unlock\\(\\)$`).test(shape) ||
    rest.length === 0
  )
    return no(take.span, `${facts.display} does not begin with the Lock and a deferred Unlock`)
  const { program, paths } = pass.engine
  const own = lockOp(program, paths, callee, take)?.lock.key
  const inside = program.fns(callee.pkg).filter((fn) => fn === callee || isWithin(fn, callee))
  const again = inside.flatMap((fn) =>
    flowOf(fn).sites.flatMap(({ ev }) =>
      ev.k === 'call' &&
      ev !== take &&
      !(unlock?.e.includes(ev) ?? false) &&
      lockOp(program, paths, fn, ev)?.lock.key === own
        ? [ev.span]
        : [],
    ),
  )[0]
  if (again) return no(again, `${facts.display} uses the lock again`)
  const name = facts.key.slice(facts.key.lastIndexOf('.') + 1)
  const head = new RegExp(`^(func\\s*(?:\\([^)]*\\)\\s*)?)${name}(?![\\p{L}\\p{N}_])`, 'u').exec(
    page.slice([facts.span[0], facts.body[0]]),
  )
  const signature = page.slice([facts.span[0] + (head?.[0].length ?? 0), facts.body[0]])
  if (head === null || (facts.kind === 'func' && facts.tparams.length > 0))
    return no(take.span, `${facts.display} has type parameters of its own`)
  if (facts.kind === 'method' && facts.recv === undefined) return no(take.span, 'its receiver has no name')
  if (facts.params.includes(-1)) return no(take.span, 'a parameter has no name')
  const part = freshName(namesOf(callee.pkg), [`${lowerCase(name)}Locked`, `${lowerCase(name)}WithLock`])
  const receiver = facts.recv === undefined ? '' : `${objectAt(callee.pkg, facts.recv).name}.`
  const args = facts.params.map((ref) => objectAt(callee.pkg, ref).name).join(', ') + (facts.variadic ? '...' : '')
  const call = `${facts.resultTypes.length > 0 ? 'return ' : ''}${receiver}${part}(${args})`
  const end = unlock?.span ?? take.span
  const label = (mutex[1] ?? '').replace(/^.*\./, '')
  const edits: TextEdit[] = [
    page.linesAfter(end, [
      call,
      ...['}', '', `// ${part} is ${name} for those who hold ${label}.`, `${head[1]}${part}${signature}{`],
    ]),
  ]
  for (const { caller, call: use } of calls) {
    const at = pageOf(caller, pass)
    if (isRefusal(at)) return at
    const fun = at.slice(use.fun)
    if (!fun.endsWith(name)) return no(use.span, 'it is called in another way')
    edits.push(at.replace([use.fun[1] - name.length, use.fun[1]], part))
  }
  return mended(`${part}, the part of ${name} without the lock, for those who hold it`, edits)
}

function isWithin(literal: Fn, outer: Fn): boolean {
  const { facts } = literal
  return (
    facts.kind === 'literal' &&
    facts.file === outer.facts.file &&
    facts.span[0] > outer.facts.span[0] &&
    facts.span[1] <= outer.facts.span[1]
  )
}

function lowerCase(name: string): string {
  return name.replace(/^\p{Lu}+(?=\p{Lu}\p{Ll}|$|[^\p{L}])|^\p{Lu}/u, (start) => start.toLowerCase())
}

function escaped(text: string): string {
  return text.replace(/[\\^$.|?+*()[\]{}]/g, '\\$&')
}
