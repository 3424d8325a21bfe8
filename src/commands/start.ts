/** From the arguments of a command to what it works with. */
import { resolve } from 'node:path'
import { ownPid, ownVersion } from '../go/self.js'
import type { EvidenceRequest } from '../observations.js'
import { nodeFiles } from '../write/files.js'
import { realFolder } from '../write/lookup.js'
import { configure, knownFindings } from './configure.js'
import type { Context } from './context.js'
import type { Settings } from './flags.js'
import { type Io, signalOf, type Tools } from './io.js'

/** What a command with these flags, already read from `argv`, has to work with. Errors of the user's: its folder, its configuration. */
export async function contextOf(argv: readonly string[], flags: Settings, io: Io, tools: Tools): Promise<Context> {
  const files = io.files ?? nodeFiles
  const cwd = await realFolder(resolve(io.cwd, flags.dir), files)
  const settings = await configure(argv, flags, cwd, files)
  return {
    settings,
    request: {
      cwd,
      env: io.env,
      patterns: settings.operands.length > 0 ? settings.operands : ['./...'],
      tags: settings.tags,
      platforms: settings.platforms,
      spawners: settings.spawners,
      jobs: settings.jobs,
      evidence: evidenceOf(settings, cwd),
      selection: settings.selection,
      known: await knownFindings(settings, cwd, files),
      newFrom: settings.newFrom,
      signal: signalOf(io),
      progress: tools.say,
      tempFolder: tools.temp,
    },
    argv,
    stdin: io.stdin,
    stdout: io.stdout,
    stderr: io.stderr,
    files,
    pid: ownPid,
    version: await ownVersion(),
    elapsed: tools.elapsed,
    clearProgress: tools.clear,
  }
}

function evidenceOf({ evidence, onlyEvidence, evidenceRev, byLabel }: Settings, cwd: string): EvidenceRequest | null {
  if (evidence.length === 0) return null
  return { paths: evidence.map((path) => resolve(cwd, path)), only: onlyEvidence, rev: evidenceRev, label: byLabel }
}
