/**
 * What gofacts knows of a Go package: the schema of its JSON lines. Imports nothing.
 *
 * Offsets are 0-based, half-open, in UTF-16 units. gofacts reasons about nothing: lock sets, reach and order are the
 * analysis'.
 *
 * References: `ObjRef`, `TypeRef`, `PathRef` and `FuncRef` index `objects`, `types`, `paths` and `funcs` of the same
 * package. Between packages, objects and functions are matched by `key`.
 */

/** Half-open range in the file of the enclosing function or object. */
export type Span = readonly [start: number, end: number]
export type ObjRef = number
export type TypeRef = number
export type PathRef = number
export type FuncRef = number

/** The first JSON line. */
export interface FactsHeader {
  schema: 2
  go: string // "go1.26.8": the toolchain that read the packages
  goos: string
  goarch: string
  packages: number
  /** Names all that follows by content: two runs with one key print the same. "" when that can't be told beforehand. */
  key: string
}

/** What the lines after it are about. Packages come in any order, the functions of one in theirs. */
export interface FactsFrame {
  at: number // number of the package
  funcs: number // so many lines are functions of it, behind those of its earlier frames …
  last: boolean // … and then comes the package itself, without functions
  void?: boolean // the functions of its earlier frames do not count
}

/** A package of the patterns asked for (with tests: `p [p.test]` in place of `p`, and `p_test`). */
export interface PackageFacts {
  id: string // as `go list` prints it: "p", "p [p.test]", "p_test [p.test]"
  path: string // as names use it: "p" (also for "p [p.test]"), "p_test"
  name: string // of the package clause
  doc: string // package comment
  dir: string // absolute
  module: { path: string; dir: string; go: string; main: boolean } | null // go: "1.22"
  standard: boolean
  go: string // language version of the package: "go1.22"
  /** What `go list` or the type checker objected to, "file:line:col: message"; the rest is then incomplete. */
  errors: string[]
  files: FileFacts[]
  ignored: IgnoredFile[]
  imports: string[] // import paths of all files
  types: TypeFacts[]
  objects: ObjectFacts[]
  paths: Path[]
  named: NamedFacts[]
  funcs: FuncFacts[]
  /** Concrete types that the package converts (or assigns) to interface types. */
  conversions: Conversion[]
  copies: CopyFacts[]
  /** Keys of functions, and of methods of interfaces, whose doc comment has a line "//mapfix:spawns"; absent where there are none. */
  spawns?: string[]
}

/** A package's tables where nothing of it was read, or nothing of that is kept. */
export const NOTHING_READ = {
  ignored: [],
  imports: [],
  types: [],
  objects: [],
  paths: [],
  named: [],
  funcs: [],
  conversions: [],
  copies: [],
} satisfies Partial<PackageFacts>

export interface FileFacts {
  path: string // absolute
  size: number // bytes
  sha256: string
  generated: boolean
  test: boolean
  cgo: boolean
  go: string // the file's language version (a //go:build line may change it): "go1.22"
  imports: { path: string; name: string; span: Span }[] // name: as the file says it, "" if it does not
  /** Where a new import spec or declaration goes: end of the package clause; spans of the import declarations. */
  clauseEnd: number
  importDecls: { span: Span; lparen: boolean }[]
  directives?: DirectiveFacts[] // absent where there are none
}

/** A comment that speaks to mapfix or golangci-lint: "//mapfix:…", "//nolint…". */
export interface DirectiveFacts {
  text: string
  span: Span
  /** The line that it stands on; where nothing else stands there, the line below its comment group instead. */
  lines: Span
  /** The same, to the end of the syntax that begins there: below the comment in its column, beside it a declaration. */
  block: Span
}

/** A Go file of the directory that this run's GOOS, tags or cgo leave out, read with go/parser. */
export interface IgnoredFile {
  path: string
  name: string // of its package clause, "" if it has none
  idents: string[] // every identifier in it, each once
}

export type TypeKind =
  | 'map'
  | 'pointer'
  | 'named'
  | 'struct'
  | 'interface'
  | 'basic'
  | 'slice'
  | 'array'
  | 'chan'
  | 'func'
  | 'typeparam'
  | 'tuple'

