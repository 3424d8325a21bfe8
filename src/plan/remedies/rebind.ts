import { type LateCapture, lateCaptures } from '../../analysis/loopvars.js'
import type { Span } from '../../facts.js'
import type { Refusal, SuggestedFix } from '../../types.js'
import { isRefusal, refuse } from '../pass.js'
import { eachStmt } from '../tree.js'
import { groupedBy, isAt, type Mend, mended, pageOf, placeOf, type Remedy, type RemedyPass } from './remedy.js'

/**
 * captured-loop-variable: a variable of the turn's own.
 *
 * Before: for _, url := range urls { go func() { fetch(url) }() }
 * After:  for _, url := range urls { url := url; go func() { fetch(url) }() }
 *
 * Safe because the turn reads what it read before, and nothing in the body tells the copy from the variable: it is neither assigned
 * there nor is its address taken. Refused where it is, and in functions with goto, which must not jump over a declaration.
 */
export const rebind: Remedy = {
  rule: 'captured-loop-variable',
  plan(findings, pass) {
    const known = lateCaptures(pass.engine)
    const captures = findings.map((finding) => {
      const capture = known.find(
        ({ variable, fn, use }) =>
          variable.facts.key === finding.subject?.name &&
          isAt(placeOf(finding), { file: fn.pkg.files[fn.facts.file]?.path ?? '', start: use[0], end: use[1] }),
      )
      if (capture === undefined) throw new Error('bug: a finding about no captured variable')
      return { finding, capture }
    })
    return groupedBy(captures, ({ capture }) => capture.loop).map(
      (group): Mend => ({
        findings: group.map(({ finding }) => finding),
        outcome: rebound(
          group.map(({ capture }) => capture),
          pass,
        ),
      }),
    )
  },
}

function rebound(captures: readonly LateCapture[], pass: RemedyPass): SuggestedFix | Refusal {
  const [first] = captures
  if (first === undefined) throw new Error('bug: a group without captures')
  const { fn, loop } = first
  const page = pageOf(fn, pass)
  if (isRefusal(page)) return page
  const at = (start: number, end: number): Refusal['at'] => ({ file: page.path, start, end })
  for (const { variable } of captures) {
    const { name, uses = [] } = variable.facts
    const inBody = (use: number): boolean => use >= loop.block.span[0] && use < loop.block.span[1]
    const moved = pass.engine.paths
      .defs(variable.facts.key)
      .find(({ site }) => inBody(site.ev.span[0]) && site.stmt !== loop)
    if (moved)
      return refuse(
        at(...moved.site.ev.span),
        `${name} is assigned in the loop's body, which a copy would not show to the next turn`,
      )
    const taken = uses.find(
      (use) => inBody(use) && /&\s*\(*$/.test(page.text.slice(0, use)) && !/&&\s*\(*$/.test(page.text.slice(0, use)),
    )
    if (taken !== undefined) return refuse(at(taken, taken + name.length), `its address is taken here`)
  }
  const jump = gotoIn(first)
  if (jump) return refuse(at(...jump), 'a goto must not jump over a declaration')
  const [body] = loop.block.body
  if (body === undefined) throw new Error('bug: a capture in an empty loop')
  const names = captures
    .map(({ variable }) => variable.facts)
    .sort((a, b) => a.span[0] - b.span[0])
    .map(({ name }) => name)
    .join(', ')
  return mended(`each turn has ${names} of its own`, [page.linesBefore(body.span, [`${names} := ${names}`])])
}

function gotoIn({ fn }: LateCapture): Span | undefined {
  const found: Span[] = []
  eachStmt(fn.facts.stmts, (stmt) => {
    if (stmt.k === 'branch' && stmt.tok === 'goto') found.push(stmt.span)
  })
  return found[0]
}
