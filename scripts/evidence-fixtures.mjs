// Records what real Go says of a racy program: `node scripts/evidence-fixtures.mjs [VERSION …]` builds test/evidence/racy with
// each toolchain (fetched by the go command), crashes it, races it, profiles it, and leaves what it printed in
// test/evidence/recorded/. Folders of the machine it ran on are written as those of a continuous integration.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { root } from './ready.mjs'

const VERSIONS = ['go1.18.10', 'go1.20.14', 'go1.21.13', 'go1.23.12', 'go1.24.13', 'go1.26.8']
/** Profiles differ less from version to version: before and after maps were made anew. */
const PROFILED = ['go1.21.13', 'go1.26.8']

const scratch = mkdtempSync(join(tmpdir(), 'evidence-'))
const source = join(scratch, 'racy')
cpSync(join(root, 'test/evidence/racy'), source, { recursive: true })
try {
  for (const version of process.argv.length > 2 ? process.argv.slice(2) : VERSIONS) record(version)
} finally {
  rmSync(scratch, { recursive: true, force: true })
}

function record(version) {
  const folder = join(root, 'test/evidence/recorded', version)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const run = (command, args, env = {}) =>
    spawnSync(command, args, { cwd: source, encoding: 'utf8', env: { ...process.env, GOTOOLCHAIN: version, ...env } })
  const goroot = run('go', ['env', 'GOROOT']).stdout.trim()
  const save = (name, text) =>
    writeFileSync(
      join(folder, name),
      text.replaceAll(source, '/home/ci/racy').replaceAll(goroot, '/usr/local/go').replaceAll(scratch, '/home/ci'),
    )
  const binary = join(scratch, 'racy.bin')
  const built = run('go', ['build', '-o', binary, '.'])
  if (built.status !== 0) throw new Error(`${version}: ${built.stderr}`)
  for (const how of ['writes', 'read', 'iteration'])
    save(`${how}.txt`, run(binary, [how], { GOTRACEBACK: 'all' }).stderr)
  const tests = ['test', '-race', '-count=1', './store']
  save('race.txt', run('go', tests, { GORACE: 'history_size=7' }).stdout)
  if (!PROFILED.includes(version)) return
  save('race.jsonl', run('go', [...tests, '-json', '-run=TestPutGet']).stdout)
  run('go', ['build', '-trimpath', '-o', binary, '.'])
  save('trimmed.txt', run(binary, ['writes'], { GOTRACEBACK: 'single' }).stderr)
  for (const how of ['profiles', 'off']) {
    const into = join(folder, how)
    mkdirSync(into)
    run(binary, [how, into])
    writeFileSync(
      join(into, 'goroutines.txt'),
      readFileSync(join(into, 'goroutines.txt'), 'utf8').replaceAll(goroot, '/usr/local/go'),
    )
  }
}
