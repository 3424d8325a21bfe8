/** `mapfix batch-unit FILE`: what `batch` starts for each unit. It reads a job, and prints what goes on and the answer, a line of JSON each. */

import type { Answer, UnitFinding, UnitStep } from '../batch/job.js'
import { fromRoot, readJob } from '../batch/jobfile.js'
import { messageOf } from '../batch/message.js'
import { ToolError, UserError } from '../errors.js'
import { runArguments } from './library.js'
import { print } from './output.js'
import type { Run } from './standalone.js'

/** Exit status 0 whenever it has said what became of the unit. It ends when its standard input does: whoever started it is gone. */
export async function batchUnit(argv: readonly string[], { io, version }: Run): Promise<number> {
  const job = await readJob(argv[0] ?? '')
  const stop = new AbortController()
  io.stdin.once('end', () => stop.abort())
  io.stdin.resume()
  io.signal?.addEventListener('abort', () => stop.abort())
  const say = (line: object): Promise<void> => print(io.stdout, `${JSON.stringify(line)}\n`)
  try {
    const { report, steps } = await runArguments(['--diff', ...job.argv], {
      dir: job.dir,
      env: io.env,
      signal: stop.signal,
      onEvent: ({ text }) => void say({ kind: 'progress', text }),
      wanted: job.findings === null ? null : new Set(job.findings),
    })
    // Where the worktree stood is nobody's business, and differs from run to run.
    const plain = (text: string): string => text.replaceAll(`${job.root}/`, '').replaceAll(job.root, '.')
    const place = (at: string): string => fromRoot(job, at.replace(/(:\d+){0,2}$/, ''))
    const findings = report.findings.map(
      (finding): UnitFinding => ({
        id: finding.id,
        rule: finding.rule,
        name: (finding.map ?? finding.subject)?.name ?? '',
        confidence: finding.confidence ?? '',
        status: finding.fix?.status ?? 'open',
        reason: plain(finding.fix?.reason ?? ''),
        file: place((finding.map ?? finding.subject)?.at ?? finding.at),
      }),
    )
    const made: UnitStep[] = []
    for (const { group, overlay } of await steps()) {
      const about = report.findings.filter(({ fix }) => fix?.group === group && fix.status === 'proposed')
      const ids = about.map(({ id }) => id)
      made.push({
        findings: ids,
        file: findings.find(({ id }) => id === ids[0])?.file ?? '',
        message: messageOf(about, version),
        files: [...overlay].map(([path, text]) => [fromRoot(job, path), text]),
      })
    }
    const answer: Answer = {
      go: report.go,
      packages: report.summary.packages,
      maps: report.summary.maps,
      errors: report.errors.map((error) => ({ ...error, message: plain(error.message) })),
      findings,
      steps: made,
    }
    await say({ kind: 'answer', answer })
  } catch (error) {
    if (!(error instanceof UserError || error instanceof ToolError)) throw error
    await say({ kind: 'error', message: error.message.replaceAll(`${job.root}/`, '').replaceAll(job.root, '.') })
  }
  io.stdin.destroy()
  return 0
}
