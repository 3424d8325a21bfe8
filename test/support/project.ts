/** Go modules in temporary folders, and mapfix run in them in-process. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Writable } from 'node:stream'
import { type Io, run as runCli } from '../../src/cli.js'
import { run } from '../../src/go/run.js'
import { type Report, reportSchema } from '../../src/report/schema.js'

const made: string[] = []

/** A folder with the given files, removed by `cleanUp`. */
export function folder(files: Readonly<Record<string, string>>): string {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'mapfix-test-')))
  made.push(dir)
  put(dir, files)
  return dir
}

export function put(dir: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true })
    writeFileSync(join(dir, name), text)
  }
}

/** A folder whose files are committed to git. */
export async function repository(files: Readonly<Record<string, string>>): Promise<string> {
  const dir = folder(files)
  await git(dir, 'init', '-q')
  await git(dir, 'add', '-A')
  await git(dir, 'commit', '-qm', 'before')
  return dir
}

export async function git(dir: string, ...args: string[]): Promise<string> {
  const identity = [
    '-c',
    'user.name=t',
    '-c',
    'user.email=t@example.com',
    '-c',
    'commit.gpgsign=false',
    '-c',
    'core.autocrlf=false',
  ]
  const { code, stdout, stderr } = await run('git', [...identity, ...args], { cwd: dir })
  if (code !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`)
  return stdout
}

/** Call it after all tests of a file. */
export function cleanUp(): void {
  for (const dir of made) rmSync(dir, { recursive: true, force: true })
}

export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs the command line in-process; anything of `io` may be replaced. */
export async function mapfix(cwd: string, argv: readonly string[], io: Partial<Io> = {}): Promise<Ran> {
  const stdout = new Collector()
  const stderr = new Collector()
  const code = await runCli(argv, { stdin: process.stdin, stdout, stderr, cwd, env: process.env, ...io })
  return { code, stdout: stdout.text, stderr: stderr.text }
}

/** The report of a run with --format=json, checked against its schema. */
export async function report(cwd: string, argv: readonly string[], io: Partial<Io> = {}): Promise<Report> {
  const { stdout, stderr } = await mapfix(cwd, ['--format=json', ...argv], io)
  if (stdout === '') throw new Error(`no report: ${stderr}`)
  return reportSchema.parse(JSON.parse(stdout))
}

/** Every file below a folder but git's own, with its content. */
export function tree(dir: string): Map<string, string> {
  const files = new Map<string, string>()
  for (const name of readdirSync(dir, { recursive: true, encoding: 'utf8' }).sort()) {
    if (name === '.git' || name.startsWith('.git/')) continue
    try {
      files.set(name, readFileSync(join(dir, name), 'utf8'))
    } catch {
      files.set(name, '<folder>')
    }
  }
  return files
}

export class Collector extends Writable {
  text = ''
  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    this.text += chunk.toString()
    done()
  }
}

/** A module with one racy package variable. */
export const RACY = {
  'go.mod': 'module example.com/racy\n\ngo 1.22\n',
  'racy.go': `package racy

// seen counts names.
var seen = map[string]int{}

// Start counts names in the background.
func Start(names []string) {
	for _, name := range names {
		go count(name)
	}
}

func count(name string) {
	seen[name]++
}
`,
}