export interface TypeFacts {
  kind: TypeKind
  /** As source in this package writes it (other packages by their name): "map[string]*Item", "sync.RWMutex". */
  text: string
  key?: TypeRef // map
  elem?: TypeRef // map, pointer, slice, array, chan
  name?: string // named: "path.Name"; aliases are resolved (types.Unalias)
  under?: TypeRef // named: the underlying type; typeparam: the constraint
  args?: TypeRef[] // named: type arguments
  /** struct: only of types declared in packages of this run; a foreign struct has its exported and unexported fields too when known. */
  fields?: { name: string; obj: ObjRef; type: TypeRef; embedded: boolean }[]
  elems?: TypeRef[] // tuple; func: results
  params?: TypeRef[] // func
  variadic?: boolean // func
  /** Using a value as a map key may panic: an interface, or a struct or array that holds one (type parameters: true). */
  hashPanics?: boolean
  comparable?: boolean
  basic?: string // basic: "string", "int", "float64", "untyped nil" …
}

export type ObjectKind = 'package' | 'field' | 'local' | 'param' | 'receiver' | 'result'

export interface ObjectFacts {
  /**
   * The contract's name, unique in the program: "path.Var", "path.Type.field", "path.Func.local" (methods:
   * "path.Type.Method.local"; literals belong to the function they stand in); a second one of the name gets "#2".
   * Test packages: "path_test.Var".
   */
  key: string
  name: string
  kind: ObjectKind
  type: TypeRef
  file: number // index into files; -1: declared outside this package's files
  span: Span // of the identifier that declares it
  line: number // 1-based; of the declaration (also for foreign objects, where known, else 0)
  exported: boolean
  embedded?: boolean
  owner?: string // fields: key of the named type, "path.Type", that declares them
  func?: FuncRef // locals, params …: the outermost declared function or literal they belong to (the innermost literal)
  comment?: string // doc and line comment of the declaration
  decl?: DeclFacts // of package variables, fields and locals declared in this package's files
  /** Locals, params, results: start offsets of every identifier that denotes it, the declaring one included. */
  uses?: number[]
}

export interface DeclFacts {
  span: Span // ValueSpec, Field, or the := statement
  type?: Span // the type expression, if written
  value?: Span // this name's own initialiser, if there is one
  names: number // how many names the spec declares
  /** 'var' spec alone in `var x T`; 'group' spec inside var ( … ); 'field'; 'define' for :=; 'param' etc. */
  form: 'var' | 'group' | 'field' | 'define' | 'range' | 'param' | 'other'
  declSpan: Span // the whole GenDecl (var … / var ( … )), for fields the struct type expression
}

/** Root and steps: pointers and addresses are seen through, so `p.f`, `(*p).f`, `&p.f` have one path. */
export type Path = readonly [root: PathRoot, ...steps: PathStep[]]
/**
 * A number is an ObjRef (local, parameter, receiver, package variable). "call:N" is the (first) result of call event N of the
 * function; "call:N/1" its second. "fresh" is a composite literal, new or make. "?" is anything else.
 */
export type PathRoot = number | string
/** A number is a field's ObjRef (promoted fields are spelled out); "[text]" an index or key, whose text names it; "*range" an element taken by range; "<-" received; ".(T)" a type assertion. */
export type PathStep = number | string

/** A named type declared in this package. */
export interface NamedFacts {
  key: string // "path.Type"
  name: string
  type: TypeRef
  exported: boolean
  doc: string
  file: number
  span: Span // of the TypeSpec
  alias: boolean
  tparams: { name: string; constraint: string }[]
  methods: string[] // function keys, promoted ones not included
  local: boolean // declared inside a function
}

export interface Conversion {
  from: TypeRef
  to: TypeRef
  file: number
  span: Span
  /** Key of the function whose argument it is, "" elsewhere: "fmt.Println". */
  callee: string
}

/** A struct or array value is copied (or overwritten whole), as go vet's copylocks understands it. */
export interface CopyFacts {
  type: TypeRef
  how:
    | 'assign'
    | 'argument'
    | 'receiver'
    | 'param'
    | 'result'
    | 'return'
    | 'range'
    | 'send'
    | 'element'
    | 'overwrite'
    | 'compare'
    | 'interface'
  file: number
  span: Span
}

