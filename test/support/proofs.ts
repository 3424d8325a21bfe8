/** Proof of made-up fixes. */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { findGo } from '../../src/go/env.js'
import { prepareGround } from '../../src/prove/ground.js'
import { type Candidate, type Proof, prove } from '../../src/prove/prove.js'
import { STAGES, type Stage } from '../../src/prove/stages.js'
import { folder } from './project.js'

/** A fix as far as proof cares: texts to find and put in place of others, by file. */
export interface Swap extends Candidate {
  readonly swaps: readonly { file: string; from: string; to: string }[]
}

/** A fix that puts texts in place of others, by file relative to `dir`. */
export function swap(
  dir: string,
  swaps: Record<string, [from: string, to: string]>,
  accesses: Candidate['accesses'] = [],
): Swap {
  const list = Object.entries(swaps).map(([name, [from, to]]) => ({ file: join(dir, name), from, to }))
  const files = list.map((s) => s.file)
  return { swaps: list, files, folders: new Set(files.map((f) => dirname(f))), accesses, witnesses: [] }
}

export interface Options {
  stages?: readonly Stage[]
  tests?: 'affected' | 'package' | 'all'
  timeout?: string
  env?: Record<string, string>
  cwd?: string
}

/** Proves fixes with the real go command, in temporary folders. */
export async function proofs(
  dir: string,
  fixes: readonly Swap[],
  options: Options = {},
): Promise<(Proof | undefined)[]> {
  const cwd = options.cwd ?? dir
  const env = { ...process.env, ...options.env }
  const go = await findGo({ cwd, env })
  const [copy, scratch] = [folder({}), folder({})]
  const place = { go, cwd, env, tags: '', platforms: [], jobs: 0 }
  let ground: ReturnType<typeof prepareGround> | undefined
  const source = (path: string): string => readFileSync(path, 'utf8')
  const proved = await prove(fixes, {
    stages: new Set(options.stages ?? STAGES),
    tests: options.tests ?? 'affected',
    timeout: options.timeout ?? '60s',
    goroot: go.goroot,
    noRace: go.noRace,
    keepsWitnesses: true,
    ground: () => (ground ??= prepareGround(place, copy, scratch)),
    render: async (some) => {
      const overlay = new Map<string, string>()
      for (const s of some.flatMap((fix) => fix.swaps)) {
        const text = overlay.get(s.file) ?? source(s.file)
        if (!text.includes(s.from)) throw new Error(`${s.file} has no ${s.from}`)
        overlay.set(s.file, text.replace(s.from, s.to))
      }
      return { overlay, gofmt: new Map(), errors: [] }
    },
    source,
    progress: () => undefined,
  })
  return fixes.map((fix) => proved.get(fix))
}

export const MOD = { 'go.mod': 'module example.com/m\n\ngo 1.22\n' }
