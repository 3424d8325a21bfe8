/** Where witnesses meet fixes: which tests are tried for a fix, which stay, and what they prove of a finding. */
import { basename } from 'node:path'
import type { Found } from './driver.js'
import type { PlannedFix } from './plan/pass.js'
import type { Lines, Proof } from './prove/prove.js'
import { type Attempt, isBetween, type MapWitness, type Red, type Reds, type StepAttempt } from './prove/witness.js'
import type { FindingReport } from './report/schema.js'
import type { Access, Finding, Range, SuggestedFix } from './types.js'
import { stepWitnesses, type Witness, witnessesOf } from './witness/witness.js'

/** Tests to try for the maps that a fix keeps from racing. `reserved` has the files and tests of earlier ones, and gets these. */
export function witnessesFor(
  { findings, maps: together }: Pick<PlannedFix, 'findings' | 'maps'>,
  { compound }: Pick<SuggestedFix, 'compound'>,
  found: Found,
  reserved: Set<string>,
): MapWitness[] {
  const maps = new Set(
    findings
      .map((finding) => (finding.racing.length > 0 || isHandedOut(finding) ? finding.map : null))
      .filter((map) => map !== null),
  )
  const constrained = ({ uses }: Pick<Witness, 'uses'>, text: string): string => {
    const constraint = constraintOf(uses, found.sources.text)
    return `${constraint === '' ? '' : `//go:build ${constraint}\n\n`}${text}`
  }
  const attempts = new Map<Witness, Attempt>()
  const attemptOf = (witness: Witness): Attempt => {
    const attempt = attempts.get(witness) ?? {
      ...witness,
      text: (name, more) => constrained(witness, witness.text(name, more)),
    }
    attempts.set(witness, attempt)
    return attempt
  }
  return [...maps].map((map, i) => {
    const handedOut = findings.flatMap((finding) => (finding.map === map && isHandedOut(finding) ? [finding.at] : []))
    const { tests, others, why, path, test } = witnessesOf(found.analysis, map, reserved, handedOut)
    // Maps that are locked together have their steps in common.
    const steps = i === 0 ? stepWitnesses(found.analysis, together, compound, reserved) : []
    const folder = path.replace(/[^\\/]*$/, '')
    for (const name of [path, ...[test, ...steps.map((step) => step.test)].map((name) => `${folder}${name}`)])
      reserved.add(name)
    return {
      map: map.name,
      accesses: linesOf(map.accesses, found),
      pairs: findings.flatMap((finding) => (finding.map === map ? pairOf(finding, found) : [])),
      tests: tests.map(attemptOf),
      others: others.map(attemptOf),
      steps: steps.map((step) => ({
        ...step,
        text: (name) => constrained(step, step.text(name)),
        steady: (name) => constrained(step, step.steady(name)),
      })),
      why,
      path,
      test,
    }
  })
}

/** The finding is that the map itself is returned, at that place, for anyone to use without its lock. */
export function isHandedOut(finding: Finding): finding is Finding & { readonly at: Range } {
  return finding.rule === 'guarded-map-escapes' && finding.racing.length === 0 && finding.at !== null
}

/** The functions in which the two accesses of a finding stand. */
function pairOf({ racing: [a, b] }: Finding, found: Found): [Lines, Lines][] {
  if (!a || !b) return []
  const lines = ({ range: { file }, func }: Access): Lines => {
    const [start, end] = func.span
    return { file, ...found.positions.lines({ file, start, end }) }
  }
  return [[lines(a), lines(b)]]
}

/** What the go command asks of a build that has all the files, as a "//go:build" line says it; "" for nothing. */
export function constraintOf(files: readonly string[], source: (path: string) => string): string {
  const all = files.flatMap((path) => {
    const [head = ''] = source(path).split(/^package /m)
    const line = /^\/\/go:build (.+)$/m.exec(head)?.[1]
    const suffix = SUFFIX.exec(basename(path)) ?? []
    return [...(line ? [line.trim()] : []), ...suffix.slice(1).filter((tag) => tag !== undefined)]
  })
  const once = [...new Set(all)]
  return once.length > 1 ? once.map((part) => (/^\w+$/.test(part) ? part : `(${part})`)).join(' && ') : (once[0] ?? '')
}

/** Files that their name keeps for one system, as the go command has it. */
const SUFFIX =
  /_(?:(aix|android|darwin|dragonfly|freebsd|illumos|ios|js|linux|netbsd|openbsd|plan9|solaris|wasip1|windows)(?:_(386|amd64|arm|arm64|loong64|mips|mips64|mips64le|mipsle|ppc64|ppc64le|riscv64|s390x|wasm))?|(386|amd64|arm|arm64|loong64|mips|mips64|mips64le|mipsle|ppc64|ppc64le|riscv64|s390x|wasm))\.go$/

/** Where accesses stand, for reports that name lines. */
export function linesOf(accesses: readonly Access[], found: Found): Lines[] {
  return accesses.map(({ range }) => ({ file: range.file, ...found.positions.lines(range) }))
}

/** The fix with its tests in it: of the maps that raced before it and do not after it. */
export function withTests<F extends SuggestedFix>(fix: F, proof: Proof): F {
  const tests = redsOf(proof).map(([{ path, test }, red]) => [path, red.attempt.text(test, stepsOf(red))] as const)
  return tests.length === 0 ? fix : { ...fix, added: new Map([...fix.added, ...tests]) }
}

/** Files of those tests. */
export function testFiles(proof: Proof): string[] {
  return redsOf(proof).map(([{ path }]) => path)
}

/** What tests say of maps that no fix is made for: "raced", or "none: " and why. */
export function sayUnfixed(seen: Reds): string {
  const results = [...seen.values()]
  if (results.some(({ kind }) => kind === 'red')) return 'raced'
  return results.map((result) => (result.kind === 'none' ? `none: ${result.why}` : ''))[0] ?? 'off'
}

/** The two places at which a test was seen to race as the finding says, if one was; of a proof, or of tests that ran without a fix. */
export function evidenceFor(finding: Finding, seen: Proof | Reds | undefined, found: Found): FindingReport['evidence'] {
  const [witness, red] = (seen ? redsOf(seen) : []).find(([{ map }]) => map === finding.map?.name) ?? []
  if (witness === undefined || red === undefined || !red.attempt.shown) return []
  const isIt = isHandedOut(finding)
    ? red.attempt.reads
    : pairOf(finding, found).some((pair) => isBetween(red.race, pair))
  if (!isIt) return []
  // Of what the test itself reads there is nothing to see in the tree.
  const frames = red.race.frames.filter(({ file }) => witness.accesses.some((access) => access.file === file))
  return frames.map(({ file, line }) => ({ kind: 'witness', at: `${found.positions.file(file)}:${line}` }))
}

function stepsOf({ steps }: Red): { step: StepAttempt; test: string }[] {
  return steps.map((step) => ({ step, test: step.test }))
}

function redsOf(seen: Proof | Reds): [MapWitness, Red][] {
  const all = 'kind' in seen ? (seen.kind === 'proved' ? [...seen.witnesses] : []) : [...seen]
  return all.flatMap(([witness, red]): [MapWitness, Red][] => (red.kind === 'red' ? [[witness, red]] : []))
}
