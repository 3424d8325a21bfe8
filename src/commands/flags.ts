/** The flags, as commander reads them and as the commands use them. */
import { type Command, Option } from 'commander'
import type { Config } from '../config/config.js'
import { UserError } from '../errors.js'
import { didYouMean } from '../nearest.js'
import { STAGES, type Stage } from '../prove/stages.js'
import type { Selection } from '../select.js'
import { type Arguments, commandOf, readArguments } from './arguments.js'
import {
  annotated,
  count,
  emitted,
  goDuration,
  kebab,
  list,
  oneOf,
  platforms,
  readStages,
  ruleNames,
  transformName,
} from './values.js'

export type CommandName = 'fix' | 'check' | 'explain' | 'init' | 'help' | 'version'

export interface Settings {
  readonly command: CommandName
  /** What follows the command: packages; for explain, a name first. */
  readonly operands: readonly string[]
  readonly format: 'pretty' | 'json' | 'sarif' | 'github' | 'vet' | 'markdown' | 'csv'
  /** Files for the report as a page, and as Markdown; "" without. */
  readonly html: string
  readonly summary: string
  readonly selection: Selection
  /** Configuration file, "" for the one that is found. */
  readonly config: string
  /** File of known findings, "" without; written anew with `updateSuppressions`. */
  readonly suppressions: string
  readonly updateSuppressions: boolean
  /** Revision to compare with, "" for none. */
  readonly newFrom: string
  /** A name, or the path of a module of the user's. */
  readonly transform: string
  readonly style: 'wrapper' | 'inline'
  readonly exported: 'refuse' | 'rewrite'
  /** Where wrappers go: "package", a path within the module, or "" for what fits the map. */
  readonly emit: string
  readonly unsafeFixes: boolean
  /** The analyzer that guarded fields get comments for, "" for none. */
  readonly annotate: 'checklocks' | ''
  readonly stages: ReadonlySet<Stage>
  readonly tests: 'affected' | 'package' | 'all'
  readonly timeout: string
  readonly witness: 'temp' | 'keep' | 'off'
  /** Ask about each fix; with `resume`, go on with such a review. */
  readonly interactive: boolean
  readonly resume: boolean
  readonly diff: boolean
  /** File for the certificate of the proof, "" without. */
  readonly certificate: string
  /** File to save the patch in, "" without. */
  readonly patch: string
  readonly allowed: { readonly dirty: boolean; readonly staged: boolean; readonly noVcs: boolean }
  readonly tags: string
  /** "windows/amd64": platforms whose files are rewritten, too. */
  readonly platforms: readonly string[]
  /** Functions that run their function arguments concurrently, as the configuration names them. */
  readonly spawners: readonly string[]
  /** Folder to work in, "" for the current one. */
  readonly dir: string
  readonly jobs: number
  /** Files and folders of what was seen of the program running. */
  readonly evidence: readonly string[]
  readonly onlyEvidence: boolean
  /** The commit that the program was built at, "" for what the evidence says. */
  readonly evidenceRev: string
  /** The label by which profiles are split, "" for none. */
  readonly byLabel: string
  readonly quiet: boolean
  readonly verbose: boolean
  readonly color: 'auto' | 'always' | 'never'
  /** For `explain --rule=RULE`. */
  readonly rule: string
}

/** Flags with a fixed set of values, the default first. */
const CHOICES = {
  format: ['pretty', 'json', 'sarif', 'github', 'vet', 'markdown', 'csv'],
  select: ['findings', 'shared', 'all'],
  'min-confidence': ['likely', 'possible', 'proven'],
  style: ['wrapper', 'inline'],
  exported: ['refuse', 'rewrite'],
  'validate-tests': ['affected', 'package', 'all'],
  witness: ['temp', 'keep', 'off'],
  color: ['auto', 'always', 'never'],
} as const

const COMMANDS = ['check', 'explain', 'batch', 'worker', 'collect', 'init', 'verify', 'lsp', 'help']
/** Flags that only a rewrite can use. */
const FIX_ONLY = [
  'transform',
  'style',
  'exported',
  'emit',
  'annotate',
  'unsafeFixes',
  'validate',
  'validateTests',
  'witness',
  'timeout',
  'diff',
  'patch',
  'certificate',
  'interactive',
  'resume',
  'allowDirty',
  'allowStaged',
  'allowNoVcs',
]

