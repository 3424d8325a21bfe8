/** A program as it would be without some of its statements. */
import { buildProgram, type Program } from '../../analysis/program.js'
import type { Case, FuncFacts, PackageFacts, SelectCase, Stmt } from '../../facts.js'
import type { SharedMap } from '../../types.js'

/** The same program, and the map in it, without the statements (which stand in lists). Events and tables stay the objects that they were. */
export function withoutStatements(
  program: Program,
  map: SharedMap,
  gone: ReadonlySet<Stmt>,
): { program: Program; map: SharedMap } {
  const funcs = new Map<FuncFacts, FuncFacts>()
  const pkgs = new Map<PackageFacts, PackageFacts>()
  for (const pkg of program.packages) {
    const pruned = pkg.funcs.map((facts) => {
      const stmts = listOf(facts.stmts, gone)
      const made = stmts === facts.stmts ? facts : { ...facts, stmts: [...stmts] }
      funcs.set(facts, made)
      return made
    })
    pkgs.set(pkg, pruned.some((facts, i) => facts !== pkg.funcs[i]) ? { ...pkg, funcs: pruned } : pkg)
  }
  const at = (pkg: PackageFacts): PackageFacts => pkgs.get(pkg) ?? pkg
  return {
    program: buildProgram(program.packages.map(at)),
    map: {
      ...map,
      pkg: at(map.pkg),
      accesses: map.accesses.map((access) => ({
        ...access,
        pkg: at(access.pkg),
        func: funcs.get(access.func) ?? access.func,
      })),
    },
  }
}

/** The same array where nothing in it is gone. */
function listOf(stmts: readonly Stmt[], gone: ReadonlySet<Stmt>): readonly Stmt[] {
  const left = stmts.filter((stmt) => !gone.has(stmt)).map((stmt) => stmtOf(stmt, gone))
  return left.length === stmts.length && left.every((stmt, i) => stmt === stmts[i]) ? stmts : left
}

function stmtOf(stmt: Stmt, gone: ReadonlySet<Stmt>): Stmt {
  const list = (stmts: readonly Stmt[]): Stmt[] => [...listOf(stmts, gone)]
  if (!holds(stmt, gone)) return stmt
  switch (stmt.k) {
    case 'block':
      return { ...stmt, block: { ...stmt.block, body: list(stmt.block.body) } }
    case 'labeled':
      return { ...stmt, stmt: stmtOf(stmt.stmt, gone) }
    case 'if':
      return {
        ...stmt,
        // biome-ignore lint/suspicious/noThenProperty: the facts call the branch so
        then: { ...stmt.then, body: list(stmt.then.body) },
        ...(stmt.else ? { else: stmtOf(stmt.else, gone) } : {}),
      }
    case 'for':
    case 'range':
      return { ...stmt, block: { ...stmt.block, body: list(stmt.block.body) } }
    case 'switch':
    case 'typeswitch':
      return { ...stmt, cases: stmt.cases.map((c): Case => ({ ...c, body: list(c.body) })) }
    case 'select':
      return { ...stmt, cases: stmt.cases.map((c): SelectCase => ({ ...c, body: list(c.body) })) }
    default:
      return stmt
  }
}

function holds(stmt: Stmt, gone: ReadonlySet<Stmt>): boolean {
  return [...gone].some(({ span }) => stmt.span[0] <= span[0] && span[1] <= stmt.span[1])
}
