/** Small Go programs as data, and how to make them up. `text.ts` writes them; what does not fit (a map that is not there) it bends until it fits. */
import fc from 'fast-check'

/** What holds a map: a package variable, or a field of a struct. */
export const PLACES = ['variable', 'pointer', 'value', 'made', 'embedded', 'generic'] as const
export const KEYS = ['string', 'int', 'ID', 'any', 'point'] as const
export const VALUES = ['int', 'string', 'slice', 'pointer', 'struct', 'map', 'func', 'any', 'bool'] as const
/** How a map begins. */
export const STARTS = ['literal', 'make', 'nil'] as const

export type Place = (typeof PLACES)[number]
export type Key = (typeof KEYS)[number]
export type Value = (typeof VALUES)[number]

export interface MapDecl {
  readonly key: Key
  readonly value: Value
  readonly start: (typeof STARTS)[number]
}

/** Maps that are declared together. A lock is one that the program has already, and takes in the functions that say so. */
export interface Holder {
  readonly place: Place
  readonly lock: 'none' | 'Mutex' | 'RWMutex'
  readonly maps: readonly MapDecl[]
}

/** Numbers choose among what is there: `map` a map, `key` a key expression. */
export type Expr =
  | { readonly k: 'number'; readonly n: number }
  | { readonly k: 'local'; readonly n: number }
  | { readonly k: 'get' | 'len' | 'accessor'; readonly map: number; readonly key: number }
  | { readonly k: 'tick' }
  | { readonly k: 'call'; readonly func: number; readonly key: number; readonly arg: Expr }
  | { readonly k: 'add' | 'sub'; readonly a: Expr; readonly b: Expr }
  | { readonly k: 'literal'; readonly a: Expr }

export type Cond =
  | { readonly k: 'less'; readonly a: Expr; readonly b: Expr }
  | { readonly k: 'has' | 'isNil' | 'truth'; readonly map: number; readonly key: number }
  | { readonly k: 'and' | 'or'; readonly a: Cond; readonly b: Cond }
  | { readonly k: 'not'; readonly a: Cond }

interface At {
  readonly map: number
  readonly key: number
}

export type Stmt =
  | ({
      readonly k: 'assign' | 'update' | 'append' | 'nested' | 'through'
      readonly e: Expr
      readonly form: number
    } & At)
  | ({
      readonly k: 'increment' | 'delete' | 'clear' | 'alias' | 'copy' | 'drain' | 'channel'
      readonly form: number
    } & At)
  | ({ readonly k: 'compound'; readonly form: number; readonly other: number; readonly marked: boolean } & At)
  | ({ readonly k: 'pair'; readonly form: number; readonly other: number; readonly a: Expr; readonly b: Expr } & At)
  | ({ readonly k: 'found'; readonly form: number; readonly yes: Stmts; readonly no: Stmts } & At)
  | ({ readonly k: 'switch'; readonly form: number; readonly e: Expr; readonly yes: Stmts; readonly no: Stmts } & At)
  | ({ readonly k: 'range'; readonly form: number; readonly body: readonly number[] } & At)
  | ({ readonly k: 'defer'; readonly form: number; readonly body: Stmts } & At)
  | { readonly k: 'if'; readonly c: Cond; readonly yes: Stmts; readonly no: Stmts }
  | { readonly k: 'let' | 'say' | 'return' | 'set'; readonly e: Expr; readonly form: number }
  | { readonly k: 'loop'; readonly form: number; readonly c: Cond; readonly body: Stmts }
  | { readonly k: 'leave'; readonly form: number; readonly c: Cond }
  | { readonly k: 'closure'; readonly form: number; readonly body: Stmts; readonly e: Expr }
  | { readonly k: 'panic'; readonly c: Cond }

export type Stmts = readonly Stmt[]

export interface Func {
  /** The holder whose method it is, where that is a struct. */
  readonly holder: number
  readonly result: 'none' | 'int' | 'two' | 'named'
  readonly locked: boolean
  readonly body: Stmts
  readonly e: Expr
  readonly f: Expr
}

export interface Program {
  readonly holders: readonly Holder[]
  readonly funcs: readonly Func[]
  /** Calls of the functions, with a key and a number each. */
  readonly calls: readonly { readonly func: number; readonly key: number; readonly n: number }[]
  readonly show: number
}

/** How often a use of a map is an expression of which kind. */
const GETS = ['get', 'get', 'get', 'get', 'get', 'get', 'len', 'accessor'] as const

const nat = fc.nat({ max: 11 })
const at = { map: nat, key: nat }

