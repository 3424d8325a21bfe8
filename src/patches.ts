/** Fixes as texts, and as patches. */
import { relative } from 'node:path'
import type { Found } from './driver.js'
import { unifiedDiff } from './edit/index.js'
import { render } from './merge.js'
import type { Gofmt } from './prove/gofmt.js'
import type { Rendered } from './prove/prove.js'
import type { Overlay, SuggestedFix } from './types.js'

export interface Patches {
  /** The files as some fixes together leave them. */
  render(fixes: readonly SuggestedFix[]): Promise<Rendered>
  /** The text that was read; null where the file is new. */
  before(path: string): string | null
  /** As git shows it: paths are relative to the repository's root. */
  diff(overlay: Overlay): string
}

/** The files that were read, on any platform. */
export function filesRead({ packages, elsewhere }: Found): ReadonlySet<string> {
  const all = [packages, ...elsewhere.map(({ program }) => program.packages)].flat()
  return new Set(all.flatMap(({ files }) => files.map(({ path }) => path)))
}

/** `base` is the folder that paths in patches are relative to. */
export function patchesOf(found: Found, gofmt: Gofmt, base: string): Patches {
  const known = filesRead(found)
  const before = (path: string): string | null => (known.has(path) ? found.sources.text(path) : null)
  return {
    before,
    render: (fixes) => render(fixes, found.sources.text, gofmt),
    diff(overlay) {
      const changes = [...overlay].map(([path, after]) => ({
        path: relative(base, path).replaceAll('\\', '/'),
        before: before(path),
        after,
      }))
      return unifiedDiff(changes.sort((a, b) => (a.path < b.path ? -1 : 1)))
    },
  }
}
