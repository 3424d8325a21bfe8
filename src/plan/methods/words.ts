/** Identifiers in Go's text, without a parser: comments, strings and runes left out. */

const NO_CODE = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:\\.|[^"\\\n])*"|`[^`]*`|'(?:\\.|[^'\\\n])*'/g

/** Where the name stands in the code: offsets in UTF-16 units, 0-based. */
export function identifiers(text: string, name: string): number[] {
  const code = text.replace(NO_CODE, (part) => ' '.repeat(part.length))
  return [...code.matchAll(new RegExp(`(?<![\\p{L}\\p{N}_])${name}(?![\\p{L}\\p{N}_])`, 'gu'))].map(
    ({ index }) => index,
  )
}
