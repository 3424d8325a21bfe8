/** From fixes to branches, or patches. Nothing is pushed, and what somebody else made is never overwritten. */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { ToolError, UserError } from '../errors.js'
import { run } from '../go/run.js'
import { ownPid } from '../go/self.js'
import { nodeFiles } from '../write/files.js'
import { git, type Place } from '../write/git.js'
import { asMails, commitAll, setBranch, tipOf } from '../write/plumbing.js'
import { saveFile } from '../write/save.js'
import { type Ledger, madeKey } from './ledger.js'
import type { Branch } from './parts.js'
import type { MadeRecord } from './records.js'
import type { Trouble, TroubleKind } from './unit.js'

export interface Publishing {
  readonly output: 'branch' | 'patch'
  /** Absolute folder for patches. */
  readonly out: string
  /** Command for each branch or patch that was made; "" for none. */
  readonly exec: string
  readonly run: number
  readonly now: () => string
  /** For git's index. */
  readonly scratch: string
  readonly place: Place
}

/** What `--dry-run` shows and `--approve` asks about. */
export interface Preview {
  /** Branch, or path of the patch. */
  readonly name: string
  readonly repository: string
  readonly units: readonly string[]
  /** The subjects of the commits. */
  readonly subjects: readonly string[]
}

export function preview(branch: Branch, { output, out }: Pick<Publishing, 'output' | 'out'>): Preview {
  return {
    name: output === 'branch' ? branchName(branch) : patchFile(branch, out),
    repository: branch.repository,
    units: branch.shares.map(({ unit }) => unit.name),
    subjects: branch.shares.flatMap(({ steps }) => steps.map(({ message }) => message.split('\n', 1)[0] ?? '')),
  }
}

/** Whether an earlier run has made just this: there is nothing to do, and nothing to ask. */
export function isMade(branch: Branch, publishing: Publishing, { history }: Ledger): boolean {
  const { name, repository } = preview(branch, publishing)
  const before = history.made.get(madeKey({ repository, name }))
  const isDone = before?.state === 'made' && before.content === contentOf(branch)
  return isDone && (publishing.exec === '' || before.exec === 0)
}

/** Makes one branch or patch, and records it before and after. A branch that is not as mapfix left it is its trouble. */
export async function publish(branch: Branch, publishing: Publishing, ledger: Ledger): Promise<MadeRecord> {
  const { output, out, scratch, place, now } = publishing
  const { name, repository, units } = preview(branch, publishing)
  const before = ledger.history.made.get(madeKey({ repository, name }))
  const content = contentOf(branch)
  const record: MadeRecord = {
    kind: 'made',
    at: now(),
    run: publishing.run,
    state: 'making',
    name,
    repository,
    base: branch.base,
    tip: '',
    content,
    units: [...units],
    fixes: branch.shares.reduce((sum, { steps }) => sum + steps.length, 0),
    trouble: null,
    exec: null,
  }
  const end = async (last: Partial<MadeRecord>): Promise<MadeRecord> => {
    const made = { ...record, ...last, at: now() }
    await ledger.add(made)
    return made
  }
  try {
    const same = before?.content === content && (await isThere(repository, before.tip, place)) ? before : null
    const commits = branch.shares.flatMap(({ steps }) => steps)
    const tip = same?.tip ?? (await commitAll(repository, branch.base, commits, join(scratch, 'index'), place))
    if (same?.state !== 'made') {
      await ledger.add({ ...record, tip })
      if (output === 'branch') {
        const old = await tipOf(repository, name, place)
        if (old !== tip && old !== '' && old !== before?.tip)
          return await end({
            state: 'failed',
            trouble: trouble('branch', `the branch ${name} is there already`, 'delete or rename it'),
          })
        if (old !== tip) await setBranch(repository, name, tip, old, place)
      } else {
        if (!(await nodeFiles.exists(out))) await nodeFiles.mkdir(out)
        await saveFile(name, await asMails(repository, branch.base, tip, place), nodeFiles, ownPid)
      }
    }
    const exec = publishing.exec === '' ? null : await execute(branch, name, tip, publishing)
    if (exec === null || exec.code === 0) return await end({ state: 'made', tip, exec: exec?.code ?? null })
    const said = `"${publishing.exec}" ended with ${exec.code}: ${exec.stderr.trim().slice(-500)}`
    return await end({
      state: 'made',
      tip,
      exec: exec.code,
      trouble: trouble('command', said, 'mend it, and run batch again: what is made stays'),
    })
  } catch (error) {
    if (!(error instanceof UserError || error instanceof ToolError)) throw error
    return await end({
      state: 'failed',
      trouble: trouble('branch', error.message, 'mend that, and run batch again: nothing is done twice'),
    })
  }
}

function execute(
  branch: Branch,
  name: string,
  tip: string,
  { exec, output, place }: Publishing,
): ReturnType<typeof run> {
  const [first] = branch.shares
  return run('sh', ['-c', exec], {
    cwd: branch.repository,
    signal: place.signal,
    env: {
      ...place.env,
      MAPFIX_UNIT: branch.shares.map(({ unit }) => unit.name).join(' '),
      MAPFIX_OWNER: first?.unit.owner ?? '-',
      MAPFIX_DIR: first?.unit.dir ?? '',
      MAPFIX_REPOSITORY: branch.repository,
      MAPFIX_URL: first?.unit.url ?? '',
      MAPFIX_BASE: branch.base,
      MAPFIX_TIP: tip,
      MAPFIX_FIXES: String(branch.shares.reduce((sum, { steps }) => sum + steps.length, 0)),
      MAPFIX_BRANCH: output === 'branch' ? name : '',
      MAPFIX_PATCH: output === 'patch' ? name : '',
    },
  })
}

function branchName({ name }: Branch): string {
  return `mapfix/${name}`
}

function patchFile({ name }: Branch, out: string): string {
  return join(out, `${name}.patch`)
}

function contentOf(branch: Branch): string {
  const commits = branch.shares.flatMap(({ steps }) => steps.map(({ message, files }) => [message, files]))
  return createHash('sha256')
    .update(JSON.stringify([branch.base, commits]))
    .digest('hex')
}

async function isThere(repository: string, commit: string, place: Place): Promise<boolean> {
  if (commit === '') return false
  return (await git(['cat-file', '-e', `${commit}^{commit}`], repository, place))?.code === 0
}

function trouble(kind: TroubleKind, message: string, advice: string): Trouble {
  return { kind, message, advice }
}
