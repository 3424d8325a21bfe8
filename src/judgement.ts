/** What the report of a check needs of a run, small enough to be kept: the judgement without the program that it is about. */
import type { Analysis, Suppressed } from './analysis/index.js'
import { type FuncFacts, NOTHING_READ, type PackageFacts } from './facts.js'
import type { Access, Finding, SharedMap, Subject } from './types.js'

export type Judgement = Pick<Analysis, 'findings' | 'suppressed' | 'idle' | 'maps' | 'shared'>

export interface Kept {
  readonly judgement: Judgement
  /** An id for every finding, the suppressed ones included. */
  readonly ids: ReadonlyMap<Finding, string>
  readonly packages: readonly PackageFacts[]
}

/** The same, where functions have no statements, and packages only names, files and errors. What was one object stays one. */
export function keepable({ judgement, ids, packages }: Kept): Kept {
  const pkg = once(
    ({ files, ...rest }: PackageFacts): PackageFacts => ({
      ...rest,
      ...NOTHING_READ,
      files: files.map((file) => ({ ...file, imports: [], importDecls: [] })),
      doc: '',
    }),
  )
  const func = once((facts: FuncFacts): FuncFacts => ({ ...facts, doc: '', stmts: [] }))
  const access = once((a: Access): Access => ({ ...a, pkg: pkg(a.pkg), func: func(a.func) }))
  const map = once((m: SharedMap): SharedMap => ({ ...m, pkg: pkg(m.pkg), accesses: m.accesses.map(access) }))
  const subject = once((s: Subject): Subject => ({ ...s, pkg: pkg(s.pkg) }))
  const finding = once((f: Finding): Finding => {
    const [a, b] = f.racing
    return {
      ...f,
      map: f.map && map(f.map),
      subject: f.subject && subject(f.subject),
      racing: a && b ? [access(a), access(b)] : [],
    }
  })
  const suppressed = (s: Suppressed): Suppressed => ({ ...s, finding: finding(s.finding) })
  return {
    judgement: {
      findings: judgement.findings.map(finding),
      suppressed: judgement.suppressed.map(suppressed),
      idle: judgement.idle,
      maps: judgement.maps.map(map),
      shared: judgement.shared.map(map),
    },
    ids: new Map([...ids].map(([of, id]) => [finding(of), id])),
    packages: packages.map(pkg),
  }
}

/** Whether a value that was kept is one; what it holds was checked by its hash. */
export function isKept(value: unknown): value is Kept {
  return typeof value === 'object' && value !== null && 'judgement' in value && 'ids' in value && 'packages' in value
}

/** The function, which gives one result for one object. */
function once<T extends object>(make: (value: T) => T): (value: T) => T {
  const known = new Map<T, T>()
  return (value) => {
    const at = known.get(value) ?? make(value)
    known.set(value, at)
    return at
  }
}
