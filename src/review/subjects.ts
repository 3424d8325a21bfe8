/** What a review is about: the fixes that passed, and the files that they were made for. */
import type { Fix } from '../candidates.js'
import type { Found } from '../driver.js'
import type { Proof } from '../prove/prove.js'
import type { Finding } from '../types.js'
import { evidenceFor } from '../witnesses.js'
import type { Proofs } from '../workbench.js'
import type { Item } from './decisions.js'

/** What passed its proof; what was seen to race comes first, then what is likely to. */
export function surestFirst(proofs: Proofs, found: Found): [Fix, Proof][] {
  const rank = ([{ planned }, proof]: [Fix, Proof]): number =>
    Math.min(
      ...planned.findings.map((finding) =>
        evidenceFor(finding, proof, found).length > 0 ? RANKS.proven : RANKS[finding.confidence],
      ),
    )
  return [...proofs].filter(([, { kind }]) => kind === 'proved').sort((a, b) => rank(a) - rank(b))
}

const RANKS: Readonly<Record<Finding['confidence'], number>> = { proven: 0, likely: 1, possible: 2 }

/** The package and file of the first of its findings. */
export function itemOf({ planned: { findings } }: Fix): Item {
  const [first] = findings
  const about = first?.map ?? first?.subject
  if (about == null) throw new Error('bug: a fix without a finding')
  return { pkg: about.pkg.path, file: about.decl.file }
}

/** The ids of its findings, sorted. */
export function idsOf({ planned }: Fix, { ids }: Found): string[] {
  return planned.findings.map((finding) => ids.get(finding) ?? '').sort()
}

/** Hashes of the program's files by path, without those of the Go distribution and of other modules. */
export function hashesOf({ packages }: Found): Record<string, string> {
  const own = packages.filter(({ module }) => module?.main === true)
  return Object.fromEntries(own.flatMap(({ files }) => files.map(({ path, sha256 }) => [path, sha256])))
}