const { expr, cond, stmts } = fc.letrec<{ expr: Expr; cond: Cond; stmt: Stmt; stmts: Stmts }>((tie) => {
  const any = tie('expr')
  const body = tie('stmts')
  return {
    expr: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      { weight: 4, arbitrary: fc.record({ k: fc.constant('number' as const), n: fc.nat({ max: 4 }) }) },
      { weight: 4, arbitrary: fc.record({ k: fc.constant('local' as const), n: nat }) },
      {
        weight: 3,
        arbitrary: fc.record({
          k: fc.constantFrom(...GETS),
          ...at,
        }),
      },
      { weight: 1, arbitrary: fc.record({ k: fc.constant('tick' as const) }) },
      { weight: 1, arbitrary: fc.record({ k: fc.constant('call' as const), func: nat, key: nat, arg: any }) },
      { weight: 2, arbitrary: fc.record({ k: fc.constantFrom('add' as const, 'sub' as const), a: any, b: any }) },
      { weight: 1, arbitrary: fc.record({ k: fc.constant('literal' as const), a: any }) },
    ),
    cond: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      { weight: 4, arbitrary: fc.record({ k: fc.constant('less' as const), a: any, b: any }) },
      {
        weight: 4,
        arbitrary: fc.record({
          k: fc.constantFrom('has' as const, 'isNil' as const, 'truth' as const, 'truth' as const, 'truth' as const),
          ...at,
        }),
      },
      {
        weight: 3,
        arbitrary: fc.record({ k: fc.constantFrom('and' as const, 'or' as const), a: tie('cond'), b: tie('cond') }),
      },
      { weight: 1, arbitrary: fc.record({ k: fc.constant('not' as const), a: tie('cond') }) },
    ),
    stmts: fc.array(tie('stmt'), { minLength: 1, maxLength: 3, depthIdentifier: 'stmt' }),
    stmt: fc.oneof(
      { depthSize: 'small', depthIdentifier: 'stmt', withCrossShrink: true },
      {
        weight: 6,
        arbitrary: fc.record({
          k: fc.constantFrom(
            'assign' as const,
            'update' as const,
            'append' as const,
            'nested' as const,
            'through' as const,
          ),
          ...at,
          e: any,
          form: nat,
        }),
      },
      {
        weight: 5,
        arbitrary: fc.record({
          k: fc.constantFrom(
            'increment' as const,
            'delete' as const,
            'clear' as const,
            'alias' as const,
            'copy' as const,
            'drain' as const,
            'channel' as const,
          ),
          ...at,
          form: nat,
        }),
      },
      {
        weight: 5,
        arbitrary: fc.record({
          k: fc.constant('compound' as const),
          ...at,
          form: nat,
          other: nat,
          marked: fc.boolean(),
        }),
      },
      {
        weight: 2,
        arbitrary: fc.record({ k: fc.constant('pair' as const), ...at, form: nat, other: nat, a: any, b: any }),
      },
      {
        weight: 3,
        arbitrary: fc.record({ k: fc.constantFrom('let' as const, 'say' as const, 'set' as const), e: any, form: nat }),
      },
      { weight: 1, arbitrary: fc.record({ k: fc.constant('return' as const), e: any, form: nat }) },
      { weight: 1, arbitrary: fc.record({ k: fc.constant('leave' as const), c: tie('cond'), form: nat }) },
      { weight: 1, arbitrary: fc.record({ k: fc.constant('panic' as const), c: tie('cond') }) },
      {
        weight: 3,
        arbitrary: fc.record({
          k: fc.constant('range' as const),
          ...at,
          form: nat,
          body: fc.array(nat, { minLength: 1, maxLength: 3 }),
        }),
      },
      {
        weight: 3,
        arbitrary: fc.record({ k: fc.constant('found' as const), ...at, form: nat, yes: body, no: body }),
      },
      {
        weight: 2,
        arbitrary: fc.record({ k: fc.constant('switch' as const), ...at, form: nat, e: any, yes: body, no: body }),
      },
      { weight: 2, arbitrary: fc.record({ k: fc.constant('if' as const), c: tie('cond'), yes: body, no: body }) },
      { weight: 2, arbitrary: fc.record({ k: fc.constant('loop' as const), form: nat, c: tie('cond'), body }) },
      { weight: 2, arbitrary: fc.record({ k: fc.constant('defer' as const), ...at, form: nat, body }) },
      { weight: 2, arbitrary: fc.record({ k: fc.constant('closure' as const), form: nat, body, e: any }) },
    ),
  }
})

/** Mostly one: maps that are written side by side are only fixed together. */
function someOf(one: fc.Arbitrary<MapDecl>): fc.Arbitrary<readonly MapDecl[]> {
  return fc.oneof({ weight: 3, arbitrary: fc.tuple(one) }, { weight: 1, arbitrary: fc.tuple(one, one) })
}

const holder: fc.Arbitrary<Holder> = fc.record({
  place: fc.constantFrom(...PLACES),
  lock: fc.constantFrom('none', 'none', 'none', 'none', 'none', 'Mutex', 'RWMutex'),
  maps: someOf(
    fc.record({
      key: fc.constantFrom('string', 'string', 'string', ...KEYS),
      value: fc.constantFrom('int', 'int', 'int', ...VALUES),
      start: fc.constantFrom('literal', 'make', ...STARTS),
    }),
  ),
})

/** Programs, of one holder of a map or two, and a few functions. */
export const program: fc.Arbitrary<Program> = fc.record({
  holders: fc.oneof({ weight: 5, arbitrary: fc.tuple(holder) }, { weight: 1, arbitrary: fc.tuple(holder, holder) }),
  funcs: fc.array(
    fc.record({
      holder: nat,
      result: fc.constantFrom('none', 'int', 'two', 'named'),
      locked: fc.constantFrom(true, true, true, false),
      body: stmts,
      e: expr,
      f: expr,
    }),
    { minLength: 1, maxLength: 4 },
  ),
  calls: fc.array(fc.record({ func: nat, key: nat, n: fc.nat({ max: 3 }) }), { minLength: 1, maxLength: 6 }),
  show: nat,
})

export { cond, stmts }
