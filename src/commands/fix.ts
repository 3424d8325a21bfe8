/** `mapfix`: find, rewrite, prove, write. */
import { resolve } from 'node:path'
import { Interrupted } from '../errors.js'
import { type Fixed, fix as repair } from '../fix.js'
import type { Report } from '../report/schema.js'
import type { Review } from '../workbench.js'
import { saveFile } from '../write/save.js'
import { type Context, isColored, reportOn, warnUnused } from './context.js'
import { print } from './output.js'
import { ownTransform } from './own.js'
import { format, publish } from './publish.js'

/**
 * Exit status: 1 when findings remain, some package could not be read whole, or there is a patch, else 0. What was
 * written is taken back when its report cannot be.
 */
export async function fix(context: Context): Promise<number> {
  const { settings, request, stderr } = context
  const patchOnly = settings.diff || settings.patch !== ''
  const { fixed, report } = await repaired(context, (text) => {
    context.clearProgress()
    stderr.write(`mapfix: ${text}\n`, () => undefined)
  })
  try {
    if (request.signal.aborted) throw new Interrupted()
    if (settings.patch !== '')
      await saveFile(resolve(request.cwd, settings.patch), fixed.diff, context.files, context.pid)
    if (fixed.certificate !== null) {
      const text = `${JSON.stringify(fixed.certificate, null, 2)}\n`
      await saveFile(resolve(request.cwd, settings.certificate), text, context.files, context.pid)
    }
    context.clearProgress()
    await warnUnused(report, context)
    await publish(report, context)
    await show(report, fixed, context, patchOnly)
  } catch (error) {
    await fixed.committed?.undo()
    throw error
  }
  await fixed.committed?.keep()
  const { applied, proposed } = tally(report)
  const done = applied + proposed === report.findings.length && report.errors.length === 0
  return done && (!patchOnly || fixed.diff === '') ? 0 : 1
}

/** Finds, rewrites, proves and writes, as the settings say; `notice` is told what the user should know on the way. */
export async function repaired(
  context: Context,
  notice: (text: string) => void,
): Promise<{ fixed: Fixed; report: Report }> {
  const { settings, request } = context
  const fixed = await repair({
    ...request,
    plan: {
      transform: settings.transform,
      own: /[./\\]/.test(settings.transform) ? await ownTransform(resolve(request.cwd, settings.transform)) : null,
      style: settings.style,
      exported: settings.exported,
      emit: settings.emit,
      unsafeFixes: settings.unsafeFixes,
      annotate: settings.annotate,
    },
    stages: settings.stages,
    tests: settings.tests,
    timeout: settings.timeout,
    witness: settings.witness,
    certify: settings.certificate === '' ? undefined : context.version,
    diffOnly: settings.diff || settings.patch !== '',
    review: settings.interactive ? await review(context) : null,
    allowed: settings.allowed,
    files: context.files,
    pid: context.pid,
    notice,
  })
  return { fixed, report: reportOn(context, fixed.found, fixed.findings) }
}

/** Refused: no terminal. Its libraries would slow down all others. */
async function review(context: Context): Promise<Review> {
  const { settings, stdin, stdout, request, files, pid, clearProgress } = context
  const { mustBeTerminal, screenOn } = await import('../review/prompts.js')
  mustBeTerminal({ stdin, stdout })
  const { reviewOn } = await import('../review/session.js')
  const say = async (text: string): Promise<void> => {
    clearProgress()
    await print(stdout, text)
  }
  const screen = screenOn({ stdin, stdout, signal: request.signal, color: isColored(context), print: say })
  const argv = context.argv.filter((arg) => !['-i', '--interactive', '--resume'].includes(arg))
  return reviewOn({ screen, resume: settings.resume, argv, files, pid })
}

/** With --diff, standard output is the patch and nothing else; people read the rest on standard error. */
async function show(report: Report, fixed: Fixed, context: Context, patchOnly: boolean): Promise<void> {
  const { settings, stdout, stderr } = context
  if (settings.format === 'json' || settings.format === 'sarif') {
    await print(
      stdout,
      await format(patchOnly ? report : withoutDiffs(report), fixed.found, context, { diffs: false, fixing: true }),
    )
  } else if (settings.diff) {
    if (!settings.quiet)
      await print(
        stderr,
        await format(report, fixed.found, { ...context, stdout: stderr }, { diffs: false, fixing: true }),
      )
    await print(stdout, fixed.diff)
  } else {
    await print(
      stdout,
      await format(report, fixed.found, context, { diffs: !settings.quiet && !settings.interactive, fixing: true }),
    )
  }
}

function withoutDiffs(report: Report): Report {
  return {
    ...report,
    findings: report.findings.map((finding) => {
      if (finding.fix === undefined) return finding
      const { diff: _, ...fix } = finding.fix
      return { ...finding, fix }
    }),
  }
}

function tally(report: Report): { applied: number; proposed: number } {
  const count = (status: string): number => report.findings.filter(({ fix }) => fix?.status === status).length
  return { applied: count('applied'), proposed: count('proposed') }
}