export interface FuncFacts {
  /** "path.Func", "path.Type.Method"; a literal: that of the function it stands in + "$1", "$2" … in source order; "path.$init" for package variables' initialisers; init functions "path.init", "path.init#2". */
  key: string
  display: string // "(*Store).Put", "Open", "(*Store).Put.func1", "init"
  kind: 'func' | 'method' | 'literal' | 'varinit'
  exported: boolean // callable from other packages: exported name, and exported receiver type
  file: number // varinit: -1; its statements say
  span: Span // of the declaration or literal, the body included
  body: Span // braces included; [0, 0] for a function without a body
  doc: string
  recv?: ObjRef // absent when unnamed too
  recvType?: string // methods: key of the named type
  recvPtr?: boolean
  params: (ObjRef | -1)[] // -1: unnamed or _
  paramTypes?: TypeRef[] // of all of them, where one is unnamed
  results: (ObjRef | -1)[] // -1: unnamed
  resultTypes: TypeRef[]
  variadic: boolean
  tparams: string[] // type parameters, the receiver's included
  parent?: FuncRef // of a literal: the function or literal it stands in
  test: boolean // in a _test.go file
  /** Function labels, goto and recover() in it (literals not included). */
  hasRecover: boolean
  stmts: Stmt[]
}

interface StmtBase {
  span: Span
  file?: number // only in varinit
  /** Events of the statement's own expressions (not of nested statements), in the order of evaluation. */
  e: Ev[]
}
/** A variable of type bool, and its value; -1 stands for a constant that is something else: never. */
export type Known = readonly [variable: ObjRef | -1, is: boolean]
/** A field of type bool that is (is: false, negated) a condition by itself: where it lives. */
export interface Flag {
  p: PathRef
  is: boolean
}
export interface Block {
  span: Span
  body: Stmt[]
}

export type Stmt =
  | (StmtBase & { k: 'expr' | 'incdec' | 'send' | 'go' | 'defer' | 'empty' })
  | (StmtBase & { k: 'assign'; op: string; lhs: Span[]; rhs: Span[]; def?: ObjRef[] }) // op: "=", ":=", "+=" …; def: what := declares anew
  | (StmtBase & { k: 'decl'; tok: 'var' | 'const' | 'type'; def: ObjRef[] })
  | (StmtBase & { k: 'return'; results: Span[] })
  | (StmtBase & { k: 'branch'; tok: 'break' | 'continue' | 'goto' | 'fallthrough'; label?: string })
  | (StmtBase & { k: 'block'; block: Block })
  | (StmtBase & { k: 'labeled'; label: string; stmt: Stmt })
  | (StmtBase & {
      k: 'if'
      init?: Stmt
      cond: Span
      then: Block
      else?: Stmt
      yes?: Known[]
      no?: Known[]
      flag?: Flag
    }) // e: the condition's; yes, no: what follows where it is true, false
  | (StmtBase & { k: 'for'; init?: Stmt; cond?: Span; post?: Stmt; block: Block })
  | (StmtBase & {
      k: 'range'
      x: Span
      xt: 'map' | 'slice' | 'array' | 'string' | 'chan' | 'int' | 'func' | 'other'
      p?: PathRef // of a channel
      key?: Span
      value?: Span
      define: boolean
      def: ObjRef[]
      block: Block
    })
  | (StmtBase & { k: 'switch' | 'typeswitch'; init?: Stmt; tag?: Span; cases: Case[] }) // e: the tag's
  | (StmtBase & { k: 'select'; cases: SelectCase[] })

export interface Case {
  span: Span
  isDefault: boolean
  e: Ev[]
  body: Stmt[]
  exprs: Span[]
  colon: number
}
export interface SelectCase {
  span: Span
  isDefault: boolean
  comm?: Stmt
  body: Stmt[]
  colon: number
}

