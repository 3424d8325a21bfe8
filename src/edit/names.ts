/** Names for what a fix adds. */

/** The first candidate that is not taken; when all are, the last one with the first free number from 2. */
export function freshName(taken: ReadonlySet<string>, candidates: readonly string[]): string {
  const free = candidates.find((name) => !taken.has(name))
  if (free !== undefined) return free
  const base = candidates.at(-1)
  if (base === undefined) throw new Error('freshName needs a candidate')
  let number = 2
  while (taken.has(`${base}${number}`)) number++
  return `${base}${number}`
}
