/** Facts as lines that people can check: what is declared, and what happens in which order. */
import type {
  Callee,
  Case,
  Ev,
  Flag,
  FuncFacts,
  Known,
  PackageFacts,
  Path,
  SelectCase,
  Span,
  Stmt,
  Val,
} from '../../src/facts.js'

/** One package's facts. `text` gives a file's content; positions are line:column in UTF-16 units, 1-based. */
export function factsText(pkg: PackageFacts, text: (path: string) => string): string {
  const write = new Writer(pkg, text)
  return [
    `package ${pkg.id} ${pkg.go}`,
    ...pkg.errors.map((e) => `  error ${e}`),
    ...pkg.files.map((f) => {
      const marks = [f.test && 'test', f.cgo && 'cgo', f.generated && 'generated', f.go !== pkg.go && f.go]
      return ['  file', base(f.path), ...marks.filter((mark) => mark !== false)].join(' ')
    }),
    ...pkg.files.flatMap((f, i) =>
      (f.directives ?? []).map((d) => {
        const [lines, block] = [write.lines(i, d.lines), write.lines(i, d.block)]
        return `  ${write.at(i, d.span)} directive ${d.text} lines ${lines}${block === lines ? '' : ` block ${block}`}`
      }),
    ),
    ...pkg.ignored.map((f) => `  ignored ${base(f.path)} package ${f.name}: ${f.idents.join(' ')}`),
    ...pkg.named.map(
      (n) => `  type ${n.key}${n.alias ? ' alias' : ''} ${pkg.types[n.type]?.text} methods [${n.methods.join(' ')}]`,
    ),
    ...pkg.objects.map((o) => write.object(o)),
    ...pkg.funcs.filter((f) => f.stmts.length > 0).flatMap((f) => write.func(f)),
    ...pkg.conversions.map((c) =>
      `  ${write.at(c.file, c.span)} convert ${write.type(c.from)} to ${write.type(c.to)} ${c.callee}`.trimEnd(),
    ),
    ...pkg.copies.map((c) => `  ${write.at(c.file, c.span)} copy ${write.type(c.type)} ${c.how}`),
  ]
    .map((line) => `${line}\n`)
    .join('')
}

const base = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

class Writer {
  private file = -1

  constructor(
    private readonly pkg: PackageFacts,
    private readonly text: (path: string) => string,
  ) {}

  type(id: number): string {
    return this.pkg.types[id]?.text ?? '?'
  }

  at(file: number, span: Span): string {
    const path = this.pkg.files[file]?.path
    if (path === undefined) return '-'
    const before = this.text(path).slice(0, span[0]).split('\n')
    return `${base(path)}:${before.length}:${(before.at(-1) ?? '').length + 1}`
  }

  /** "3", "3-5", or "-" behind the end. */
  lines(file: number, [start, end]: Span): string {
    const number = (offset: number): string => this.at(file, [offset, offset]).split(':')[1] ?? ''
    if (start === end) return '-'
    return number(start) === number(end - 1) ? number(start) : `${number(start)}-${number(end - 1)}`
  }

  private source(span: Span): string {
    const path = this.pkg.files[this.file]?.path
    return path === undefined ? '?' : this.text(path).slice(span[0], span[1]).replace(/\s+/g, ' ')
  }

  object(o: PackageFacts['objects'][number]): string {
    const uses = o.uses ? ` uses ${o.uses.length}` : ''
    const decl = o.decl ? ` ${o.decl.form}` : ''
    const comment = o.comment ? ` "${o.comment.trim()}"` : ''
    return `  ${o.kind} ${o.key} ${this.type(o.type)} at ${this.at(o.file, o.span)}${decl}${uses}${comment}`
  }

  func(f: FuncFacts): string[] {
    this.file = f.file
    return [`  func ${f.display} = ${f.key}`, ...this.stmts(f.stmts, '    ')]
  }

  private stmts(list: readonly Stmt[], indent: string): string[] {
    return list.flatMap((s) => this.stmt(s, indent))
  }

  private stmt(s: Stmt, indent: string): string[] {
    if (s.file !== undefined) this.file = s.file
    const inner = `${indent}  `
    const own = s.e.flatMap((ev) => this.event(ev, inner))
    const head = `${indent}${this.at(this.file, s.span).replace(/^[^:]*:/, '')} ${s.k}`
    switch (s.k) {
      case 'block':
        return [head, ...this.stmts(s.block.body, inner)]
      case 'labeled':
        return [`${head} ${s.label}`, ...this.stmt(s.stmt, inner)]
      case 'if':
        return [
          [head, ...this.known('yes', s.yes), ...this.known('no', s.no), ...this.flag(s.flag)].join(' '),
          ...(s.init ? this.stmt(s.init, inner) : []),
          ...own,
          ...this.stmts(s.then.body, inner),
          ...(s.else ? [`${indent}else`, ...this.stmt(s.else, inner)] : []),
        ]
      case 'for':
        return [
          head,
          ...(s.init ? this.stmt(s.init, inner) : []),
          ...own,
          ...this.stmts(s.block.body, inner),
          ...(s.post ? this.stmt(s.post, inner) : []),
        ]
      case 'range':
        return [`${head} ${s.xt}`, ...own, ...this.stmts(s.block.body, inner)]
      case 'switch':
      case 'typeswitch':
        return [
          head,
          ...(s.init ? this.stmt(s.init, inner) : []),
          ...own,
          ...s.cases.flatMap((c) => this.clause(c, inner)),
        ]
      case 'select':
        return [head, ...own, ...s.cases.flatMap((c) => this.comm(c, inner))]
      default:
        return [head, ...own]
    }
  }

