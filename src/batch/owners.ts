/** CODEOWNERS, as GitHub and GitLab read it: the last line that matches a path decides. Pure. */
import ignore from 'ignore'

/** Where the file may stand, the first that is there counts. */
export const OWNER_FILES: readonly string[] = [
  '.github/CODEOWNERS',
  'CODEOWNERS',
  'docs/CODEOWNERS',
  '.gitlab/CODEOWNERS',
]

/** The owners of a path, relative to the repository's root, joined with a space; "-" for nobody. */
export type Owners = (path: string) => string

/** Reads the text of the file. Sections ("[Team]") are left out: they hold approvals, not owners. */
export function readOwners(text: string): Owners {
  const lines = text.split(/\r?\n/).flatMap((line) => {
    // A "#" begins a comment where a word could, and "\ " is a space in a path.
    const words = line.replace(/(^|\s)#.*$/, '').match(/(?:\\.|\S)+/g) ?? []
    const [pattern, ...owners] = words
    if (pattern === undefined || /^\^?\[/.test(pattern)) return []
    const matcher = ignore().add(pattern)
    // To gitignore "docs/*" is all that is below; here it is the files of docs alone.
    const depth =
      /[^*]\/\*$/.test(pattern) && !pattern.includes('**') ? pattern.replace(/^\//, '').split('/').length : 0
    const matches = (path: string): boolean =>
      matcher.ignores(path) && (depth === 0 || path.split('/').length === depth)
    return [{ matches, owners: owners.join(' ') }]
  })
  lines.reverse()
  return (path) => {
    const found = lines.find(({ matches }) => matches(path))
    return found?.owners || '-'
  }
}
