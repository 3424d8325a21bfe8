import { type UnsizedMap, unsizedMaps } from '../../analysis/growth.js'
import type { Stmt } from '../../facts.js'
import type { Refusal, SuggestedFix } from '../../types.js'
import { isRefusal, refuse } from '../pass.js'
import { eachStmt } from '../tree.js'
import { isAt, localAt, meansOneThing, mended, pageOf, placeOf, type Remedy, type RemedyPass } from './remedy.js'

/**
 * unsized-map: the size that the map will have.
 *
 * Before: m := make(map[K]V); for _, u := range users { m[u.ID] = u }
 * After:  m := make(map[K]V, len(users)); …
 *
 * Safe because a size is a hint, and what it is computed from is a variable that is there already and does not change in between.
 * Refused where the loop may end early, ranges over anything but a variable, or over one that is declared or assigned later.
 */
export const size: Remedy = {
  rule: 'unsized-map',
  plan(findings, pass) {
    const known = unsizedMaps(pass.engine)
    return findings.map((finding) => {
      const unsized = known.find(({ object, fn, made, insert }) => {
        const file = fn.pkg.files[insert.stmt.file ?? fn.facts.file]?.path ?? ''
        return (
          object.facts.key === finding.subject?.name && isAt(placeOf(finding), { file, start: made[0], end: made[1] })
        )
      })
      if (unsized === undefined) throw new Error('bug: a finding about no unsized map')
      return { findings: [finding], outcome: sized(unsized, pass) }
    })
  },
}

function sized({ fn, made, loop, over, object }: UnsizedMap, pass: RemedyPass): SuggestedFix | Refusal {
  const page = pageOf(fn, pass)
  if (isRefusal(page)) return page
  const no = (reason: string): Refusal =>
    refuse({ file: page.path, start: loop.span[0], end: loop.block.span[0] }, reason)
  const variable = localAt(fn, loop.x[0])
  if (over === null || variable === undefined) return no('what it ranges over has no name')
  if (endsEarly(loop)) return no('the loop may end early, so that the map stays smaller')
  if (variable.span[0] >= made[0]) return no(`${over} is declared after the map is made`)
  const names = loop.xt === 'int' ? [over] : [over, 'len']
  if (![...names, 'make'].every((name) => meansOneThing(fn, name))) return no('a name means several things here')
  const between = pass.engine.paths
    .defs(variable.key)
    .some(({ site }) => site.ev.span[0] > made[0] && site.ev.span[0] < loop.span[1])
  if (between) return no(`${over} is assigned after the map is made`)
  const hint = loop.xt === 'int' ? over : `len(${over})`
  const text = page.slice(made)
  const braces = /\s*\{\s*\}$/.exec(text)
  const call = /^make\s*\([\s\S]*[^\s,]\s*\)$/.exec(text)
  if (braces === null && call === null)
    return refuse({ file: page.path, start: made[0], end: made[1] }, 'it is made in another way')
  const edit =
    braces === null
      ? page.insert(made[1] - 1, `, ${hint}`)
      : page.replace(made, `make(${text.slice(0, braces.index)}, ${hint})`)
  return mended(`${object.facts.name} is made with room for ${hint} entries`, [edit])
}

/** Whether a jump leads out of the loop, or out of the function. */
function endsEarly(loop: UnsizedMap['loop']): boolean {
  const jumps: Stmt[] = []
  eachStmt(loop.block.body, (stmt) => {
    if (stmt.k === 'return' || (stmt.k === 'branch' && stmt.tok !== 'continue')) jumps.push(stmt)
  })
  return jumps.length > 0
}
