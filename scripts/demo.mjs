// `npm run demo`: the main job on the bundled service, in a copy of it that goes away again.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build, install, root } from './ready.mjs'

install()
build()
const dir = mkdtempSync(join(tmpdir(), 'linkd-'))
let status = 2
try {
  status = demo()
} finally {
  rmSync(dir, { recursive: true, force: true })
}
process.exitCode = status

function demo() {
  cpSync(join(root, 'examples/linkd'), dir, { recursive: true })
  for (const args of [
    ['init', '-q'],
    ['add', '-A'],
    ['commit', '-qm', 'linkd'],
  ]) {
    if (
      run('git', ['-c', 'user.name=demo', '-c', 'user.email=demo@example.com', '-c', 'commit.gpgsign=false', ...args])
        .status !== 0
    )
      return 2
  }

  title('The service as it is: go test -race ./...')
  const before = run('go', ['test', '-race', './...'])
  console.log(brief(before.stdout))

  title('mapfix check ./...')
  mapfix(['check', './...'])

  title('mapfix ./...')
  const fixed = mapfix(['./...'])

  title('After: go test -race -count=5 ./...')
  const after = run('go', ['test', '-race', '-count=5', './...'])
  console.log(brief(after.stdout))
  title('What changed: git diff --stat')
  console.log(run('git', ['add', '-AN']).stdout + run('git', ['diff', '--stat']).stdout)

  const raced = before.stdout.includes('DATA RACE')
  const races = after.stdout.includes('DATA RACE')
  console.log(
    `Raced before: ${raced ? 'yes' : 'no'}. Races after: ${races ? 'yes' : 'no'}. The files under examples/ are as they were.`,
  )
  return raced && !races && after.status === 0 && fixed.status !== 2 ? 0 : 1
}

function mapfix(args) {
  return spawnSync(process.execPath, [join(root, 'bin/mapfix.js'), ...args], { cwd: dir, stdio: 'inherit' })
}

function run(command, args) {
  const result = spawnSync(command, args, { cwd: dir, encoding: 'utf8' })
  if (result.error) console.error(`cannot run ${command}: ${result.error.message}`)
  return { status: result.status, stdout: `${result.stdout ?? ''}${result.stderr ?? ''}` }
}

/** Verdicts, and the two accesses of each race. */
function brief(output) {
  const races = output.split('==================').filter((part) => part.includes('DATA RACE'))
  const frames = races.slice(0, 2).map((race) =>
    race
      .trim()
      .split(/\n\s*\n/)
      .slice(0, 2)
      .join('\n'),
  )
  const verdicts = output.split('\n').filter((line) => /^(ok|FAIL|---|\?)\s/.test(line))
  const more = races.length > 2 ? [`(and ${races.length - 2} more races)`] : []
  return [...frames, ...more, ...verdicts].join('\n')
}

function title(text) {
  console.log(`\n── ${text} ${'─'.repeat(Math.max(3, 76 - text.length))}\n`)
}
