// Records a review of the bundled service in a real terminal, and writes it to docs/review-run.txt. Needs tmux and a build.
import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { build, root } from './ready.mjs'

/** What is pressed at which fix: each key at the question that it answers. */
const KEYS = {
  'store.Store.links': ['w', 'y'],
  'limit.Limiter.buckets': ['4', 'y'],
  'visits.Log.days': ['h', 'y', 'y', 'y', 'n', 'y', 'y', 'y'],
  'probe.All.down': ['n'],
  'web.hits': ['3', 'y'],
}
const QUESTION = /\? \[[^\]]+\]\s*$/
const MINUTES = 30

build()
const base = mkdtempSync(join(tmpdir(), 'review-'))
const dir = join(base, 'linkd')
try {
  cpSync(join(root, 'examples/linkd'), dir, { recursive: true })
  for (const args of [
    ['init', '-q'],
    ['add', '-A'],
    ['commit', '-qm', 'linkd'],
  ])
    execFileSync(
      'git',
      ['-c', 'user.name=demo', '-c', 'user.email=demo@example.com', '-c', 'commit.gpgsign=false', ...args],
      { cwd: dir },
    )
  writeFileSync(join(base, 'conf'), 'set -g history-limit 50000\n')
  writeFileSync(join(base, 'mapfix'), `#!/bin/sh\nexec "${process.execPath}" "${join(root, 'bin/mapfix.js')}" "$@"\n`, {
    mode: 0o755,
  })
  writeFileSync(join(root, 'docs/review-run.txt'), page(await record()))
} finally {
  try {
    tmux('kill-server')
  } catch {
    // It has ended.
  }
  rmSync(base, { recursive: true, force: true })
}

async function record() {
  tmux('-f', join(base, 'conf'), 'new-session', '-d', '-x', '100', '-y', '50', '-c', dir, '/bin/sh')
  tmux('send-keys', '-l', `PS1='$ ' PATH=${base}:$PATH; clear`)
  tmux('send-keys', 'Enter')
  await said(/^\$$/m)
  await setTimeout(500)
  tmux('clear-history')
  tmux('send-keys', '-l', 'mapfix -i; git status --short')
  tmux('send-keys', 'Enter')
  const pressed = new Map()
  for (;;) {
    const text = await said(QUESTION, /\d s\n[\s\S]*\n\$ *$/)
    if (!QUESTION.test(text)) return text
    const name = [...text.matchAll(/^Fix \d+ of \d+\s+\S+ example\.com\/linkd\/(\S+)/gm)].at(-1)?.[1]
    const n = pressed.get(name) ?? 0
    pressed.set(name, n + 1)
    const key = /write it\?/.test(text.slice(-80)) ? 'y' : KEYS[name]?.[n]
    if (key === undefined) throw new Error(`no key for ${name} at\n${text.slice(-500)}`)
    tmux('send-keys', key)
    // The answer stands behind the question before the next is asked.
    for (let i = 0; i < 100 && (await whole()) === text; i++) await setTimeout(50)
  }
}

/** Waits until the terminal ends in one of these; returns all that was said. */
async function said(...ends) {
  for (let last = '', until = Date.now() + MINUTES * 60_000; Date.now() < until; await setTimeout(200)) {
    const text = await whole()
    // Twice the same: it is not in the middle of saying it.
    if (text === last && ends.some((end) => end.test(text))) return text
    last = text
  }
  throw new Error(`it does not end as it should:\n${await whole()}`)
}

async function whole() {
  return tmux('capture-pane', '-p', '-J', '-S', '-')
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .trimEnd()
}

function tmux(...args) {
  return execFileSync('tmux', ['-S', join(base, 'socket'), ...args], { encoding: 'utf8' })
}

function page(text) {
  return `A review, recorded: "mapfix -i" over the bundled service (examples/linkd), in a terminal of 100 columns, by scripts/record-review.mjs.
The key that answered stands behind each question. One fix is taken as it is, one as sharded, one as a lock beside the map, and
one declined; of one a hunk is declined, without which the rest does not stand, so it is taken whole.

${text.replace(/^(\$ PATH=.*\n)+/, '').replace(/\n\$ *$/, '')}
`
}
