/** Finds what can stand together. */

/**
 * The items that pass together, in order: all at once first, and only when that fails in halves. Items that pass alone
 * but not with those kept before them are left out too. `passes` is asked for the empty list never.
 */
export async function passing<T>(items: readonly T[], passes: (some: readonly T[]) => Promise<boolean>): Promise<T[]> {
  if (items.length === 0) return []
  if (await passes(items)) return [...items]
  if (items.length === 1) return []
  const middle = items.length >> 1
  const left = await passing(items.slice(0, middle), passes)
  const right = await passing(items.slice(middle), passes)
  if (left.length === 0 || right.length === 0) return [...left, ...right]
  if (left.length + right.length < items.length && (await passes([...left, ...right]))) return [...left, ...right]
  const kept = [...left]
  for (const item of right) if (await passes([...kept, item])) kept.push(item)
  return kept
}
