import type { FuncFacts, PackageFacts } from '../facts.js'
import type { Range } from '../types.js'

/** The declared function that holds a place; literals count as what they stand in. */
export function functionsOf(
  packages: readonly PackageFacts[],
): (at: Pick<Range, 'file' | 'start'>) => FuncFacts | undefined {
  const byFile = new Map<string, FuncFacts[]>()
  for (const { files, funcs } of packages) {
    for (const func of funcs) {
      const path = files[func.file]?.path
      if (path === undefined || func.kind === 'literal') continue
      const known = byFile.get(path)
      if (known) known.push(func)
      else byFile.set(path, [func])
    }
  }
  return ({ file, start }) => byFile.get(file)?.find(({ span: [from, to] }) => from <= start && start < to)
}
