/** `npm run bench-batch`: units per minute with one and two jobs, and the memory of the batch itself for few units and for many. */
import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const USAGE = `usage: npm run bench-batch -- [--speed N] [--memory N,M] [--jobs N]

  --speed N      units for the throughput with 1 and 2 jobs (20)
  --memory N,M   numbers of units between which the memory is compared (10,200)
  --jobs N       jobs of the runs that memory is measured in (2)
`
const MAPFIX = fileURLToPath(new URL('../../bin/mapfix.js', import.meta.url))

const { values } = parseArgs({
  options: {
    speed: { type: 'string', default: '20' },
    memory: { type: 'string', default: '10,200' },
    jobs: { type: 'string', default: '2' },
    help: { type: 'boolean', short: 'h', default: false },
  },
})
if (values.help) process.stdout.write(USAGE)
else await bench()

async function bench(): Promise<void> {
  const temp = mkdtempSync(join(tmpdir(), 'mapfix-bench-'))
  try {
    const speed = Number(values.speed)
    if (speed > 0) {
      const repository = made(join(temp, 'speed'), speed)
      // The first fills the caches, which all share.
      await run(repository, 2, join(temp, 'warm.jsonl'))
      for (const jobs of [1, 2]) {
        const { seconds } = await run(repository, jobs, join(temp, `speed-${jobs}.jsonl`))
        say(
          `${speed} units, ${jobs} ${jobs === 1 ? 'job' : 'jobs'}: ${((speed * 60) / seconds).toFixed(1)} units a minute`,
        )
      }
    }
    for (const units of values.memory.split(',').map(Number).filter(Boolean)) {
      const repository = made(join(temp, `memory-${units}`), units)
      const { peak } = await run(repository, Number(values.jobs), join(temp, `memory-${units}.jsonl`))
      say(`${units} units: the batch takes at most ${Math.round(peak / 1e6)} MB, without its children`)
    }
  } finally {
    rmSync(temp, { recursive: true, force: true })
  }
}

/** A repository of so many small modules, one in five with a map that races. */
function made(dir: string, units: number): string {
  for (let i = 0; i < units; i++) {
    const name = `m${i}`
    mkdirSync(join(dir, name), { recursive: true })
    writeFileSync(join(dir, name, 'go.mod'), `module example.com/${name}\n\ngo 1.22\n`)
    const use = i % 5 === 0 ? 'for range 3 {\n\t\tgo func() { seen[name]++ }()\n\t}' : 'seen[name]++'
    const text = `package ${name}\n\nvar seen = map[string]int{}\n\n// Count counts.\nfunc Count(name string) {\n\t${use}\n}\n`
    writeFileSync(join(dir, name, `${name}.go`), text)
  }
  const git = (...args: string[]): void => {
    execFileSync('git', ['-c', 'user.name=bench', '-c', 'user.email=bench@example.com', ...args], {
      cwd: dir,
      stdio: 'ignore',
    })
  }
  git('init', '-q')
  git('add', '-A')
  git('commit', '-qm', 'bench')
  return dir
}

async function run(cwd: string, jobs: number, ledger: string): Promise<{ seconds: number; peak: number }> {
  const begun = performance.now()
  const identity = {
    GIT_AUTHOR_NAME: 'b',
    GIT_AUTHOR_EMAIL: 'b@example.com',
    GIT_COMMITTER_NAME: 'b',
    GIT_COMMITTER_EMAIL: 'b@example.com',
  }
  const args = [
    MAPFIX,
    'batch',
    '--quiet',
    '--validate=gofmt,build',
    '--dry-run',
    `--jobs=${jobs}`,
    `--ledger=${ledger}`,
  ]
  const child = spawn(process.execPath, args, { cwd, env: { ...process.env, ...identity }, stdio: 'ignore' })
  let peak = 0
  const look = setInterval(() => {
    peak = Math.max(peak, highWater(child.pid ?? 0))
  }, 200)
  await new Promise((resolve) => child.once('exit', resolve))
  clearInterval(look)
  return { seconds: (performance.now() - begun) / 1000, peak }
}

/** The most memory that a process has taken so far, bytes; 0 where the system does not say. */
function highWater(pid: number): number {
  try {
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024
  } catch {
    return 0
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
