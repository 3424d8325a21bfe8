/** Which races of a test run are a fix's own. */

import type { Overlay } from '../types.js'
import type { Ground } from './ground.js'
import { lineMap } from './lines.js'
import type { Candidate, ProofRequest } from './prove.js'
import type { Race } from './races.js'

/** The races of runs in which every known access is one of the candidate's; in the patched text, where an overlay is shown. */
export function racesOn<C extends Candidate>(
  c: Pick<Candidate, 'accesses'>,
  runs: Iterable<{ readonly races: readonly Race[] }>,
  overlay: Overlay | null,
  ground: Ground,
  request: Pick<ProofRequest<C>, 'source'>,
): Race[] {
  const lines = new Map<string, (readonly [number, number])[]>()
  for (const { file, first, last } of c.accesses) {
    const after = overlay?.get(file)
    const map =
      typeof after === 'string' ? lineMap(request.source(file), after) : (line: number) => [line, line] as const
    const known = lines.get(file) ?? []
    lines.set(file, [...known, [map(first)[0], map(last)[1]]])
  }
  const isAccess = (file: string, line: number): boolean =>
    lines.get(ground.copy.from(file))?.some(([first, last]) => first <= line && line <= last) ?? false
  return [...runs]
    .flatMap(({ races }) => races)
    .filter(({ frames }) => frames.length > 0 && frames.every(({ file, line }) => isAccess(file, line)))
}
