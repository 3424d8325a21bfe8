/** The Go text of a program: one package with a function Run, deterministic and of one goroutine. */
import { Context } from './context.js'
import {
  calleeName,
  ELEMENT,
  HELPERS,
  instance,
  keyText,
  keyType,
  locking,
  lockName,
  mapPath,
  mapsOf,
  mapType,
  type NamedMap,
  receiverOf,
  typeName,
  valueText,
  viewText,
} from './places.js'
import type { Holder, Program } from './program.js'
import { Writer } from './statements.js'

export interface TextOptions {
  readonly package: string
  /** The path of the module. */
  readonly module: string
  /** Put to all names that the file declares, so that a package may have many such files. */
  readonly suffix: string
  /** The N of the module's go 1.N. */
  readonly minor: number
}

/** A file of the package, not gofmt clean; what its Run prints, and how it ends, is what a rewrite must keep. */
export function textOf(made: Program, options: TextOptions): string {
  const { module, suffix, minor } = options
  // All structs have a lock, or none.
  const lock = made.holders[0]?.lock ?? 'none'
  const holders = made.holders.map((holder): Holder => {
    return { ...holder, lock, place: holder.place === 'generic' && minor < 18 ? 'pointer' : holder.place }
  })
  const program = { ...made, holders }
  const functions: string[] = []
  const accessors = new Set<string>()
  for (const [index, func] of program.funcs.entries()) {
    const receiver = receiverOf(program, func)
    const ctx = new Context(program, index, func, receiver)
    const lines = [...locking(program, func, receiver), ...new Writer(ctx).body()]
    const results = { none: '', int: ' int', two: ' (int, bool)', named: ' (out int)' }[func.result]
    functions.push(`${head(program, receiver)}f${index}(key string, n int)${results} {\n${lines.join('\n')}\n}`)
    for (const accessor of ctx.accessors) accessors.add(accessor)
  }
  const maps = mapsOf(program)
  const accessorTexts = [...accessors].sort().flatMap((one) => {
    const [kind = '', of = ''] = one.split(' ')
    const map = maps.find((other) => other.name === of)
    return map === undefined ? [] : [accessorText(program, kind, map)]
  })
  const body = [
    ...program.holders.map((holder, at) =>
      holderText(
        program,
        holder,
        at,
        maps.filter((map) => map.holder === at),
      ),
    ),
    ...functions,
    ...accessorTexts,
    runText(program),
    showText(program, maps),
    CALL,
  ].join('\n\n')
  const helpers = helpersOf(body)
  const text = [body, ...helpers].join('\n\n')
  const imports = [
    'fmt',
    ...(/\bsort\./.test(text) ? ['sort'] : []),
    ...(/\bsync\./.test(text) ? ['sync'] : []),
    ...(/\bmarks\./.test(text) ? [`${module}/marks`] : []),
  ]
  const declared = suffix === '' ? text : text.replace(DECLARED, (found) => found + suffix)
  const spoken = minor < 18 ? declared.replace(/\bany\b/g, 'interface{}') : declared
  const paths = imports.map((path) => `\t"${path}"`).join('\n')
  return `package ${options.package}\n\nimport (\n${paths}\n)\n\n${minor < 21 ? spoken.replace(/\bclear\((.*)\)/g, '$1 = nil') : spoken}\n`
}

/** The names that a program declares for its package, and those of fields. Method calls of other packages are none. */
const DECLARED = new RegExp(
  `(?<!fmt\\.|sort\\.|sync\\.|marks\\.)\\b(?:(?:new)?(?:Store|Cache)|(?:store|cache)(?:Mu|Base)?|(?:get|has|put)?(?:items|hits|index|seen)|f[0-9]|Run|show|call|lines|ticks|${Object.keys(HELPERS).join('|')})\\b(?!")`,
  'g',
)

const CALL = `func call(f func()) {
	defer func() {
		if r := recover(); r != nil {
			fmt.Println("panic:", r)
		}
	}()
	f()
}`

function head(program: Program, receiver: number): string {
  if (receiver < 0) return 'func '
  const generic = program.holders[receiver]?.place === 'generic'
  return `func (s *${typeName(receiver)}${generic ? '[K]' : ''}) `
}

