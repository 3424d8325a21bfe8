/** One line a finding, as go vet and GitHub's runners want it. */
import type { FindingReport, Report } from './schema.js'

/** "file:line:col: message", errors of packages first. */
export function vetLines(report: Report): string {
  const errors = report.errors.map(({ package: name, message }) =>
    /:\d+:\d+: /.test(message) ? message : `${name}: ${message}`,
  )
  return [...errors, ...report.findings.map((finding) => `${finding.at}: ${sentence(finding)}`)]
    .map((line) => `${line.replaceAll('\n', ' ')}\n`)
    .join('')
}

/** Workflow commands, by which GitHub Actions writes annotations beside the lines of a change. */
export function githubLines(report: Report): string {
  const errors = report.errors.map(({ package: name, message }) => {
    const [, file = '', line = '1', column = '1', rest = message] = /^(.*?):(\d+):(\d+): (.*)$/s.exec(message) ?? []
    return command('error', { file, line, col: column, title: 'mapfix' }, `${name}: ${rest}`)
  })
  const findings = report.findings.map((finding) => {
    const [, file = '', line = '', column = ''] = /^(.*):(\d+):(\d+)$/.exec(finding.at) ?? []
    const level = finding.confidence === 'possible' ? 'warning' : 'error'
    return command(level, { file, line, col: column, title: `mapfix: ${finding.rule}` }, sentence(finding))
  })
  return [...errors, ...findings].map((line) => `${line}\n`).join('')
}

function sentence({ message, rule, map, subject, confidence, fix }: FindingReport): string {
  const sure = confidence === null ? '' : `, ${confidence}`
  const done = fix ? `; fix ${fix.transform}: ${fix.status}` : ''
  return `${map?.name ?? subject?.name}: ${message} (${rule}${sure})${done}`
}

function command(level: string, properties: Readonly<Record<string, string>>, message: string): string {
  const data = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
  const value = (text: string): string => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
  const list = Object.entries(properties).filter(([, text]) => text !== '')
  return `::${level} ${list.map(([key, text]) => `${key}=${value(text)}`).join(',')}::${data(message)}`
}
