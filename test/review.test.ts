import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from '@jest/globals'
import { applyEdits, hunks, lineEdits } from '../src/edit/index.js'
import { Interrupted } from '../src/errors.js'
import { type Fixed, fix } from '../src/fix.js'
import { accepted, begin, decide, PLANNED, recall, type State, take, tally } from '../src/review/decisions.js'
import { fixHunks, withoutHunks } from '../src/review/hunks.js'
import type { Key, Screen } from '../src/review/screen.js'
import { reviewOn } from '../src/review/session.js'
import type { SuggestedFix } from '../src/types.js'
import { nodeFiles } from '../src/write/files.js'
import { cleanUp, folder, git, mapfix, put, repository, tree } from './support/project.js'
import { SERVICE, STORE, TALLY } from './support/service.js'

afterAll(cleanUp)

const ITEMS = [
  { pkg: 'm/a', file: '/a/x.go' },
  { pkg: 'm/a', file: '/a/y.go' },
  { pkg: 'm/b', file: '/b/x.go' },
  { pkg: 'm/a', file: '/a/x.go' },
]

function verdicts({ decided }: State): string {
  return decided.map((d) => (d === null ? '.' : d.verdict === 'accepted' ? 'y' : 'n')).join('')
}

test.each<[string, Parameters<typeof decide>[1][], string, number]>([
  ['nothing is decided at first', [], '....', 0],
  ['one after the other', ['accept', 'decline'], 'yn..', 2],
  ['the rest of the package', ['accept package'], 'yy.y', 2],
  ['what was declined stays so', ['decline', 'accept package'], 'ny.y', 2],
  ['the rest of the file', ['decline file'], 'n..n', 1],
  ['undo takes back one decision', ['accept', 'decline', 'undo'], 'y...', 1],
  ['undo takes back all that one key decided', ['accept package', 'undo'], '....', 0],
  ['undo takes back no more than there was', ['undo', 'undo'], '....', 0],
  ['after the last there is nothing to decide', ['accept package', 'accept', 'decline'], 'yyyy', 4],
])('decisions: %s', (_, actions, want, at) => {
  const state = actions.reduce(decide, begin(ITEMS))
  expect([verdicts(state), state.at, state.end]).toEqual([want, at, null])
})

test('quitting keeps what was accepted, or nothing; the rest is not decided', () => {
  const state = decide(decide(begin(ITEMS), 'accept'), 'keep')
  expect([state.end, accepted(state), tally(state)]).toEqual(['keep', [0], { accepted: 1, declined: 0, left: 3 }])
  expect(decide(state, 'nothing').end).toBe('nothing')
})

test('a decision is about the form that was shown, and undoing it shows that again', () => {
  const sharded = { ...PLANNED, alternative: '4' }
  const state = decide(take(begin(ITEMS), sharded), 'accept')
  expect(state.decided[0]).toEqual({ verdict: 'accepted', variant: sharded })
  expect(decide(state, 'undo').variants[0]).toBe(sharded)
  expect(decide(state, 'decline').decided[1]).toEqual({ verdict: 'declined', variant: PLANNED })
})

test('what an earlier sitting decided cannot be undone', () => {
  const state = recall(begin(ITEMS), 1, { verdict: 'declined', variant: PLANNED })
  expect([verdicts(state), state.at]).toEqual(['.n..', 0])
  expect(verdicts(decide(state, 'undo'))).toBe('.n..')
})

