/** Reports of data races in what tests print. */

export interface Frame {
  readonly file: string
  readonly line: number
}

/**
 * The two accesses of a race, each as the innermost frame outside the Go distribution; of a fatal map error ("fatal
 * error: concurrent map writes") only one is known.
 */
export interface Race {
  readonly frames: readonly Frame[]
  readonly text: string
}

/** The races in a test's output, both the race detector's and the runtime's own. Frames under `goroot` are not the user's. */
export function parseRaces(output: string, goroot: string): Race[] {
  const races: Race[] = []
  for (const block of output.split('==================')) {
    if (!block.includes('WARNING: DATA RACE')) continue
    // Two accesses come first; then where their goroutines were created.
    const accesses = block
      .split(/\n\s*\n/)
      .filter((part) => /^\s*(?:WARNING: DATA RACE\s+)?(?:Previous )?(?:atomic )?(?:read|write) at /i.test(part))
    races.push({ frames: accesses.flatMap((part) => firstFrame(part, goroot)), text: block.trim() })
  }
  for (const match of output.matchAll(/^fatal error: concurrent map .*$/gm)) {
    const text = output.slice(match.index, match.index + 4000)
    const [, running = ''] = text.split(/\n\s*\n/)
    races.push({ frames: firstFrame(running, goroot), text: `${match[0]}\n${running}`.trim() })
  }
  return races
}

function firstFrame(stack: string, goroot: string): Frame[] {
  for (const match of stack.matchAll(/^\s+(\/.*|[A-Za-z]:[\\/].*):(\d+)(?: \+0x[0-9a-f]+)?\s*$/gm)) {
    const [, file = '', line = ''] = match
    if (!file.startsWith(goroot)) return [{ file, line: Number(line) }]
  }
  return []
}
