/** `mapfix check`: find and report. */
import { check as checkPackages } from '../driver.js'
import { type Context, format, reportOn, warnUnused } from './context.js'
import { print } from './output.js'

/** Exit status: 2 when some package could not be read whole, else 1 when there are findings. */
export async function check(context: Context): Promise<number> {
  const found = await checkPackages(context.request)
  const report = reportOn(
    context,
    found,
    found.findings.map((finding) => ({ finding })),
  )
  context.clearProgress()
  await warnUnused(report, context)
  await print(context.stdout, format(report, context, { diffs: false, fixing: false }))
  return report.errors.length > 0 ? 2 : report.findings.length > 0 ? 1 : 0
}