function holderText(program: Program, holder: Holder, at: number, maps: readonly NamedMap[]): string {
  const lock = holder.lock === 'none' ? [] : [`mu sync.${holder.lock}`]
  const start = (map: NamedMap): string => startText(program, map, false)
  if (holder.place === 'variable') {
    const locked = lock.length > 0 ? [`var ${lockName(program, at, -1)} sync.${holder.lock}`] : []
    return [
      ...locked,
      ...maps.map((map) =>
        map.start === 'nil' ? `var ${map.name} ${mapType(program, map, false)}` : `var ${map.name} = ${start(map)}`,
      ),
    ].join('\n\n')
  }
  const type = typeName(at)
  const fields = [...lock, ...maps.map((map) => `${map.name} ${mapType(program, map, true)}`)]
  const struct = (name: string, inner: readonly string[]): string => `type ${name} struct {\n${inner.join('\n')}\n}`
  const values = maps.filter((map) => map.start !== 'nil').map((map) => `${map.name}: ${start(map)}`)
  const literal = (name: string): string => `${name}{${values.join(', ')}}`
  switch (holder.place) {
    case 'pointer':
      return `${struct(type, fields)}\n\nvar ${instance(at)} = &${literal(type)}`
    case 'value':
      return `${struct(type, fields)}\n\nvar ${instance(at)} = ${literal(type)}`
    case 'generic':
      return `${struct(`${type}[K ~string]`, fields)}\n\nvar ${instance(at)} = &${literal(`${type}[string]`)}`
    case 'made': {
      const sets = maps.filter((map) => map.start !== 'nil').map((map) => `s.${map.name} = ${start(map)}`)
      return `${struct(type, fields)}\n\nvar ${instance(at)} = new${type}()\n\nfunc new${type}() *${type} {\ns := &${type}{}\n${[...sets, 'return s'].join('\n')}\n}`
    }
    case 'embedded': {
      const base = `${instance(at)}Base`
      return `${struct(base, fields)}\n\n${struct(type, [base, 'name string'])}\n\nvar ${instance(at)} = &${type}{${base}: ${literal(base)}}`
    }
  }
}

function startText(program: Program, map: NamedMap, inside: boolean): string {
  const type = mapType(program, map, inside)
  if (map.start !== 'literal') return `make(${type})`
  const entries = ['a', 'b'].map((letter, i) => `${startKey(map, letter, i)}: ${valueText(map.value, String(i + 1))}`)
  return `${type}{${entries.join(', ')}}`
}

function startKey(map: NamedMap, letter: string, i: number): string {
  if (map.key === 'int') return String(i)
  return map.key === 'point' ? `{${i}, 0}` : `"${letter}"`
}

function accessorText(program: Program, kind: string, map: NamedMap): string {
  const holder = program.holders[map.holder]
  const receiver = holder?.place === 'variable' ? -1 : map.holder
  const m = mapPath(program, map, receiver)
  const key = keyType(holder, map.key, receiver >= 0)
  const locked = holder !== undefined && holder.lock !== 'none'
  const lock = locked
    ? [`${lockName(program, map.holder, receiver)}.Lock()`, `defer ${lockName(program, map.holder, receiver)}.Unlock()`]
    : []
  const [parameters, results, body] =
    kind === 'put'
      ? [`k ${key}, v ${ELEMENT[map.value]}`, '', [`${m}[k] = v`]]
      : kind === 'has'
        ? [`k ${key}`, ' bool', [`_, ok := ${m}[k]`, 'return ok']]
        : [`k ${key}`, ` ${ELEMENT[map.value]}`, [`return ${m}[k]`]]
  return `${head(program, receiver)}${kind}${map.name}(${parameters})${results} {\n${[...lock, ...body].join('\n')}\n}`
}

function runText(program: Program): string {
  const calls = program.calls.map(({ func, key, n }) => {
    const index = func % program.funcs.length
    const call = `${calleeName(program, index, -1)}(${keyText('string', key % 2, true)}, ${n})`
    return `call(func() { ${program.funcs[index]?.result === 'none' ? call : `fmt.Println(${call})`} })`
  })
  const traced = ['for _, line := range lines {', 'fmt.Println(line...)', '}']
  return `// Run prints what the program does.\nfunc Run() {\n${[...calls, ...traced, 'call(show)'].join('\n')}\n}`
}

function showText(program: Program, maps: readonly NamedMap[]): string {
  const lines = maps.flatMap((map, i) => {
    const m = mapPath(program, map, -1)
    const keys = `${map.name}Keys`
    switch (program.show + i) {
      case 0:
        return [`fmt.Println(${map.value === 'func' || map.value === 'pointer' ? `len(${m})` : m})`]
      case 1:
        return [`fmt.Println(len(${m}))`, `fmt.Println(${m} == nil)`]
      default:
        return [
          `var ${keys} []${map.key}`,
          `for k := range ${m} {`,
          `${keys} = append(${keys}, k)`,
          '}',
          `sort.Slice(${keys}, func(i, j int) bool { return fmt.Sprint(${keys}[i]) < fmt.Sprint(${keys}[j]) })`,
          `for _, k := range ${keys} {`,
          `v := ${viewText(map.value, `${m}[k]`)}`,
          'fmt.Println(k, v)',
          '}',
          `fmt.Println(${m} == nil)`,
        ]
    }
  })
  return `func show() {\n${lines.join('\n')}\n}`
}

/** The helpers that the text names, and those that they name. */
function helpersOf(body: string): string[] {
  const wanted = new Set<string>(['trace'])
  for (let text = body; text !== ''; ) {
    const found = Object.entries(HELPERS).filter(
      ([name]) => !wanted.has(name) && new RegExp(`\\b${name}\\b`).test(text),
    )
    for (const [name] of found) wanted.add(name)
    text = found.map(([, helper]) => helper).join('\n')
  }
  return Object.entries(HELPERS).flatMap(([name, text]) => (wanted.has(name) ? [text] : []))
}