export type AccessOp =
  | 'lookup' // m[k]
  | 'lookup2' // v, ok := m[k]
  | 'assign' // m[k] = v
  | 'update' // m[k]++, m[k] += v
  | 'delete'
  | 'clear'
  | 'len'
  | 'range'
  | 'nil' // m == nil
  | 'read' // the map's value is used in some other way: see use
  | 'replace' // m = …
  | 'addr' // &m
  | 'init' // var m = …, m := …, T{m: …}, T{…} without m (zero)

/** What a value is, as far as one expression tells. */
export type Val =
  | { k: 'path'; p: PathRef; addr?: boolean; t: TypeRef } // addr: &path
  | {
      k: 'fresh'
      t: TypeRef
      how: 'lit' | 'make' | 'new'
      fields?: { f: ObjRef; v: Val }[]
      elems?: Val[]
      size?: number
      sized?: boolean
      span: Span
    } // size: the constant length or capacity that make is given; sized: it is given one
  | { k: 'call'; n: number; i: number; t: TypeRef } // result i of call event n
  | { k: 'func'; key: string; recv?: Val } // function or method value
  | { k: 'lit'; fn: FuncRef } // function literal
  | { k: 'nil' }
  | { k: 'const'; b?: boolean; i?: number } // b: a constant of type bool; i: an integer of 32 bits
  | { k: 'other'; t: TypeRef }

export type Callee =
  | { k: 'func'; key: string; pkg: string } // function or method, statically known: "path.Func", "path.Type.Method"
  | { k: 'iface'; type: string; method: string; pkg: string } // type: key of the named interface, or its text
  | { k: 'builtin'; name: string }
  | { k: 'value'; v: Val } // function value: a local, parameter, field, map element, literal called in place

export type Ev =
  | {
      k: 'acc'
      op: AccessOp
      on: 'variable' | 'contents'
      p: PathRef // of the map (not of the element)
      t: TypeRef // type of the map expression
      span: Span // the access whole: m[k], delete(m, k), len(m), m == nil, m (read), m[k]++ (the statement)
      x: Span // the map operand
      key?: Span
      keyConst?: boolean
      kv?: Val // assign, update: the key, where it is no constant
      val?: Span // assign: the value (absent for a, m[k] = f()); replace, init: the new value
      v?: Val // assign: the value stored; replace, init: the value assigned
      write: boolean
      /** read and addr: what becomes of it. 'call' is an argument: see callee and arg; 'range' is a range over a function of it. */
      use?:
        | 'assign'
        | 'return'
        | 'call'
        | 'range'
        | 'send'
        | 'element'
        | 'interface'
        | 'method'
        | 'compare'
        | 'convert'
        | 'discard'
        | 'capture'
        | 'other'
      callee?: string // key of the function or "builtin.append" …, "" if unknown
      arg?: number
    }
  | {
      k: 'call'
      n: number // number of this call in its function
      span: Span
      fun: Span // fun: the callee expression
      callee: Callee
      recv?: Val // methods: the receiver
      recvCopied?: boolean // a value receiver
      args: Val[]
      argSpans: Span[]
      argTypes: TypeRef[] // static type of each argument expression
      spread?: boolean // f(xs...)
      mode: 'call' | 'go' | 'defer'
      /** The call is (the negation of) the condition of an if or a loop: "if mu.TryLock()" true, "for !mu.TryLock()" false. */
      test?: boolean
      results: TypeRef[]
    }
  | { k: 'set'; to: PathRef; v: Val; def?: boolean; star?: boolean; span: Span; op?: string } // an assignment to a variable, field or element that is not a map access; star: *p = v, to what p points to
  | { k: 'recv'; p: PathRef; span: Span }
  | { k: 'chansend'; p: PathRef; v: Val; span: Span }
  | { k: 'return'; vals: Val[]; span: Span }
  | { k: 'lit'; fn: FuncRef; span: Span } // a literal becomes a value here (also when it is an argument or called in place)
  | { k: 'ref'; key: string; span: Span } // a function named but not called: it escapes as a value
  | { k: 'and' | 'or'; e: Ev[]; span: Span } // right operand of && and ||
  | {
      k: 'may'
      why: 'index' | 'slice' | 'deref' | 'assert' | 'divide' | 'hash' | 'convert' | 'shift'
      p?: PathRef
      span: Span
    } // may panic here
