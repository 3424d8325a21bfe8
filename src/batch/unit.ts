/** The units of a batch: modules, each of a repository at a commit. */

export interface Unit {
  /** Unique in the batch: the repository's name and the module's folder. */
  readonly name: string
  /** Root of the repository that its branches go to; "" where there is none. */
  readonly repository: string
  /** Where others get it: the manifest's URL, else the repository's path. */
  readonly url: string
  /** Full id; "" where there is none. */
  readonly commit: string
  /** The module's folder, relative to the root; "" for the root itself. */
  readonly dir: string
  /** Patterns, "./..." by default. */
  readonly packages: readonly string[]
  /** Flags of this unit alone, after those of the batch. */
  readonly flags: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Of the module's folder, as CODEOWNERS has them; "-" for nobody. */
  readonly owner: string
  /** The manifest says who owns it: CODEOWNERS is not asked. */
  readonly isOwnerGiven: boolean
  /** Why it cannot be done, known before it is tried. */
  readonly trouble: Trouble | null
}

export type TroubleKind = (typeof TROUBLES)[number]

export const TROUBLES = [
  'not git',
  'no module',
  'no packages',
  'not committed',
  'merging',
  'submodule',
  'identity',
  'path',
  'clone',
  'manifest',
  'private module',
  'broken',
  'timeout',
  'memory',
  'crashed',
  'branch',
  'command',
  'queue',
  'failed',
] as const

export interface Trouble {
  readonly kind: TroubleKind
  /** What is the matter, on one line or a few. */
  readonly message: string
  /** What to do about it. */
  readonly advice: string
}

/** Troubles that lie in the commit: nothing but another commit, another mapfix or --retry changes them. */
const LASTING: ReadonlySet<TroubleKind> = new Set([
  'no packages',
  'private module',
  'broken',
  'timeout',
  'memory',
  'crashed',
  'failed',
])

/** Whether the same commit would have the same trouble again, so that a second run leaves it alone. */
export function isLasting({ kind }: Trouble): boolean {
  return LASTING.has(kind)
}

/** What the error of a run means for its unit. */
export function troubleOf(message: string): Trouble {
  const known = MEANINGS.find(({ pattern }) => pattern.test(message))
  const { kind, advice } = known ?? {
    kind: 'failed' as const,
    advice: 'run mapfix in the module to see more, with --verbose',
  }
  return { kind, message: message.trim(), advice }
}

const MEANINGS: readonly { readonly pattern: RegExp; readonly kind: TroubleKind; readonly advice: string }[] = [
  {
    pattern:
      /module lookup disabled|could not read Username|terminal prompts disabled|Permission denied \(publickey|(404 Not Found|410 Gone)|unrecognized import path|dial tcp|no such host|Host key verification|repository .* not found|cannot find module providing|missing go\.sum entry|no required module provides package/i,
    kind: 'private module',
    advice:
      'make the module available: GOPRIVATE, GOPROXY and credentials for git, "go mod tidy", or "go mod vendor" and commit',
  },
  {
    pattern: /^no packages match|matched no packages/,
    kind: 'no packages',
    advice: 'name its packages in the manifest, or leave the module out',
  },
  {
    pattern: /errors parsing go\.(mod|work)/,
    kind: 'broken',
    advice: 'mend the file: "go mod verify" says what is wrong',
  },
  {
    pattern: /invalid package directory|malformed import path|invalid char|malformed file path/,
    kind: 'path',
    advice: 'the go command does not take this path: rename the folder',
  },
]

/** A name for a branch or a file: letters, digits, "-", "_" and "." stay, all else becomes "-". */
export function slug(name: string): string {
  const plain = name
    .replace(/[^\p{L}\p{N}_.-]+/gu, '-')
    .replace(/\.{2,}/g, '.')
    .replace(/^[-.]+|[-.]+$/g, '')
    .replace(/\.lock$/, '-lock')
  return plain === '' ? 'unit' : plain
}

/** A slug for each name, no two alike: those that would be get a number, in the order of the names. */
export function slugs(names: readonly string[]): ReadonlyMap<string, string> {
  const taken = new Set<string>()
  const made = new Map<string, string>()
  for (const name of names) {
    if (made.has(name)) continue
    const plain = slug(name)
    let free = plain
    // Where upper and lower case are one, so are branches and files.
    for (let n = 2; taken.has(free.toLowerCase()); n++) free = `${plain}-${n}`
    taken.add(free.toLowerCase())
    made.set(name, free)
  }
  return made
}
