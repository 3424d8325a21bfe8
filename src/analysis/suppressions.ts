/** Comments that suppress findings: //mapfix:ignore, //mapfix:file-ignore, and golangci-lint's //nolint. */
import type { DirectiveFacts, FileFacts, PackageFacts } from '../facts.js'
import { didYouMean } from '../nearest.js'
import type { Finding, Range } from '../types.js'

/** A comment that suppresses findings, or means to. */
export interface Suppression {
  /** The comment. */
  readonly at: Range
  readonly text: string
  /** What it speaks of: whole lines. */
  readonly where: Range
  /** The rules that it names; empty for all. */
  readonly rules: readonly string[]
  /** Why, in the author's words. */
  readonly reason: string
  /** It is meant for all linters: then it counts only where the finding is reported, as in golangci-lint. */
  readonly forAll: boolean
  /** Why it does not count, "" if it does. */
  readonly problem: string
}

/** The comments of all files, in the order of the files. Those with a problem are among them, and suppress nothing. */
export function suppressionsOf(packages: readonly PackageFacts[], rules: readonly string[]): Suppression[] {
  return packages.flatMap(({ files }) =>
    files.flatMap((file) => (file.directives ?? []).flatMap((directive) => read(file, directive, rules))),
  )
}

/** Whether a comment speaks of a finding: of its map's declaration, of one of the two accesses, or of where it is reported. */
export function suppresses(comment: Suppression, finding: Finding): boolean {
  const { rule, map, subject, at, racing } = finding
  if (comment.problem !== '' || (comment.rules.length > 0 && !comment.rules.includes(rule))) return false
  const declared = (map ?? subject)?.decl
  const reported = at ?? declared
  const places = comment.forAll ? [reported] : [declared, reported, ...racing.map((access) => access.range)]
  return places.some((place) => place !== undefined && covers(comment, place))
}

/** Whether a place begins on the lines that a comment speaks of. */
export function covers({ where }: Suppression, { file, start }: Range): boolean {
  return where.file === file && where.start <= start && start < where.end
}

function read(file: FileFacts, directive: DirectiveFacts, rules: readonly string[]): Suppression[] {
  const { text } = directive
  const own = /^\/\/(\s*)mapfix:(\S*)\s*(.*)$/s.exec(text)
  if (own === null) return nolint(file, directive)
  const [, blank = '', word = '', rest = ''] = own
  // Prose may well begin with the tool's name.
  if (blank !== '' && !SUPPRESSING.includes(word)) return []
  if (blank === '' && OTHERS.includes(word)) return []
  const [names = '', ...reason] = rest.split(/\s+/)
  const named = names.split(',').filter((name) => name !== '')
  const made = comment(file, directive, {
    where: rangeOf(file, word === 'file-ignore' ? [0, Number.MAX_SAFE_INTEGER] : directive.lines),
    rules: named,
    reason: reason.join(' ').trim(),
  })
  return [{ ...made, problem: problemOf(blank, word, made, rules) }]
}

const SUPPRESSING: readonly string[] = ['ignore', 'file-ignore']
/** Comments that are not about findings. */
const OTHERS: readonly string[] = ['spawns']

function problemOf(
  blank: string,
  word: string,
  { rules: named, reason }: Suppression,
  rules: readonly string[],
): string {
  if (!SUPPRESSING.includes(word)) return `there is no //mapfix:${word}${didYouMean(word, [...SUPPRESSING, ...OTHERS])}`
  if (blank !== '') return `write //mapfix:${word} without a blank, as Go's other directives`
  if (named.length === 0) return `name a rule, and say why: //mapfix:${word} RULE reason`
  const unknown = named.find((name) => !rules.includes(name))
  if (unknown !== undefined) return `there is no rule ${unknown}${didYouMean(unknown, rules)}`
  return reason === '' ? `say why: //mapfix:${word} ${named.join(',')} reason` : ''
}

/** As golangci-lint reads it: a list of linters, or none for all; what follows a second // is a remark. */
function nolint(file: FileFacts, directive: DirectiveFacts): Suppression[] {
  const match = /^\/\/[/ ]*nolint(?::([^/]*))?(?:\s*\/\/(.*))?/s.exec(directive.text)
  if (match === null) return []
  const [, list, remark = ''] = match
  const linters = list?.split(',').map((name) => name.trim().toLowerCase()) ?? ['all']
  const forAll = linters.includes('all')
  if (!forAll && !linters.includes('mapfix')) return []
  const where = rangeOf(file, directive.block)
  return [comment(file, directive, { where, rules: [], reason: remark.trim(), forAll })]
}

function comment(
  file: FileFacts,
  { text, span }: DirectiveFacts,
  rest: Pick<Suppression, 'where' | 'rules' | 'reason'> & { forAll?: boolean },
): Suppression {
  return { at: rangeOf(file, span), text, forAll: false, problem: '', ...rest }
}

function rangeOf({ path }: FileFacts, [start, end]: readonly [number, number]): Range {
  return { file: path, start, end }
}
