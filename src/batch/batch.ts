/** The story of a batch: units → children → answers → branches, with every step in the ledger. */
import { createHash } from 'node:crypto'
import { Interrupted } from '../errors.js'
import type { Env } from '../go/env.js'
import { ownPid } from '../go/self.js'
import { removeTree } from '../write/copy.js'
import type { Place } from '../write/git.js'
import { removeStale } from '../write/worktrees.js'
import { type Answers, answersIn } from './answers.js'
import { type Source, unitsOf } from './discover.js'
import type { Answer } from './job.js'
import { type Ledger, lastOf, openLedger, unitKey } from './ledger.js'
import { type Branch, branchesOf, type Shape } from './parts.js'
import { type Picking, pick } from './pick.js'
import { isMade, type Preview, preview, publish } from './publish.js'
import type { MadeRecord, RunRecord, UnitRecord } from './records.js'
import { type Asked, type Runner, type RunnerOptions, startLocal } from './runner.js'
import { treeAt } from './trees.js'
import { isLasting, slugs, type Trouble, troubleOf, type Unit } from './unit.js'

export interface BatchRequest extends Shape, Picking {
  readonly sources: readonly Source[]
  /** Flags for every unit. */
  readonly flags: readonly string[]
  readonly env: Env
  readonly version: string
  readonly jobs: number
  /** Bytes, for all units that run at one time. */
  readonly memory: number
  readonly unitTimeoutMs: number
  readonly output: 'branch' | 'patch'
  /** Absolute folder for patches. */
  readonly out: string
  readonly dryRun: boolean
  /** Command for each branch or patch that was made; "" for none. */
  readonly exec: string
  /** One decision for each branch or patch; null makes all. */
  readonly approve: ((preview: Preview) => Promise<boolean>) | null
  /** Absolute path. */
  readonly ledger: string
  /** Go on where the last run was cut short: at the commits of then. */
  readonly resume: boolean
  /** Repeat what failed. */
  readonly retry: boolean
  /** What --resume is to repeat. */
  readonly argv: readonly string[]
  readonly cwd: string
  /** Folder for worktrees, removed at the end. */
  readonly work: string
  readonly signal: AbortSignal
  readonly onEvent: (event: BatchEvent) => void
  /** Who runs the units: this machine, or those that take them from a queue. */
  readonly runner?: ((options: RunnerOptions) => Promise<Runner>) | undefined
}

export type BatchEvent =
  | { readonly kind: 'units'; readonly units: readonly Unit[]; readonly todo: number }
  | { readonly kind: 'started'; readonly unit: string }
  | { readonly kind: 'progress'; readonly unit: string; readonly text: string }
  | { readonly kind: 'unit'; readonly record: UnitRecord; readonly again: boolean }
  | { readonly kind: 'preview'; readonly preview: Preview }
  | { readonly kind: 'made'; readonly record: MadeRecord }

export interface BatchResult {
  readonly units: readonly UnitRecord[]
  /** Branches and patches that this run made or tried to. */
  readonly made: readonly MadeRecord[]
  /** What --dry-run would have made, and what was not approved. */
  readonly notMade: readonly Preview[]
}

/** Runs a batch. Troubles of units are their records; thrown are only errors of the whole: the ledger, the disk, an interruption. */
export async function runBatch(request: BatchRequest): Promise<BatchResult> {
  const place: Place = { env: gitEnv(request.env), signal: request.signal }
  const ledger = await openLedger(request.ledger)
  const last = ledger.history.runs.at(-1)
  try {
    const pins = new Map(request.resume ? last?.units.map(({ repository, commit }) => [repository, commit]) : [])
    const units = await pick(await unitsOf(request.sources, place, pins), request, place)
    if (last !== undefined && !ledger.history.ended.has(last.run)) await clean(last, place)
    const run = (last?.run ?? 0) + 1
    await ledger.add({
      kind: 'run',
      at: now(),
      run,
      mapfix: request.version,
      pid: ownPid,
      work: request.work,
      argv: [...request.argv],
      cwd: request.cwd,
      units: units.map(({ name, repository, commit, owner }) => ({ name, repository, commit, owner })),
    })
    const result = await new Batch(request, place, ledger, await answersIn(ledger.folder), run).over(units)
    await ledger.add({ kind: 'end', at: now(), run, status: statusOf(result) })
    return result
  } finally {
    await ledger.close()
  }
}

