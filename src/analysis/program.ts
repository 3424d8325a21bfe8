import type {
  Ev,
  FuncFacts,
  NamedFacts,
  ObjectFacts,
  PackageFacts,
  PathRef,
  Span,
  Stmt,
  TypeFacts,
  TypeRef,
} from '../facts.js'

/** A call, go or defer. */
export type CallEv = Extract<Ev, { k: 'call' }>
/** A use of a map. */
export type AccessEv = Extract<Ev, { k: 'acc' }>

/** A function of the program: its facts, and the package whose tables they index. One object per function: compare by identity. */
export interface Fn {
  readonly pkg: PackageFacts
  readonly facts: FuncFacts
  readonly index: number
}

/** The packages of one run, with the indexes that every rule needs. Built once; never changed. */
export interface Program {
  readonly packages: readonly PackageFacts[]
  /** Declared functions, methods and literals by key. */
  readonly funcs: ReadonlyMap<string, Fn>
  readonly named: ReadonlyMap<string, { readonly pkg: PackageFacts; readonly facts: NamedFacts }>
  fn(pkg: PackageFacts, index: number): Fn
  fns(pkg: PackageFacts): readonly Fn[]
  /** The bodies that a call of `method` on an interface may reach: those of types that the program converts to it. */
  implementations(iface: string, method: string): readonly Fn[]
  /** The body of a method of a named type, promoted ones included; undefined when it is not in the program. */
  method(type: string, name: string): Fn | undefined
}

/** Indexes packages. Of two packages with one path (p and p [p.test]) gofacts sends one. */
export function buildProgram(packages: readonly PackageFacts[]): Program {
  const funcs = new Map<string, Fn>()
  const byPkg = new Map<PackageFacts, Fn[]>()
  const named = new Map<string, { pkg: PackageFacts; facts: NamedFacts }>()
  for (const pkg of packages) {
    const fns = pkg.funcs.map((facts, index) => ({ pkg, facts, index }))
    byPkg.set(pkg, fns)
    for (const fn of fns) if (!funcs.has(fn.facts.key)) funcs.set(fn.facts.key, fn)
    for (const facts of pkg.named) if (!named.has(facts.key)) named.set(facts.key, { pkg, facts })
  }
  const converted = conversionsByInterface(packages)
  const method = (type: string, name: string): Fn | undefined => findMethod(named, funcs, type, name, 0)
  const found = new Map<string, readonly Fn[]>()
  return {
    packages,
    funcs,
    named,
    method,
    fns: (pkg) => byPkg.get(pkg) ?? [],
    fn(pkg, index) {
      const fn = byPkg.get(pkg)?.[index]
      if (!fn) throw new Error(`bug: ${pkg.id} has no function ${index}`)
      return fn
    },
    implementations(iface, name) {
      const id = `${iface}\n${name}`
      const known = found.get(id)
      if (known) return known
      const fns = [...(converted.get(iface) ?? [])].map((type) => method(type, name)).filter((fn) => fn !== undefined)
      found.set(id, fns)
      return fns
    },
  }
}

/** The object that a reference of the package means. */
export function objectAt(pkg: PackageFacts, ref: number): ObjectFacts {
  const object = pkg.objects[ref]
  if (!object) throw new Error(`bug: ${pkg.id} has no object ${ref}`)
  return object
}

/** The type that a reference of the package means. */
export function typeAt(pkg: PackageFacts, ref: TypeRef): TypeFacts {
  const type = pkg.types[ref]
  if (!type) throw new Error(`bug: ${pkg.id} has no type ${ref}`)
  return type
}

/** The type that a named type is declared as (of a type parameter: its constraint); any other type itself. */
export function underlying(pkg: PackageFacts, ref: TypeRef): TypeFacts {
  const type = typeAt(pkg, ref)
  return type.under === undefined ? type : typeAt(pkg, type.under)
}

/** The path that a reference of the package means. */
export function pathAt(pkg: PackageFacts, ref: PathRef): PackageFacts['paths'][number] {
  const path = pkg.paths[ref]
  if (!path) throw new Error(`bug: ${pkg.id} has no path ${ref}`)
  return path
}

/** The key of the named type behind pointers and aliases: "path.Type", or "" for an unnamed type. */
export function namedKey(pkg: PackageFacts, ref: TypeRef): string {
  const type = typeAt(pkg, ref)
  if (type.kind === 'pointer' && type.elem !== undefined) return namedKey(pkg, type.elem)
  return type.kind === 'named' ? (type.name ?? '') : ''
}

/** The function's own name, without package, receiver and enclosing functions: "Put", "func1". */
export function plainName({ facts }: Fn): string {
  return lastName(facts.display)
}

