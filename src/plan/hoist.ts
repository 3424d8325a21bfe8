/** Locals that a closure around statements would hide from what follows: declared before it instead. */
import { objectAt } from '../analysis/program.js'
import type { Span, Stmt } from '../facts.js'
import type { Refusal, TextEdit } from '../types.js'
import { usesOf } from './locals.js'
import { refuse } from './pass.js'
import type { Scene } from './scene.js'
import { typeText } from './types.js'

export interface Hoisted {
  /** Declarations to stand before the closure: "var n int". */
  readonly lines: readonly string[]
  /** `:=` that become `=`. */
  readonly edits: readonly TextEdit[]
}

/** What has to be declared before a closure around `stmts` because the text from `end` to `until` still uses it. */
export function hoist(scene: Scene, stmts: readonly Stmt[], until: number): Hoisted | Refusal {
  const { pkg } = scene.fn
  const end = stmts.at(-1)?.span[1] ?? 0
  const lines: string[] = []
  const edits: TextEdit[] = []
  for (const stmt of stmts) {
    const defined = definedBy(stmt).filter((ref) => ref >= 0)
    const used = defined.some((ref) => usesOf(objectAt(pkg, ref)).some((use) => use >= end && use < until))
    if (!used) continue
    if (stmt.k !== 'assign') {
      return refuse(
        { file: scene.page.path, start: stmt.span[0], end: stmt.span[1] },
        'what is declared here is used after the step',
      )
    }
    for (const ref of defined) {
      const { name, type } = objectAt(pkg, ref)
      const text = typeText(pkg, scene.fn.facts.file, type)
      if (text === null)
        return refuse(
          { file: scene.page.path, start: stmt.span[0], end: stmt.span[1] },
          `the type of ${name} has no name in this file`,
        )
      lines.push(`var ${name} ${text}`)
    }
    const define = defineToken(scene.page.text, stmt.lhs.at(-1), stmt.rhs[0])
    if (define === null)
      return refuse(
        { file: scene.page.path, start: stmt.span[0], end: stmt.span[1] },
        'the assignment cannot be taken apart',
      )
    edits.push(scene.page.replace(define, '='))
  }
  return { lines, edits }
}

function definedBy(stmt: Stmt): readonly number[] {
  if (stmt.k === 'assign') return stmt.def ?? []
  if (stmt.k === 'decl') return stmt.def
  return []
}

function defineToken(text: string, left: Span | undefined, right: Span | undefined): Span | null {
  if (left === undefined || right === undefined) return null
  const at = text.slice(left[1], right[0]).indexOf(':=')
  return at < 0 ? null : [left[1] + at, left[1] + at + 2]
}
