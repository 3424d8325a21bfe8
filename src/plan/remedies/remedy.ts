/** What a rule's own mechanical fix is: for findings that no lock or container ends. Planning is pure. */
import type { Engine } from '../../analysis/engine.js'
import { push } from '../../analysis/multimap.js'
import type { Fn, objectAt } from '../../analysis/program.js'
import type { Finding, Range, Refusal, SuggestedFix, TextEdit } from '../../types.js'
import { openPage, type Page } from '../page.js'
import { refuse } from '../pass.js'

export interface Remedy {
  /** The rule whose findings it ends. */
  readonly rule: string
  /** What became of each of the rule's findings: one group for those whose edits belong together. */
  plan(findings: readonly Finding[], pass: RemedyPass): readonly Mend[]
}

export interface RemedyPass {
  readonly engine: Engine
  /** The text of a file of the program, by absolute path. */
  source(path: string): string
}

/** Findings that are ended together, or left alone together. */
export interface Mend {
  readonly findings: readonly Finding[]
  readonly outcome: SuggestedFix | Refusal
}

/** A fix of edits alone, named by what it does: "a deferred Unlock". */
export function mended(message: string, edits: readonly TextEdit[], notes: readonly string[] = []): SuggestedFix {
  return {
    kind: 'fix',
    message,
    edits,
    added: new Map(),
    notes: [message, ...notes],
    compound: [],
    applicability: 'safe',
    transform: 'auto',
  }
}

/** The page of a function's file; refused where nobody should edit it. */
export function pageOf(fn: Fn, { source }: RemedyPass): Page | Refusal {
  const file = fn.pkg.files[fn.facts.file]
  if (file === undefined) throw new Error(`bug: ${fn.facts.key} has no file`)
  const whole = { file: file.path, start: fn.facts.span[0], end: fn.facts.body[0] }
  const name = file.path.replace(/^.*\//, '')
  if (fn.pkg.module?.main !== true) return refuse(whole, 'it belongs to none of the main modules')
  if (fn.pkg.errors.length > 0) return refuse(whole, `package ${fn.pkg.path} does not type-check`)
  if (file.generated) return refuse(whole, `${name} is generated`)
  if (file.cgo) return refuse(whole, `${name} uses cgo`)
  return openPage(file.path, source(file.path))
}

/** The finding's place in the code. */
export function placeOf({ at, map, subject }: Finding): Range {
  const place = at ?? map?.decl ?? subject?.decl
  if (place === undefined) throw new Error('bug: a finding about nothing')
  return place
}

/** Whether two ranges are one. */
export function isAt(a: Range, b: Range): boolean {
  return a.file === b.file && a.start === b.start && a.end === b.end
}

/** Groups values by a key, in the order in which the keys come first. */
export function groupedBy<T>(values: readonly T[], key: (value: T) => unknown): T[][] {
  const groups = new Map<unknown, T[]>()
  for (const value of values) push(groups, key(value), value)
  return [...groups.values()]
}

/** Whether the name means one thing only in the function (literals in it included) and the package. */
export function meansOneThing({ pkg, facts }: Fn, name: string): boolean {
  const inside = pkg.objects.filter(
    (object) =>
      object.name === name &&
      object.kind !== 'field' &&
      (object.kind === 'package' ||
        (object.file === facts.file && object.span[0] >= facts.span[0] && object.span[1] <= facts.span[1])),
  )
  return inside.length <= 1
}

/** The variable that an identifier at the offset denotes; undefined where it is none of the function's. */
export function localAt({ pkg, facts }: Fn, offset: number): ReturnType<typeof objectAt> | undefined {
  return pkg.objects.find((object) => object.file === facts.file && object.uses?.includes(offset) === true)
}

/** Whether a literal inside the function makes one of the uses (offsets of identifiers). */
export function isCaptured({ pkg, facts }: Fn, uses: readonly number[]): boolean {
  return pkg.funcs.some(
    (inner) =>
      inner.kind === 'literal' &&
      inner.file === facts.file &&
      inner.span[0] > facts.span[0] &&
      inner.span[1] <= facts.span[1] &&
      uses.some((use) => use >= inner.span[0] && use < inner.span[1]),
  )
}