/** Reads the arguments; where they say nothing, the configuration does. Refused, naming what was probably meant: unknown commands, flags and values. */
export function readFlags(argv: readonly string[], config: Config = {}): Settings {
  const flags = readArguments(define(), argv, 'mapfix --help lists the flags')
  const { text, texts, on } = flags
  const { command, operands } = readCommand(flags.operands, on)
  if (command === 'check' || command === 'explain' || command === 'init') {
    const misplaced = FIX_ONLY.find((name) => flags.has(name))
    if (misplaced !== undefined)
      throw new UserError(`--${kebab(misplaced)} is for rewriting: ${command} changes nothing`)
  }
  const report = ['html', 'summary'].find((name) => flags.has(name))
  if (report !== undefined && (command === 'explain' || command === 'init'))
    throw new UserError(`--${report} is for findings: ${command} reports none`)
  if (on('updateSuppressions') && command !== 'check') throw new UserError('--update-suppressions is for check')
  if (on('interactive') || on('resume')) refuseBeside(text('format'), on)
  refuseAlone(flags, command)
  const all = text('validate') === '' ? [...STAGES] : list(text('validate'))
  return {
    command,
    operands,
    format: oneOf('format', text('format'), CHOICES.format),
    html: text('html'),
    summary: text('summary'),
    selection: {
      only: list(text('only')),
      skip: either(list(text('skip')), config.skip),
      rules: either(ruleNames('--rules', text('rules')), config.rules),
      noRules: either(ruleNames('--no-rules', text('noRules')), config.noRules),
      select: oneOf('select', text('select'), CHOICES.select),
      minConfidence: oneOf(
        'min-confidence',
        text('minConfidence') || (config.minConfidence ?? ''),
        CHOICES['min-confidence'],
      ),
    },
    config: text('config'),
    suppressions: text('suppressions') || (config.suppressions ?? ''),
    updateSuppressions: on('updateSuppressions'),
    newFrom: text('newFromRev'),
    transform: transformName(text('transform') || (config.transform ?? '')),
    style: oneOf('style', text('style') || (config.style ?? ''), CHOICES.style),
    exported: oneOf('exported', text('exported') || (config.exported ?? ''), CHOICES.exported),
    emit: emitted(text('emit') || (config.emit ?? '')),
    unsafeFixes: on('unsafeFixes'),
    annotate: annotated(text('annotate')),
    stages: readStages(all),
    tests: oneOf('validate-tests', text('validateTests'), CHOICES['validate-tests']),
    timeout: goDuration(text('timeout') || '2m'),
    witness: oneOf('witness', text('witness'), CHOICES.witness),
    interactive: on('interactive') || on('resume'),
    resume: on('resume'),
    diff: on('diff'),
    certificate: text('certificate'),
    patch: text('patch'),
    allowed: { dirty: on('allowDirty'), staged: on('allowStaged'), noVcs: on('allowNoVcs') },
    tags: either(list(text('tags')), config.tags).join(','),
    platforms: platforms(text('platforms')),
    spawners: config.spawners ?? [],
    dir: text('C'),
    jobs: count('jobs', text('jobs'), 0),
    evidence: texts('evidence'),
    onlyEvidence: on('onlyEvidence'),
    evidenceRev: text('evidenceRev'),
    byLabel: text('byLabel'),
    quiet: on('quiet'),
    verbose: on('verbose'),
    color: oneOf('color', text('color'), CHOICES.color),
    rule: ruleNames('--rule', text('rule'))[0] ?? '',
  }
}

function define(): Command {
  const program = commandOf('mapfix').allowExcessArguments()
  program.option('-h, --help').option('--version')
  for (const name of ['transform', ...Object.keys(CHOICES)]) program.option(`--${name} <value>`)
  for (const name of [
    'only',
    'skip',
    'rules',
    'rule',
    'emit',
    'annotate',
    'validate',
    'timeout',
    'patch',
    'certificate',
    'html',
    'summary',
    'tags',
    'platforms',
    'jobs',
    'evidence-rev',
    'by-label',
    'suppressions',
    'new-from-rev',
    'config',
  ])
    program.option(`--${name} <value>`)
  for (const name of [
    'unsafe-fixes',
    'resume',
    'diff',
    'allow-dirty',
    'allow-staged',
    'allow-no-vcs',
    'quiet',
    'verbose',
    'update-suppressions',
    'only-evidence',
  ])
    program.option(`--${name}`)
  program.option('--evidence <path>', '', (path, before: readonly string[] = []) => [...before, path])
  program.option('-i, --interactive').option('-C <dir>').addOption(new NoRules()).argument('[args...]')
  return program
}

/** To commander "--no-x" is the negation of "--x"; this one has values of its own. */
class NoRules extends Option {
  constructor() {
    super('--no-rules <value>')
    this.negate = false
  }
  override attributeName(): string {
    return 'noRules'
  }
}

function readCommand(
  args: readonly string[],
  on: (name: string) => boolean,
): { command: CommandName; operands: readonly string[] } {
  const [first = '', ...rest] = args
  if (on('help') || first === 'help') return { command: 'help', operands: [] }
  if (on('version')) return { command: 'version', operands: [] }
  if (first === 'check' || first === 'explain' || first === 'init') return { command: first, operands: rest }
  const meant = /^[a-z]+$/.test(first) ? didYouMean(first, COMMANDS) : ''
  if (meant !== '') throw new UserError(`there is no command ${first}${meant}\n  a package of that name is ./${first}`)
  return { command: 'fix', operands: args }
}

/** A review has the terminal to itself. */
function refuseBeside(format: string, on: (name: string) => boolean): void {
  const other = on('diff') ? '--diff' : format !== '' && format !== 'pretty' ? `--format=${format}` : ''
  if (other !== '')
    throw new UserError(
      `-i shows the patch on the terminal, and ${other} prints it for others: give one of them\n  --patch=FILE saves what a review accepts`,
    )
}

/** Flags about evidence want some, and a command that looks at it. */
function refuseAlone(flags: Arguments, command: CommandName): void {
  const given = flags.has('evidence')
  if (given && command !== 'check' && command !== 'fix')
    throw new UserError(`--evidence is for check and for rewriting, not for ${command}`)
  const format = flags.text('format')
  if ((format === 'markdown' || format === 'csv') && !given)
    throw new UserError(`--format=${format} is about evidence: it needs --evidence=FILE`)
  for (const name of ['onlyEvidence', 'evidenceRev', 'byLabel'])
    if (flags.has(name) && !given) throw new UserError(`--${kebab(name)} needs --evidence=FILE: what was seen`)
}

/** The flag's list, or where that is empty the configuration's. */
function either(flag: readonly string[], config: readonly string[] = []): readonly string[] {
  return flag.length > 0 ? flag : config
}
