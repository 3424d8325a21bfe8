/** `mapfix verify FILE`: whether the tree is what a certificate says was proved. */
import { resolve } from 'node:path'
import { UserError } from '../errors.js'
import { printable } from '../evidence/lines.js'
import { findGo } from '../go/env.js'
import { counted } from '../quantity.js'
import type { Certificate } from '../report/certificate.js'
import type { VerifyReport } from '../report/verified.js'
import { differences, proveAgain, readCertificate } from '../verification.js'
import { readText } from '../write/digest.js'
import { nodeFiles } from '../write/files.js'
import { realFolder } from '../write/lookup.js'
import { commandOf, readArguments } from './arguments.js'
import { print } from './output.js'
import type { Run, Standalone } from './standalone.js'
import { count, oneOf } from './values.js'

const HELP = `mapfix verify FILE    is the tree what this certificate says was proved?

  Stand where mapfix stood when it wrote the certificate (--certificate=FILE), or name that folder with -C.
  --rerun       prove it again: runs the tests of the tree, and those that the certificate has
  -C DIR   --jobs=N   --format=pretty|json   --quiet   --verbose

Exit status: 0 it is, 1 something differs (or the proof fails), 2 it could not be done, 130 interrupted.
`

/** Files shown to people: json has them all. */
const SHOWN = 20

/** Exit status: 0 where nothing differs and, with --rerun, the proof holds again; else 1. Errors of the user's: flags, and a file that is no certificate. */
export const verify: Standalone = async (argv, run) => {
  const flags = readFlags(argv)
  if (flags.help) {
    await print(run.io.stdout, HELP)
    return 0
  }
  const cwd = await realFolder(resolve(run.io.cwd, flags.dir), run.io.files ?? nodeFiles)
  const path = resolve(run.io.cwd, flags.file)
  const text = await readText(path)
  if (text === null) throw new UserError(`cannot read ${flags.file}: no such file, or none that may be read`)
  const certificate = readCertificate(flags.file, text)
  const differs = await differences(certificate, cwd)
  const rerun = flags.rerun && differs.length === 0 ? await again(certificate, cwd, flags.jobs, run) : null
  run.clear()
  const report: VerifyReport = {
    schema: 1,
    certificate: flags.file,
    tool: certificate.tool,
    files: Object.keys(certificate.sources).length,
    fixes: certificate.fixes.length,
    differs,
    rerun,
  }
  await print(run.io.stdout, flags.json ? `${JSON.stringify(report, null, 2)}\n` : pretty(report))
  return differs.length === 0 && rerun?.failed !== true ? 0 : 1
}

async function again(certificate: Certificate, cwd: string, jobs: number, run: Run): Promise<VerifyReport['rerun']> {
  const { env, signal } = run.io
  const go = await findGo({ cwd, env, signal })
  const folders = { copy: await run.temp('copy'), scratch: await run.temp('tmp') }
  const place = { go, cwd, env, tags: certificate.tags, platforms: [], jobs, signal }
  const proof = await proveAgain(certificate, place, folders, run.say)
  const lost =
    proof.kind === 'proved'
      ? [...proof.witnesses].flatMap(([{ test }, red]) => (red.kind === 'none' ? [`${test}: ${red.why}`] : []))
      : []
  const reason = proof.kind === 'failed' ? `${proof.stage}: ${proof.output}` : lost.join('\n')
  return { failed: reason !== '', reason, validation: proof.validation }
}

function pretty({ certificate, files, fixes, differs, rerun }: VerifyReport): string {
  const head = `${printable(certificate)}: ${counted(fixes, 'fix')}, ${files} sources`
  if (differs.length > 0) {
    const shown = differs.slice(0, SHOWN).map(({ path, what }) => `  ${printable(path)} ${what}\n`)
    const more = differs.length > SHOWN ? `  and ${differs.length - SHOWN} more\n` : ''
    return `${head}; this is not what was proved:\n${shown.join('')}${more}`
  }
  if (rerun === null) return `${head}: the tree is what was proved\n`
  const stages = Object.entries(rerun.validation).filter(([, result]) => result !== 'off')
  const proof = `  proof: ${stages.map(([stage, result]) => `${stage} ${result}`).join(', ')}\n`
  if (!rerun.failed) return `${head}: the tree is what was proved, and proved again\n${proof}`
  const why = rerun.reason.split('\n').map((line) => `  ${printable(line)}\n`)
  return `${head}: the tree is what was proved, but the proof does not hold\n${proof}${why.join('')}`
}

interface Flags {
  readonly file: string
  readonly dir: string
  readonly rerun: boolean
  readonly json: boolean
  readonly jobs: number
  readonly help: boolean
}

function readFlags(argv: readonly string[]): Flags {
  const program = commandOf('verify').option('-h, --help').option('-C <dir>').option('--rerun').option('--jobs <n>')
  program.option('--format <name>').option('--quiet').option('--verbose').argument('[file]').argument('[more...]')
  const { operands, text, on } = readArguments(program, argv, 'mapfix verify --help lists the flags')
  const [file = '', ...more] = operands
  const help = on('help')
  if (!help && (file === '' || more.length > 0)) throw new UserError('verify takes one certificate: mapfix verify FILE')
  return {
    file,
    dir: text('C'),
    rerun: on('rerun'),
    json: oneOf('format', text('format'), ['pretty', 'json']) === 'json',
    jobs: count('jobs', text('jobs'), 0),
    help,
  }
}
