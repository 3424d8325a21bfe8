/** What a certificate says of the fixes of a run. */
import { relative, sep } from 'node:path'
import type { Fix } from './candidates.js'
import type { Found } from './driver.js'
import { describeFix } from './outcome.js'
import type { Patches } from './patches.js'
import type { Proof, ProofRequest } from './prove/prove.js'
import { STAGES } from './prove/stages.js'
import { type Attempt, type MapWitness, REPEATS, type Red, type Reds } from './prove/witness.js'
import type { Certificate, CertifiedFix } from './report/certificate.js'
import type { Overlay } from './types.js'
import { digestOf } from './write/digest.js'

/** How a proof was asked for. */
export type Asked = Pick<ProofRequest<Fix>, 'stages' | 'tests' | 'timeout'> & {
  readonly tags: string
  readonly cwd: string
}

/** The certificate of fixes that passed together. `overlay` is what they come to, `sources` the digests of all sources as they then are, by absolute path. */
export function certify(
  kept: readonly (readonly [Fix, Proof & { readonly kind: 'proved' }])[],
  overlay: Overlay,
  sources: ReadonlyMap<string, string>,
  { found, patches, version, asked }: { found: Found; patches: Patches; version: string; asked: Asked },
): Certificate {
  const name = (path: string): string => relative(asked.cwd, path).split(sep).join('/')
  const change = (path: string): CertifiedFix['files'][number] => {
    const before = patches.before(path)
    const after = overlay.get(path) ?? null
    return {
      path: name(path),
      before: before === null ? null : digestOf(before),
      after: after === null ? null : digestOf(after),
    }
  }
  return {
    schema: 1,
    kind: 'mapfix certificate',
    tool: { name: 'mapfix', version },
    go: found.header.go,
    noRace: found.go.noRace,
    stages: STAGES.filter((stage) => asked.stages.has(stage)),
    tests: asked.tests,
    timeout: asked.timeout,
    tags: asked.tags,
    repeats: { before: [...REPEATS.before], after: [...REPEATS.after], yielding: [...REPEATS.yielding] },
    fixes: kept.map(([{ planned, fix, files, accesses }, { validation, coverage, witnesses }]) => {
      const { group, transform, compound } = describeFix(
        planned.group,
        planned.transform,
        { status: 'applied', fix, validation, diff: '' },
        found.positions,
      )
      return {
        group,
        transform,
        maps: planned.maps.map((map) => map.name),
        files: files.filter((path) => overlay.has(path)).map(change),
        sites: accesses.map(({ file, first, last }) => ({ file: name(file), first, last })),
        compound,
        validation,
        coverage,
        witnesses: testsOf(witnesses, name),
      }
    }),
    files: [...overlay.keys()].map((path) => ({ ...change(path), original: patches.before(path) })),
    sources: Object.fromEntries([...sources].map(([path, digest]) => [name(path), digest] as const).sort()),
  }
}

/** The tests that raced, each of those that go with it too; `name` names files for people. */
export function testsOf(witnesses: Reds, name: (path: string) => string): CertifiedFix['witnesses'] {
  return [...witnesses].flatMap(([witness, red]) => (red.kind === 'red' ? testsOfOne(witness, red, name) : []))
}

function testsOfOne(witness: MapWitness, red: Red, name: (path: string) => string): CertifiedFix['witnesses'] {
  const all: (readonly [Attempt, string])[] = [
    [red.attempt, witness.test],
    ...red.steps.map((step) => [step, step.test] as const),
  ]
  return all.map(([attempt, test]) => ({
    map: witness.map,
    package: attempt.pkg,
    path: name(witness.path),
    test,
    text: attempt.text(test),
    before: red.said.get(attempt)?.before ?? '',
    after: red.said.get(attempt)?.after ?? '',
  }))
}
