/** Adds a value to the list that a map has for a key, which is made when it is first needed. */
export function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const at = map.get(key)
  if (at) at.push(value)
  else map.set(key, [value])
}
