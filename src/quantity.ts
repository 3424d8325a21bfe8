/** Numbers with what they count, in English. */

/** "1 fix", "2 fixes". */
export function counted(n: number, word: string): string {
  return `${n} ${n === 1 ? word : plural(word)}`
}

/** "fixes" of "fix". */
export function plural(word: string): string {
  return /(s|x|ch|sh)$/.test(word) ? `${word}es` : `${word}s`
}

/** "once", "2 times". */
export function times(n: number): string {
  return n === 1 ? 'once' : `${n} times`
}

/** "1.5 MB". */
export function megabytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MB`
}
