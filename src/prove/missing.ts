/** Tests that need what is not there (a network, a database, a program), told from those that fail for what the code does. */

/** What the tests of a package said, as far as it tells that. */
export interface Heard {
  /** Tests and subtests. */
  passed: number
  readonly skipped: string[]
  /** By test ("" stands for the package): the line that says what is not there. */
  readonly missing: Map<string, string>
  /** By test: what it last wrote to its log. */
  readonly logged: Map<string, string>
}

export function nothingHeard(): Heard {
  return { passed: 0, skipped: [], missing: new Map(), logged: new Map() }
}

/** What the net package, os/exec and clients of databases and containers say of something outside that is not there. */
const NOT_THERE =
  /connection refused|no such host|network is unreachable|no route to host|server misbehaving|failure in name resolution|dial \w+ \S+: i\/o timeout|executable file not found in|Cannot connect to the Docker daemon/

/** Takes note of a line that a test printed. */
export function hear(heard: Heard, test: string, output: string): void {
  const line = output.trim()
  const logged = /^\S+_test\.go:\d+: (.*)$/.exec(line)?.[1]
  if (logged !== undefined) heard.logged.set(test, logged)
  if (NOT_THERE.test(line) && !heard.missing.has(test)) heard.missing.set(test, logged ?? line)
}

/** Why these tests say nothing of the code: each that failed did so for what is not there, or none ran; "" where that is not so. */
export function whySilent({ passed, skipped, missing, logged }: Heard, failing: ReadonlySet<string>): string {
  // A test fails with its subtests.
  const isExplained = (test: string): boolean =>
    [...missing.keys()].some((name) => name === test || name.startsWith(`${test}/`))
  if (failing.size > 0) return [...failing].every(isExplained) ? ([...missing.values()][0] ?? '') : ''
  const [first] = skipped
  return passed === 0 && first !== undefined ? `every test is skipped: ${logged.get(first) ?? first}` : ''
}
