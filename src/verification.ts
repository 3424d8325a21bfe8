/** Certificates, held against the tree that they are about. */
import { dirname, relative, resolve, sep } from 'node:path'
import { UserError } from './errors.js'
import { gofmtAt } from './prove/gofmt.js'
import { type Ground, type Place, prepareGround } from './prove/ground.js'
import type { Lines } from './prove/prove.js'
import { type Candidate, type Proof, prove } from './prove/prove.js'
import type { StageResult } from './prove/stages.js'
import type { MapWitness } from './prove/witness.js'
import { type Certificate, certificateSchema } from './report/certificate.js'
import type { Overlay } from './types.js'
import { digestFile, digestOf, readText, sourcesIn } from './write/digest.js'

/** A file that is not what was proved, and how. */
export interface Difference {
  readonly path: string
  readonly what: 'changed' | 'is gone' | 'is as it was before the fix' | 'was not there'
}

/** Reads a certificate. An error of the user's: it is none, or names files as no certificate of mapfix's does. */
export function readCertificate(path: string, text: string): Certificate {
  const no = (why: string): UserError => new UserError(`${path} is no certificate of mapfix: ${why}`)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw no('it is not JSON')
  }
  const read = certificateSchema.safeParse(value)
  if (!read.success) {
    const [issue] = read.error.issues
    throw no(`${issue?.path.join('.') || 'the whole'}: ${issue?.message ?? 'is not as it should be'}`)
  }
  const { files, fixes, sources } = read.data
  const written = [...files, ...fixes.flatMap((fix) => [...fix.files, ...fix.witnesses])].map((file) => file.path)
  const bad = [...written, ...Object.keys(sources)].find((name) => !isPlain(name))
  if (bad !== undefined) throw no(`it names a file ${JSON.stringify(bad)}`)
  const odd = written.find((name) => !name.endsWith('.go'))
  if (odd !== undefined) throw no(`it says that a fix changed ${JSON.stringify(odd)}`)
  return read.data
}

/** What differs in a tree from what was proved; `cwd` is the folder that the certificate's paths are relative to. */
export async function differences({ files, sources }: Certificate, cwd: string): Promise<Difference[]> {
  const found: Difference[] = []
  const before = new Map(files.map((file) => [file.path, file.before]))
  for (const [path, digest] of Object.entries(sources)) {
    const now = await digestFile(resolve(cwd, path))
    if (now === digest) continue
    const was = now === null ? 'is gone' : now === before.get(path) ? 'is as it was before the fix' : 'changed'
    found.push({ path, what: was })
  }
  for (const folder of new Set(Object.keys(sources).map((path) => dirname(resolve(cwd, path))))) {
    for (const path of await sourcesIn(folder)) {
      const name = relative(cwd, path).split(sep).join('/')
      if (!(name in sources)) found.push({ path: name, what: 'was not there' })
    }
  }
  return found.sort((a, b) => (a.path < b.path ? -1 : 1))
}

/**
 * Proves again what a certificate says, in a copy of a tree that is what was proved: without the fixes, by the texts that the certificate has, and with
 * them. Runs the tests of the tree, and those in the certificate.
 */
export async function proveAgain(
  certificate: Certificate,
  place: Place,
  folders: { readonly copy: string; readonly scratch: string },
  progress: (what: string) => void,
): Promise<Proof> {
  const path = (name: string): string => resolve(place.cwd, name)
  const inner = await prepareGround(place, folders.copy, folders.scratch)
  const before: Map<string, string | null> = new Map()
  const after = new Map<string, string | null>()
  for (const file of certificate.files) {
    if ((file.original === null ? null : digestOf(file.original)) !== file.before)
      throw new UserError(`the certificate contradicts itself: the text of ${file.path} is not the one it names`)
    if (inner.copy.to(path(file.path)) === path(file.path))
      throw new UserError(`the certificate names ${file.path}, which is in none of the modules here`)
    before.set(path(file.path), file.original)
    after.set(path(file.path), await readText(path(file.path)))
  }
  const candidate = candidateOf(certificate, path)
  const stages = new Set(certificate.stages)
  const ground = backwards(inner, before)
  const proofs = await prove([candidate], {
    stages,
    tests: certificate.tests,
    timeout: certificate.timeout,
    goroot: place.go.goroot,
    noRace: place.go.noRace,
    keepsWitnesses: false,
    ground: async () => ground,
    render: async () => ({ overlay: after, gofmt: await formatted(before, after, place), errors: [] }),
    source: (file) => before.get(file) ?? after.get(file) ?? '',
    progress,
  })
  const proof = proofs.get(candidate)
  if (proof === undefined) throw new Error('bug: nothing was proved')
  return proof
}

/** Without "..", roots, drives or control characters. */
function isPlain(name: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (/[\u0000-\u001f\u007f\\:]/.test(name) || name.startsWith('/')) return false
  return name
    .replace(/^(\.\.\/)+/, '')
    .split('/')
    .every((part) => part !== '' && part !== '.' && part !== '..')
}

/** All fixes as one, with the tests that the certificate has. */
function candidateOf(certificate: Certificate, path: (name: string) => string): Candidate {
  const files = certificate.files.map((file) => path(file.path))
  const linesOf = ({ sites }: Certificate['fixes'][number]): Lines[] =>
    sites.map(({ file, first, last }) => ({ file: path(file), first, last }))
  return {
    files,
    folders: new Set(files.map((file) => dirname(file))),
    accesses: certificate.fixes.flatMap(linesOf),
    witnesses: certificate.fixes.flatMap((fix, f) =>
      fix.witnesses.map((witness, i): MapWitness => {
        const name = new RegExp(`\\b${witness.test}\\b`, 'gu')
        const attempt = {
          pkg: witness.package,
          folder: dirname(path(witness.path)),
          guesses: [],
          // Whether it does, the certificate does not say; its lines are in no other race.
          reads: true,
          shown: true,
          text: (test: string) => witness.text.replace(name, test),
        }
        return {
          map: witness.map,
          accesses: linesOf(fix),
          pairs: [],
          tests: [attempt],
          steps: [],
          others: [],
          why: 'the certificate has none',
          // Tests that would share a file are tried apart.
          path: path(witness.path).replace(/_race_test\.go$/, `_${f}_${i}_race_test.go`),
          test: witness.test,
        }
      }),
    ),
  }
}

/** A ground whose plain tree is the one without the fixes, though it was made with them. */
function backwards(ground: Ground, before: Overlay): Ground {
  return { ...ground, show: (overlay) => ground.show(overlay === null ? before : new Map([...before, ...overlay])) }
}

async function formatted(before: Overlay, after: Overlay, place: Place): Promise<ReadonlyMap<string, StageResult>> {
  const gofmt = gofmtAt(place.go.gofmt, place)
  const results = new Map<string, StageResult>()
  for (const [path, text] of after) {
    const old = before.get(path) ?? null
    const clean = text === null || (await gofmt.isClean(text))
    results.set(path, clean ? 'ok' : old !== null && !(await gofmt.isClean(old)) ? 'baseline failed' : 'failed')
  }
  return results
}
