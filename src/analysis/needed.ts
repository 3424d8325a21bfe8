/** The packages of other modules whose bodies say what becomes of a function. */
import type { PackageFacts, TypeRef } from '../facts.js'
import { isStandard } from './freshness.js'
import { buildProgram, namedKey, type Program, underlying } from './program.js'
import { fateOf } from './spawners.js'
import { flowOf } from './walk.js'

/**
 * Import paths, sorted, of packages outside the program (and the standard library) that it hands functions, or values whose methods an
 * interface with a name asks for. What tests hand over does not count.
 */
export function neededPackages(packages: readonly PackageFacts[]): string[] {
  const program = buildProgram(packages)
  const here = new Set(packages.map(({ path }) => path))
  const found = new Set<string>()
  const note = (pkg: string): void => {
    if (pkg !== '' && !isStandard(pkg) && !here.has(pkg)) found.add(pkg)
  }
  for (const pkg of packages) {
    for (const fn of program.fns(pkg)) {
      if (fn.facts.test) continue
      for (const { ev } of flowOf(fn).sites) {
        if (ev.k !== 'call' || (ev.callee.k !== 'func' && ev.callee.k !== 'iface')) continue
        const unknown = ev.argTypes.some((type, i) => isFunction(pkg, type) && fateOf(ev, i).how === 'unknown')
        if (unknown) note(ev.callee.pkg)
      }
    }
    for (const { from, to, callee, file } of pkg.conversions) {
      if (callee === '' || pkg.files[file]?.test !== false) continue
      const slash = callee.lastIndexOf('/')
      const path = callee.slice(0, callee.indexOf('.', slash + 1))
      if (hasMethods(program, pkg, from) && namedKey(pkg, to).startsWith(`${path}.`)) note(path)
    }
  }
  return [...found].sort()
}

function isFunction(pkg: PackageFacts, ref: TypeRef): boolean {
  if (ref < 0) return false
  return underlying(pkg, ref).kind === 'func'
}

function hasMethods(program: Program, pkg: PackageFacts, ref: TypeRef): boolean {
  return (program.named.get(namedKey(pkg, ref))?.facts.methods.length ?? 0) > 0
}
