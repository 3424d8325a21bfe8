/** The message of a fix's commit. Pure. */
import { posix } from 'node:path'
import type { FindingReport, Report } from '../report/schema.js'

/** What was found, what was proved, and trailers, for the findings of one fix. */
export function messageOf(findings: Report['findings'], version: string): string {
  const [first] = findings
  const fix = first?.fix
  if (first === undefined || fix === undefined) throw new Error('bug: a fix without a finding')
  const names = [...new Set(findings.map(({ map, subject }) => (map ?? subject)?.name ?? ''))]
  const [name = ''] = names
  const folder = posix.dirname(name)
  const short = (full: string): string => posix.basename(full).replace(/^[^.]*\./, '')
  const more = names.length > 1 ? ` and ${names.length - 1} more` : ''
  const where = folder === '.' ? '' : `${posix.basename(name).split('.')[0]}: `
  const proof = Object.entries(fix.validation)
    .filter(([, result]) => result !== 'off')
    .map(([stage, result]) => `${stage} ${result}`)
  const paragraphs = [
    `${where}make ${short(name)}${more} safe for goroutines`,
    findings.map(said).join('\n\n'),
    fix.notes.map((note) => wrap(`Note: ${note}.`)).join('\n'),
    proof.length > 0
      ? wrap(`Proof, with the other fixes of this run: ${proof.join(', ')}.`)
      : 'Not proved: validation was off.',
    [
      ...findings.map(({ id, rule, map, subject }) => `Mapfix-Finding: ${id} ${rule} ${(map ?? subject)?.name ?? ''}`),
      `Mapfix-Transform: ${fix.transform}`,
      `Mapfix-Version: ${version}`,
    ].join('\n'),
  ]
  return `${paragraphs.filter((text) => text !== '').join('\n\n')}\n`
}

function said({ rule, confidence, message, racing, map, subject }: FindingReport): string {
  const name = (map ?? subject)?.name ?? ''
  const sure = confidence === null ? '' : ` (${confidence})`
  const accesses = racing.map(({ op, at, function: func, held }) => {
    const lock = held.length === 0 ? 'no lock held' : `holding ${held.join(', ')}`
    return `    ${at}: ${op} in ${func}, ${lock}`
  })
  return [wrap(`${name}: ${rule}${sure}: ${message}.`), ...(accesses.length > 0 ? ['', ...accesses] : [])].join('\n')
}

/** Lines of at most 72 characters, where there are spaces. */
function wrap(text: string): string {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/\s+/)) {
    if (line !== '' && line.length + 1 + word.length > 72) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line].join('\n')
}
