/** Byte offsets of facts → UTF-16 offsets. */
import type {
  Block,
  Case,
  DeclFacts,
  Ev,
  FileFacts,
  FuncFacts,
  ObjectFacts,
  PackageFacts,
  SelectCase,
  Span,
  Stmt,
  Val,
} from '../facts.js'

/** From an offset in bytes to one in UTF-16 units. */
export type Convert = (offset: number) => number

/** The conversion for a file of valid UTF-8. A byte order mark is one unit; an offset inside a character is its start. */
export function utf16Offsets(bytes: Uint8Array): Convert {
  const table = new Uint32Array(bytes.length + 1)
  let units = 0
  bytes.forEach((byte, i) => {
    // Inv: units counts the characters that start before byte i.
    const continues = (byte & 0xc0) === 0x80
    table[i] = continues ? (table[i - 1] ?? 0) : units
    if (!continues) units += byte >= 0xf0 ? 2 : 1
  })
  table[bytes.length] = units
  return (offset) => table[offset] ?? units
}

/** A package with every offset converted by its file's table; all else, numbers of things included, stays. */
export function convertOffsets(pkg: PackageFacts, tables: readonly Convert[]): PackageFacts {
  const of = (file: number): Offsets => new Offsets(tables[file] ?? ((offset) => offset))
  return {
    ...pkg,
    files: pkg.files.map((f, i) => of(i).file(f)),
    objects: pkg.objects.map((o) => of(o.file).object(o)),
    named: pkg.named.map((n) => ({ ...n, span: of(n.file).span(n.span) })),
    funcs: pkg.funcs.map((f) => (f.kind === 'varinit' ? varinit(f, of) : of(f.file).func(f))),
    conversions: pkg.conversions.map((c) => ({ ...c, span: of(c.file).span(c.span) })),
    copies: pkg.copies.map((c) => ({ ...c, span: of(c.file).span(c.span) })),
  }
}

function varinit(f: FuncFacts, of: (file: number) => Offsets): FuncFacts {
  return { ...f, stmts: f.stmts.map((s) => of(s.file ?? -1).stmt(s)) }
}

/** Converts what stands in one file. */
class Offsets {
  constructor(private readonly at: Convert) {}

  span = (s: Span): Span => [this.at(s[0]), this.at(s[1])]

  file(f: FileFacts): FileFacts {
    return {
      ...f,
      imports: f.imports.map((i) => ({ ...i, span: this.span(i.span) })),
      clauseEnd: this.at(f.clauseEnd),
      importDecls: f.importDecls.map((d) => ({ ...d, span: this.span(d.span) })),
      ...(f.directives && {
        directives: f.directives.map((d) => ({
          ...d,
          span: this.span(d.span),
          lines: this.span(d.lines),
          block: this.span(d.block),
        })),
      }),
    }
  }

  object(o: ObjectFacts): ObjectFacts {
    return {
      ...o,
      span: this.span(o.span),
      ...(o.decl && { decl: this.decl(o.decl) }),
      ...(o.uses && { uses: o.uses.map(this.at) }),
    }
  }

  decl(d: DeclFacts): DeclFacts {
    return {
      ...d,
      span: this.span(d.span),
      declSpan: this.span(d.declSpan),
      ...(d.type && { type: this.span(d.type) }),
      ...(d.value && { value: this.span(d.value) }),
    }
  }

  func(f: FuncFacts): FuncFacts {
    return { ...f, span: this.span(f.span), body: this.span(f.body), stmts: f.stmts.map(this.stmt) }
  }

  block = (b: Block): Block => ({ span: this.span(b.span), body: b.body.map(this.stmt) })

  stmt = (s: Stmt): Stmt => {
    const base = { span: this.span(s.span), e: s.e.map(this.event) }
    switch (s.k) {
      case 'assign':
        return { ...s, ...base, lhs: s.lhs.map(this.span), rhs: s.rhs.map(this.span) }
      case 'return':
        return { ...s, ...base, results: s.results.map(this.span) }
      case 'block':
        return { ...s, ...base, block: this.block(s.block) }
      case 'labeled':
        return { ...s, ...base, stmt: this.stmt(s.stmt) }
      case 'if':
        return {
          ...s,
          ...base,
          cond: this.span(s.cond),
          // biome-ignore lint/suspicious/noThenProperty: that is what the schema calls it
          then: this.block(s.then),
          ...(s.init && { init: this.stmt(s.init) }),
          ...(s.else && { else: this.stmt(s.else) }),
        }
      case 'for':
        return {
          ...s,
          ...base,
          block: this.block(s.block),
          ...(s.init && { init: this.stmt(s.init) }),
          ...(s.cond && { cond: this.span(s.cond) }),
          ...(s.post && { post: this.stmt(s.post) }),
        }
      case 'range':
        return {
          ...s,
          ...base,
          x: this.span(s.x),
          block: this.block(s.block),
          ...(s.key && { key: this.span(s.key) }),
          ...(s.value && { value: this.span(s.value) }),
        }
      case 'switch':
      case 'typeswitch':
        return {
          ...s,
          ...base,
          cases: s.cases.map(this.clause),
          ...(s.init && { init: this.stmt(s.init) }),
          ...(s.tag && { tag: this.span(s.tag) }),
        }
      case 'select':
        return { ...s, ...base, cases: s.cases.map(this.comm) }
      default:
        return { ...s, ...base }
    }
  }

  clause = (c: Case): Case => ({
    ...c,
    span: this.span(c.span),
    e: c.e.map(this.event),
    body: c.body.map(this.stmt),
    exprs: c.exprs.map(this.span),
    colon: this.at(c.colon),
  })

  comm = (c: SelectCase): SelectCase => ({
    ...c,
    span: this.span(c.span),
    body: c.body.map(this.stmt),
    colon: this.at(c.colon),
    ...(c.comm && { comm: this.stmt(c.comm) }),
  })

  event = (ev: Ev): Ev => {
    const span = this.span(ev.span)
    switch (ev.k) {
      case 'acc':
        return {
          ...ev,
          span,
          x: this.span(ev.x),
          ...(ev.key && { key: this.span(ev.key) }),
          ...(ev.val && { val: this.span(ev.val) }),
          ...(ev.v && { v: this.value(ev.v) }),
          ...(ev.kv && { kv: this.value(ev.kv) }),
        }
      case 'call':
        return {
          ...ev,
          span,
          fun: this.span(ev.fun),
          callee: ev.callee.k === 'value' ? { ...ev.callee, v: this.value(ev.callee.v) } : ev.callee,
          ...(ev.recv && { recv: this.value(ev.recv) }),
          args: ev.args.map(this.value),
          argSpans: ev.argSpans.map(this.span),
        }
      case 'set':
      case 'chansend':
        return { ...ev, span, v: this.value(ev.v) }
      case 'return':
        return { ...ev, span, vals: ev.vals.map(this.value) }
      case 'and':
      case 'or':
        return { ...ev, span, e: ev.e.map(this.event) }
      default:
        return { ...ev, span }
    }
  }

  value = (v: Val): Val => {
    switch (v.k) {
      case 'fresh':
        return {
          ...v,
          span: this.span(v.span),
          ...(v.fields && { fields: v.fields.map((f) => ({ ...f, v: this.value(f.v) })) }),
          ...(v.elems && { elems: v.elems.map(this.value) }),
        }
      case 'func':
        return v.recv ? { ...v, recv: this.value(v.recv) } : v
      default:
        return v
    }
  }
}
