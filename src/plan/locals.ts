/** Which local variables the text of a range mentions. */
import type { ObjectFacts, PackageFacts, Span } from '../facts.js'

/** References of locals, parameters, results and receivers (not of a file's other objects) by where they are named. */
export interface LocalUses {
  /** The locals named in the range, each once. */
  within(span: Span): ReadonlySet<number>
  /** The local whose name is exactly the range. */
  at(span: Span): number | undefined
}

const indexes = new WeakMap<PackageFacts, Map<number, LocalUses>>()

export function localUses(pkg: PackageFacts, file: number): LocalUses {
  const byFile = indexes.get(pkg) ?? new Map<number, LocalUses>()
  indexes.set(pkg, byFile)
  const uses = byFile.get(file) ?? build(pkg, file)
  byFile.set(file, uses)
  return uses
}

/** The offsets where a local is named. */
export function usesOf(object: ObjectFacts): readonly number[] {
  return object.uses ?? []
}

function build(pkg: PackageFacts, file: number): LocalUses {
  const named: { at: number; ref: number; length: number }[] = []
  for (const [ref, object] of pkg.objects.entries()) {
    if (object.file !== file) continue
    for (const at of object.uses ?? []) named.push({ at, ref, length: object.name.length })
  }
  named.sort((a, b) => a.at - b.at)
  const firstAt = (offset: number): number => {
    let low = 0
    let high = named.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((named[middle]?.at ?? 0) < offset) low = middle + 1
      else high = middle
    }
    return low
  }
  return {
    within(span) {
      const found = new Set<number>()
      for (let i = firstAt(span[0]); i < named.length; i++) {
        const use = named[i]
        if (!use || use.at >= span[1]) break
        found.add(use.ref)
      }
      return found
    },
    at(span) {
      const use = named[firstAt(span[0])]
      return use && use.at === span[0] && use.at + use.length === span[1] ? use.ref : undefined
    },
  }
}