/** 0 when nothing is left to do, else 1. */
export function statusOf({ units, made, notMade }: BatchResult): number {
  const done = units.every(({ state }) => state === 'clean' || state === 'fixed')
  return done && made.every(({ trouble }) => trouble === null) && notMade.length === 0 ? 0 : 1
}

class Batch {
  private readonly records = new Map<Unit, UnitRecord>()

  constructor(
    private readonly request: BatchRequest,
    private readonly place: Place,
    private readonly ledger: Ledger,
    private readonly answers: Answers,
    private readonly run: number,
  ) {}

  async over(units: readonly Unit[]): Promise<BatchResult> {
    const { request, place } = this
    const waiting: Asked[] = []
    const before = lastOf(this.ledger.history.units)
    for (const unit of units) {
      const old = before.get(unitKey({ repository: unit.repository, unit: unit.name }))
      const key = this.keyOf(unit)
      const retry = request.retry && old?.state === 'failed'
      const answer = unit.trouble === null && !retry ? await this.answers.read(key) : null
      const known =
        unit.trouble ?? (old?.key === key && !retry && old.trouble && isLasting(old.trouble) ? old.trouble : null)
      if (answer !== null) await this.settle(unit, answer, old ?? null)
      else if (known !== null) await this.fail(unit, known, old ?? null)
      else waiting.push({ unit, findings: null, flags: request.flags })
    }
    request.onEvent({ kind: 'units', units, todo: waiting.length })
    const runner = await (request.runner ?? startLocal)({
      env: place.env,
      jobs: request.jobs,
      memory: request.memory,
      unitTimeoutMs: request.unitTimeoutMs,
      work: request.work,
      signal: request.signal,
    })
    try {
      await this.ask(runner, waiting)
      const branches = await this.branches(units)
      const parts = await this.proveParts(runner, branches)
      return await this.publish(units, parts)
    } finally {
      await runner.close()
    }
  }

  /** Has units run, and keeps what comes of them. */
  private async ask(runner: Runner, waiting: readonly Asked[]): Promise<void> {
    const { onEvent, signal } = this.request
    await runner.run(waiting, {
      started: async ({ unit }) => {
        onEvent({ kind: 'started', unit: unit.name })
        await this.record(unit, { state: 'running' })
      },
      progress: ({ unit }, text) => onEvent({ kind: 'progress', unit: unit.name, text }),
      ended: async ({ unit, findings }, ended, seconds) => {
        if (ended.kind === 'answer') {
          await this.answers.save(this.keyOf(unit, findings), ended.answer)
          if (findings === null) await this.settle(unit, ended.answer, null, { seconds, peak: ended.peak })
        } else await this.fail(unit, ended.trouble, null, { seconds, peak: ended.peak })
      },
    })
    if (signal.aborted) throw new Interrupted()
  }

  private async branches(units: readonly Unit[]): Promise<Branch[]> {
    const names = slugs(units.map(({ name }) => name))
    const fixes: Parameters<typeof branchesOf>[0][number][] = []
    for (const unit of units) {
      const answer = unit.trouble === null ? await this.answers.read(this.keyOf(unit)) : null
      if (answer === null || answer.steps.length === 0) continue
      const { owners } = await treeAt(unit.repository, unit.commit, this.place)
      fixes.push({ unit, steps: answer.steps, owners: unit.isOwnerGiven ? () => unit.owner : owners })
    }
    return branchesOf(fixes, this.request, (unit) => names.get(unit) ?? unit)
  }

  /** A branch that has some of a unit's fixes has them as they are without the others: made and proved anew. */
  private async proveParts(runner: Runner, branches: readonly Branch[]): Promise<Branch[]> {
    const idsOf = (steps: Branch['shares'][number]['steps']): string[] => steps.flatMap(({ findings }) => findings)
    const parts = branches.flatMap(({ shares }) => shares.filter(({ isPart }) => isPart))
    const waiting: Asked[] = []
    for (const { unit, steps } of parts) {
      const findings = idsOf(steps)
      if ((await this.answers.read(this.keyOf(unit, findings))) === null)
        waiting.push({ unit, findings, flags: this.request.flags })
    }
    await this.ask(runner, waiting)
    const proved: Branch[] = []
    for (const branch of branches) {
      const shares: Branch['shares'][number][] = []
      for (const share of branch.shares) {
        const answer = share.isPart ? await this.answers.read(this.keyOf(share.unit, idsOf(share.steps))) : null
        const steps = share.isPart ? (answer?.steps ?? []) : share.steps
        if (steps.length > 0) shares.push({ ...share, steps })
      }
      if (shares.length > 0) proved.push({ ...branch, shares })
    }
    return proved
  }