test('hunks: edits of one function go together, imports with the file', () => {
  const edit = (start: number, newText: string) => ({ file: '/f.go', start, end: start, newText })
  const lock = edit(110, 's.mu.Lock()\n')
  const unlock = edit(190, 's.mu.Unlock()\n')
  const field = edit(50, 'mu sync.Mutex\n')
  const spec = edit(10, '\t"sync"\n')
  const planned: SuggestedFix = {
    kind: 'fix',
    message: '',
    edits: [unlock, spec, field, lock],
    added: new Map([['/new.go', 'package f\n']]),
    notes: [],
    compound: [],
    applicability: 'safe',
    transform: 'guard',
  }
  const found = fixHunks(planned, ({ start }) =>
    start < 100
      ? undefined
      : {
          key: 'f.T.Put',
          display: '(*T).Put',
          kind: 'method',
          exported: true,
          file: 0,
          span: [100, 200],
          body: [100, 200],
          doc: '',
          params: [],
          results: [],
          resultTypes: [],
          variadic: false,
          tparams: [],
          test: false,
          hasRecover: false,
          stmts: [],
        },
  )
  expect(found.map(({ what, edits }) => [what, edits])).toEqual([
    ['declarations', [field]],
    ['(*T).Put', [lock, unlock]],
    ['new file', []],
  ])
  const left = withoutHunks(planned, found, ['/f.go f.T.Put', '/new.go'])
  expect([left?.edits, left?.added.size]).toEqual([[spec, field], 0])
  expect(
    withoutHunks(
      planned,
      found,
      found.map(({ name }) => name),
    ),
  ).toBeNull()
})

test.each([
  ['a\nb\nc\n', 'a\nB\nc\nd\n'],
  ['', 'a\n'],
  ['a\nb', 'b\n'],
  ['a\r\nb\r\n', 'a\r\nc\r\nb\r\n'],
  ['x\n', 'x\n'],
])('edits of whole lines turn %j into %j', (before, after) => {
  const edits = lineEdits('f', before, after)
  expect(applyEdits(before, edits)).toBe(after)
  expect(edits.length > 0).toBe(hunks(before, after).length > 0)
})

/** A screen that presses keys in turn, and keeps all that was said and asked; after the last key it is closed. */
function pressing(
  keys: readonly string[],
  edits: readonly ((text: string) => string)[] = [],
): Screen & { text: string } {
  const left = [...keys]
  const edited = [...edits]
  return {
    text: '',
    color: false,
    width: 80,
    async say(text) {
      this.text += text
    },
    async ask(question, offered: readonly Key[]) {
      const key = left.shift()
      this.text += `${question} ${key}\n`
      if (key === undefined) throw new Interrupted()
      if (!offered.some((one) => one.key === key)) throw new Error(`${key} is not offered at "${question}"`)
      return key
    },
    async choose() {
      return 0
    },
    async edit(text) {
      return edited.shift()?.(text) ?? text
    },
  }
}

async function review(dir: string, screen: Screen, { resume = false, argv = ['./...'] } = {}): Promise<Fixed> {
  return fix({
    cwd: dir,
    env: process.env,
    patterns: ['./...'],
    tags: '',
    platforms: [],
    spawners: [],
    jobs: 0,
    evidence: null,
    selection: { only: [], skip: [], rules: [], noRules: [], select: 'findings', minConfidence: 'likely' },
    known: null,
    newFrom: '',
    signal: new AbortController().signal,
    progress: () => undefined,
    tempFolder: async (name) => folder({ [`${name}/.keep`]: '' }),
    plan: { transform: 'auto', style: 'wrapper', exported: 'refuse', emit: '', unsafeFixes: false },
    stages: new Set(['gofmt', 'build']),
    tests: 'affected',
    timeout: '2m',
    witness: 'off',
    diffOnly: false,
    review: reviewOn({ screen, resume, argv, files: nodeFiles, pid: process.pid }),
    allowed: { dirty: false, staged: false, noVcs: false },
    files: nodeFiles,
    pid: process.pid,
    notice: () => undefined,
  })
}

function statuses({ findings }: Fixed): Record<string, string> {
  return Object.fromEntries(findings.map(({ finding, fix: { status } }) => [finding.map?.object.name ?? '', status]))
}

test('an alternative is planned, proved and written, or refused with the reason; a fix that is declined is not written', async () => {
  const dir = await repository(SERVICE)
  const screen = pressing(['n', '1', '5', '3', 'y', 'y'])
  const fixed = await review(dir, screen)
  expect(statuses(fixed)).toEqual({ items: 'declined', seen: 'applied' })
  expect(readFileSync(join(dir, 'store/store.go'), 'utf8')).toBe(STORE)
  expect(readFileSync(join(dir, 'tally/tally.go'), 'utf8')).toContain('seenMu sync.')
  await fixed.committed?.keep()
  expect(await git(dir, 'status', '--short')).toBe(' M tally/tally.go\n')
  expect(screen.text).toMatch(/cannot be done as guard: tally\/tally\.go:3:5: .+/)
  expect(screen.text).toContain('taken as syncmap')
  expect(screen.text).toContain('1 accepted, 1 declined')
})

