/** `mapfix check`: find and report. */
import { resolve } from 'node:path'
import { type Checked, check as checkPackages } from '../driver.js'
import { writeKnown } from '../report/known.js'
import { saveFile } from '../write/save.js'
import { type Context, reportOn, warnUnused } from './context.js'
import { print } from './output.js'
import { format, publish } from './publish.js'

/** Exit status: 2 when some package could not be read whole, else 1 when there are findings. */
export async function check(context: Context): Promise<number> {
  const checked = await checkPackages(context.request)
  const found = context.settings.updateSuppressions ? await accept(checked, context) : checked
  const report = reportOn(
    context,
    found,
    found.findings.map((finding) => ({ finding })),
  )
  context.clearProgress()
  await warnUnused(report, context)
  await publish(report, context)
  await print(context.stdout, await format(report, found, context, { diffs: false, fixing: false }))
  return report.errors.length > 0 ? 2 : report.findings.length > 0 ? 1 : 0
}

/** Writes the findings into the file of known ones. Entries go only when the whole module was looked at. */
async function accept(checked: Checked, { settings, request, files, pid }: Context): Promise<Checked> {
  const old = request.known?.entries ?? []
  const gone = new Set(checked.gone.map(({ id }) => id))
  const text = writeKnown(old, checked.findings, checked.ids, ({ id }) => gone.has(id))
  await saveFile(resolve(request.cwd, settings.suppressions), text, files, pid)
  const added = checked.findings.map((finding) => {
    const name = (finding.map ?? finding.subject)?.name ?? ''
    return { finding, entry: { id: checked.ids.get(finding) ?? '', rule: finding.rule, name, reason: '' } }
  })
  return { ...checked, findings: [], known: [...checked.known, ...added], gone: [] }
}
