/** What the bench says: costs in, a table out. Pure. */

/** What one run of a command took. */
export interface Cost {
  /** Exit status. */
  readonly code: number
  /** Seconds of processor time, user and system, of the command and its children. */
  readonly cpu: number
  /** Seconds by the clock. */
  readonly wall: number
  /** Bytes of memory, at the worst moment. */
  readonly peak: number
}

export interface Row {
  readonly name: string
  readonly cost: Cost
}

const HEADINGS = ['', 'CPU s', 'wall s', 'peak MB', 'CPU : first', 'CPU : staticcheck'] as const

/**
 * The rows as aligned columns, each row's processor time beside that of the row called `first` and of that called
 * `rival`, as ratios; "-" where there is no such row, or it took none.
 */
export function table(rows: readonly Row[], first: string, rival: string): string {
  const cpuOf = (name: string): number => rows.find((row) => row.name === name)?.cost.cpu ?? 0
  const cells = [
    [...HEADINGS],
    ...rows.map(({ name, cost }) => [
      name,
      cost.cpu.toFixed(1),
      cost.wall.toFixed(1),
      String(Math.round(cost.peak / 1e6)),
      ratio(cost.cpu, cpuOf(first)),
      ratio(cost.cpu, cpuOf(rival)),
    ]),
  ]
  const widths = HEADINGS.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)))
  return cells
    .map((row) => row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))))
    .map((row) => `${row.join('  ').trimEnd()}\n`)
    .join('')
}

/** a : b with two digits after the point. */
export function ratio(a: number, b: number): string {
  return b > 0 ? (a / b).toFixed(2) : '-'
}