test('quitting with nothing leaves everything open', async () => {
  const dir = await repository(SERVICE)
  const fixed = await review(dir, pressing(['y', 'Q']))
  expect([fixed.committed, statuses(fixed)]).toEqual([null, { items: 'open', seen: 'open' }])
})

test('hunks: what does not stand says what it needs, and is taken whole or not at all', async () => {
  const dir = await repository(SERVICE)
  const screen = pressing(['h', 'y', 'n', 'y', 'q'])
  const fixed = await review(dir, screen)
  expect(screen.text).toContain('Hunk 2 of 2, (*Store).Has in store.go')
  expect(screen.text).toMatch(
    /the rest does not stand: it needs \(\*Store\)\.Has in store\.go\nmapfix would still find\nstore\/store\.go:\d+:\d+: .*\(inconsistent-guard\)/,
  )
  expect(statuses(fixed)).toEqual({ items: 'applied', seen: 'open' })
  expect(readFileSync(join(dir, 'store/store.go'), 'utf8').match(/RLock\(\)/g)).toHaveLength(3)
})

test('an edit is proved: one that does not build is not taken, and a sound one is written as it is', async () => {
  const dir = await repository(SERVICE)
  const screen = pressing(
    ['e', 'e', 'y', 'q'],
    [(text) => text.replace('return ok', 'return yes'), (text) => text.replace('return yes', 'return ok // asked')],
  )
  const fixed = await review(dir, screen)
  expect(screen.text).toMatch(/does not stand: build: .*undefined: yes/s)
  expect(screen.text).toContain('taken as you edited it')
  expect(statuses(fixed)).toEqual({ items: 'applied', seen: 'open' })
  expect(readFileSync(join(dir, 'store/store.go'), 'utf8')).toContain('return ok // asked')
})

test('a review that is cut short is continued, with the files unchanged and the arguments the same', async () => {
  const dir = await repository(SERVICE)
  const before = tree(dir)
  await expect(review(dir, pressing(['n']))).rejects.toThrow(Interrupted)
  expect(tree(dir)).toEqual(before)
  await expect(review(dir, pressing([]), { resume: true, argv: ['--only=x'] })).rejects.toThrow(
    'begun with other arguments',
  )
  const screen = pressing(['y', 'y'])
  const fixed = await review(dir, screen, { resume: true })
  expect(screen.text).toContain('Fix 2 of 2')
  expect(screen.text).not.toContain('Fix 1 of 2')
  expect(statuses(fixed)).toEqual({ items: 'declined', seen: 'applied' })
  await fixed.committed?.undo()
  await expect(review(dir, pressing([]), { resume: true })).rejects.toThrow('there is no review to continue here')
})

test('a review is not continued over files that changed', async () => {
  const dir = await repository(SERVICE)
  await expect(review(dir, pressing(['y']))).rejects.toThrow(Interrupted)
  put(dir, { 'tally/tally.go': `${TALLY}\n// more\n` })
  await git(dir, 'commit', '-qam', 'more')
  await expect(review(dir, pressing([]), { resume: true })).rejects.toThrow(
    /files have changed since that review.*tally\.go/s,
  )
})

test.each([
  [['-i', './...'], /needs a terminal.*--diff.*--patch=FILE.*--format=json/s],
  [['--resume'], /needs a terminal/],
  [['-i', '--diff'], /--diff prints it for others/],
  [['-i', '--format=json'], /--format=json prints it for others/],
  [['check', '-i'], /--interactive is for rewriting/],
])('%j without a terminal ends with status 2 and says what works', async (argv, message) => {
  const { code, stderr } = await mapfix(folder(SERVICE), argv)
  expect([code, stderr]).toEqual([2, expect.stringMatching(message)])
})