/** The last name in a key: "Store" of "example.com/m/cache.Store". */
export function lastName(key: string): string {
  return key.replace(/^.*[./]/, '')
}

/** The name of the type that declares the field, without its package; undefined of what is no field. */
export function ownerName({ owner }: ObjectFacts): string | undefined {
  return owner === undefined ? undefined : lastName(owner)
}

/** Whether a range of source lies within another; equal ones do. */
export function contains(outer: Span, inner: Span): boolean {
  return outer[0] <= inner[0] && inner[1] <= outer[1]
}

/** Events of a statement, or statements in it: a loop body runs again, a branch may not run. */
export type StmtPart =
  | { readonly events: readonly Ev[] }
  | { readonly stmts: readonly Stmt[]; readonly loop: boolean; readonly branch: boolean }

/** The parts of a statement in the order in which they run first: its own events, and the nested statements. */
export function stmtParts(stmt: Stmt): StmtPart[] {
  const seq = (stmts: readonly Stmt[]): StmtPart => ({ stmts, loop: false, branch: false })
  const branch = (stmts: readonly Stmt[]): StmtPart => ({ stmts, loop: false, branch: true })
  const loop = (stmts: readonly Stmt[]): StmtPart => ({ stmts, loop: true, branch: true })
  const own: StmtPart = { events: stmt.e }
  switch (stmt.k) {
    case 'block':
      return [own, seq(stmt.block.body)]
    case 'labeled':
      return [own, seq([stmt.stmt])]
    case 'if':
      return [
        ...(stmt.init ? [seq([stmt.init])] : []),
        own,
        branch(stmt.then.body),
        ...(stmt.else ? [branch([stmt.else])] : []),
      ]
    case 'for':
      return [
        ...(stmt.init ? [seq([stmt.init])] : []),
        own,
        loop(stmt.block.body),
        ...(stmt.post ? [loop([stmt.post])] : []),
      ]
    case 'range':
      return [own, loop(stmt.block.body)]
    case 'switch':
    case 'typeswitch':
      return [
        ...(stmt.init ? [seq([stmt.init])] : []),
        own,
        ...stmt.cases.flatMap((c) => [{ events: c.e }, branch(c.body)]),
      ]
    case 'select':
      return [own, ...stmt.cases.map((c) => branch(c.comm ? [c.comm, ...c.body] : c.body))]
    default:
      return [own]
  }
}

function findMethod(
  named: Program['named'],
  funcs: ReadonlyMap<string, Fn>,
  type: string,
  name: string,
  depth: number,
): Fn | undefined {
  const own = funcs.get(`${type}.${name}`)
  if (own || depth > 4) return own
  const at = named.get(type)
  if (!at) return undefined
  const under = underlying(at.pkg, at.facts.type)
  for (const field of under.fields ?? []) {
    if (!field.embedded) continue
    const promoted = findMethod(named, funcs, namedKey(at.pkg, field.type), name, depth + 1)
    if (promoted) return promoted
  }
  return undefined
}

/** Interface (key, or text if it has no name) → keys of the concrete types converted to it, through other interfaces too. */
function conversionsByInterface(packages: readonly PackageFacts[]): ReadonlyMap<string, ReadonlySet<string>> {
  const direct = new Map<string, Set<string>>()
  const widened = new Map<string, Set<string>>()
  const add = (into: Map<string, Set<string>>, to: string, from: string): void => {
    const set = into.get(to)
    if (set) set.add(from)
    else into.set(to, new Set([from]))
  }
  for (const pkg of packages) {
    for (const { from, to } of pkg.conversions) {
      const target = interfaceKey(pkg, to)
      const under = underlying(pkg, from)
      if (under.kind === 'interface') add(widened, target, interfaceKey(pkg, from))
      else if (namedKey(pkg, from)) add(direct, target, namedKey(pkg, from))
    }
  }
  const closed = new Map<string, ReadonlySet<string>>()
  for (const target of new Set([...direct.keys(), ...widened.keys()])) {
    const all = new Set<string>()
    const seen = new Set<string>()
    const work = [target]
    for (let at = work.pop(); at !== undefined; at = work.pop()) {
      if (seen.has(at)) continue
      seen.add(at)
      for (const type of direct.get(at) ?? []) all.add(type)
      work.push(...(widened.get(at) ?? []))
    }
    closed.set(target, all)
  }
  return closed
}

function interfaceKey(pkg: PackageFacts, ref: TypeRef): string {
  return namedKey(pkg, ref) || typeAt(pkg, ref).text
}