  private flag(flag: Flag | undefined): string[] {
    return flag ? [`flag:${flag.is ? '' : '!'}${this.path(flag.p)}`] : []
  }

  private known(word: string, all: readonly Known[] = []): string[] {
    return all.map(
      ([variable, is]) => `${word}:${variable < 0 ? 'never' : (is ? '' : '!') + this.pkg.objects[variable]?.name}`,
    )
  }

  private clause(c: Case, indent: string): string[] {
    return [
      `${indent}case ${c.exprs.map((e) => this.source(e)).join(', ')}`,
      ...c.e.flatMap((ev) => this.event(ev, `${indent}  `)),
      ...this.stmts(c.body, `${indent}  `),
    ]
  }

  private comm(c: SelectCase, indent: string): string[] {
    return [`${indent}case`, ...(c.comm ? this.stmt(c.comm, `${indent}  `) : []), ...this.stmts(c.body, `${indent}  `)]
  }

  private event(ev: Ev, indent: string): string[] {
    switch (ev.k) {
      case 'acc': {
        const key = ev.key ? ` key ${this.source(ev.key)}` : ''
        const value = ev.v ? ` = ${this.value(ev.v)}` : ''
        const use = ev.use
          ? ` ${ev.use}${ev.callee ? ` ${ev.callee}` : ''}${ev.arg === undefined ? '' : `#${ev.arg}`}`
          : ''
        return [`${indent}${ev.op} ${ev.on} ${this.path(ev.p)}${key}${value}${use} <${this.source(ev.span)}>`]
      }
      case 'call':
        return [
          `${indent}call ${ev.n}${ev.mode === 'call' ? '' : ` ${ev.mode}`} ${this.callee(ev.callee)}` +
            `${ev.recv ? ` on ${this.value(ev.recv)}` : ''}(${ev.args.map((v) => this.value(v)).join(', ')})` +
            `${ev.test === undefined ? '' : ` test ${ev.test}`}`,
        ]
      case 'set':
        return [
          `${indent}set ${ev.star ? '*' : ''}${this.path(ev.to)} ${ev.op ?? (ev.def ? ':=' : '=')} ${this.value(ev.v)}`,
        ]
      case 'recv':
        return [`${indent}recv ${this.path(ev.p)}`]
      case 'chansend':
        return [`${indent}chansend ${this.path(ev.p)} ${this.value(ev.v)}`]
      case 'return':
        return [`${indent}return ${ev.vals.map((v) => this.value(v)).join(', ')}`.trimEnd()]
      case 'lit':
        return [`${indent}lit ${this.pkg.funcs[ev.fn]?.key}`]
      case 'ref':
        return [`${indent}ref ${ev.key}`]
      case 'and':
      case 'or':
        return [`${indent}${ev.k}`, ...ev.e.flatMap((inner) => this.event(inner, `${indent}  `))]
      case 'may':
        return [`${indent}may ${ev.why}${ev.p === undefined ? '' : ` ${this.path(ev.p)}`}`]
    }
  }

  private path(id: number): string {
    const path: Path = this.pkg.paths[id] ?? ['?']
    return path
      .map((step, i) => (typeof step === 'number' ? `${i > 0 ? '.' : ''}${this.pkg.objects[step]?.name}` : step))
      .join('')
  }

  private callee(c: Callee): string {
    switch (c.k) {
      case 'func':
        return c.key
      case 'iface':
        return `${c.type}.${c.method} (interface)`
      case 'builtin':
        return `builtin ${c.name}`
      case 'value':
        return `value ${this.value(c.v)}`
    }
  }

  private value(v: Val): string {
    switch (v.k) {
      case 'path':
        return `${v.addr ? '&' : ''}${this.path(v.p)}`
      case 'fresh': {
        const fields = (v.fields ?? []).map((f) => `${this.pkg.objects[f.f]?.name}: ${this.value(f.v)}`)
        const elems = (v.elems ?? []).map((e) => this.value(e))
        const size = v.size === undefined ? '' : ` of ${v.size}`
        return `${v.how} ${this.type(v.t)}${size}{${[...fields, ...elems].join(', ')}}`
      }
      case 'call':
        return `call ${v.n}${v.i > 0 ? `/${v.i}` : ''}`
      case 'func':
        return `func ${v.key}${v.recv ? ` on ${this.value(v.recv)}` : ''}`
      case 'lit':
        return `lit ${this.pkg.funcs[v.fn]?.key}`
      case 'const':
        return ['const', v.b, v.i].filter((part) => part !== undefined).join(' ')
      default:
        return v.k
    }
  }
}