  private async publish(units: readonly Unit[], branches: readonly Branch[]): Promise<BatchResult> {
    const { request, place, ledger, run } = this
    const publishing = { ...request, run, now, scratch: request.work, place }
    const made: MadeRecord[] = []
    const notMade: Preview[] = []
    for (const branch of branches) {
      if (request.signal.aborted) throw new Interrupted()
      if (isMade(branch, publishing, ledger)) continue
      const shown = preview(branch, publishing)
      request.onEvent({ kind: 'preview', preview: shown })
      if (request.dryRun || (request.approve !== null && !(await request.approve(shown)))) {
        notMade.push(shown)
        continue
      }
      const record = await publish(branch, publishing, ledger)
      made.push(record)
      request.onEvent({ kind: 'made', record })
      if (record.trouble !== null)
        for (const { unit } of branch.shares) await this.record(unit, { state: 'failed', trouble: record.trouble })
    }
    return { units: units.flatMap((unit) => this.records.get(unit) ?? []), made, notMade }
  }

  /** What an answer says of its unit. `old` is the record it has already: the same again is not written. */
  private async settle(
    unit: Unit,
    answer: Answer,
    old: UnitRecord | null,
    cost: Partial<UnitRecord> = {},
  ): Promise<void> {
    const [error] = answer.errors
    const trouble = error === undefined ? null : broken(`${error.package}: ${error.message}`)
    const isFixed = answer.findings.every(({ status }) => status === 'proposed')
    const state = trouble ? 'failed' : answer.findings.length === 0 ? 'clean' : isFixed ? 'fixed' : 'left'
    const findings = answer.findings.map(({ id, rule, name, status }) => ({
      id,
      rule,
      name,
      status,
      owner: unit.owner,
    }))
    await this.record(unit, { state, trouble, findings, packages: answer.packages, maps: answer.maps, ...cost }, old)
  }

  private async fail(
    unit: Unit,
    trouble: Trouble,
    old: UnitRecord | null,
    cost: Partial<UnitRecord> = {},
  ): Promise<void> {
    await this.record(unit, { state: 'failed', trouble, ...cost }, old)
  }

  private async record(unit: Unit, what: Partial<UnitRecord>, old: UnitRecord | null = null): Promise<void> {
    const base = this.records.get(unit) ?? {
      packages: 0,
      maps: 0,
      findings: [],
      trouble: null,
      seconds: old?.seconds ?? 0,
      peak: old?.peak ?? 0,
    }
    const { repository, commit, owner, name } = unit
    const identity = {
      kind: 'unit' as const,
      at: now(),
      run: this.run,
      unit: name,
      repository,
      commit,
      key: this.keyOf(unit),
      owner,
    }
    const record: UnitRecord = { ...base, state: 'failed', ...what, ...identity }
    await this.ledger.add(record)
    if (record.state === 'running') return
    this.records.set(unit, record)
    this.request.onEvent({ kind: 'unit', record, again: old !== null })
  }

  /** Equal keys, equal outcomes. */
  private keyOf(
    { repository, commit, dir, packages, flags, env }: Unit,
    findings: readonly string[] | null = null,
  ): string {
    const all = [this.request.version, repository, commit, dir, packages, this.request.flags, flags, env, findings]
    return createHash('sha256').update(JSON.stringify(all)).digest('hex').slice(0, 32)
  }
}

function broken(message: string): Trouble {
  const known = troubleOf(message)
  return known.kind === 'failed'
    ? { ...known, kind: 'broken', advice: 'make it compile; fixes of packages that do are made all the same' }
    : known
}

/** Removes what a run that was killed left of its worktrees. */
async function clean({ work, units }: RunRecord, place: Place): Promise<void> {
  for (const repository of new Set(units.map((unit) => unit.repository)))
    if (repository !== '') await removeStale(repository, work, place)
  await removeTree(work)
}

/** Variables that would lead git into another repository than the folder's, or have it ask somebody. */
function gitEnv(env: Env): Env {
  const { GIT_DIR: _d, GIT_WORK_TREE: _w, GIT_INDEX_FILE: _i, GIT_PREFIX: _p, ...rest } = env
  return { ...rest, GIT_TERMINAL_PROMPT: '0' }
}

function now(): string {
  return new Date().toISOString()
}
