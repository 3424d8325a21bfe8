/** The report in the forms that were asked for. */
import { relative, resolve, sep } from 'node:path'
import type { Checked } from '../driver.js'
import { html } from '../report/html.js'
import { githubLines, vetLines } from '../report/lines.js'
import { markdown } from '../report/markdown.js'
import { postmortem, stacksTable } from '../report/postmortem.js'
import { type PrettyOptions, pretty } from '../report/pretty.js'
import { sarif } from '../report/sarif.js'
import type { Report } from '../report/schema.js'
import { repositoryOf } from '../write/git.js'
import { saveFile } from '../write/save.js'
import { type Context, isColored } from './context.js'

/** Saves the page and the summary, where they are asked for. */
export async function publish(report: Report, { settings, request, files, pid }: Context): Promise<void> {
  const save = async (path: string, text: string): Promise<void> => {
    if (path !== '') await saveFile(resolve(request.cwd, path), text, files, pid)
  }
  await save(settings.html, settings.html === '' ? '' : html(report))
  await save(settings.summary, markdown(report))
}

/** The report as --format wants it. */
export async function format(
  report: Report,
  found: Checked,
  context: Context,
  options: Pick<PrettyOptions, 'diffs' | 'fixing'>,
): Promise<string> {
  const { settings } = context
  if (settings.format === 'vet') return vetLines(report)
  if (settings.format === 'github') return githubLines(report)
  if (settings.format === 'markdown' && report.evidence) return postmortem({ ...report, evidence: report.evidence })
  if (settings.format === 'csv' && report.evidence) return stacksTable(report.evidence)
  if (settings.format === 'json') return `${JSON.stringify(report, null, 2)}\n`
  if (settings.format === 'sarif') return `${JSON.stringify(await sarifOf(report, found, context), null, 2)}\n`
  return pretty(report, { ...options, color: isColored(context), verbose: settings.verbose })
}

async function sarifOf(report: Report, found: Checked, { request }: Context): Promise<ReturnType<typeof sarif>> {
  const root = (await repositoryOf(request.cwd, request))?.root ?? request.cwd
  const paths = new Map(
    found.packages.flatMap(({ files }) => files.map(({ path }) => [found.positions.file(path), path] as const)),
  )
  return sarif(report, {
    prefix: relative(root, request.cwd).split(sep).join('/'),
    source: (file) => {
      const path = paths.get(file)
      return path === undefined ? null : found.sources.text(path)
    },
  })
}
