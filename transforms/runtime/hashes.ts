/** The hash function of a key for `shardedMap`, from the key's underlying type. Equal keys get equal hashes. */
import { objectAt, typeAt } from '../../src/analysis/program.js'
import type { PackageFacts, TypeFacts, TypeRef } from '../../src/facts.js'
import type { Addition } from '../../src/plan/container.js'
import { atLeast } from '../../src/plan/types.js'

/** A Go function `func(K) uint64`. */
export interface Hash {
  readonly name: string
  /** Whether its key type is a type parameter. */
  readonly generic: boolean
  /** What it needs in its file, itself included, by name. */
  readonly functions: ReadonlyMap<string, Addition>
}

/** Names that hash functions may have, but for those of structs and arrays. */
export function hashNames(suffix: string): readonly string[] {
  return ['hashString', 'hashInteger', 'hashFloat', 'hashBool', 'hashComparable'].map((name) => name + suffix)
}

/**
 * A hash for keys of the type. Basic types, and structs and arrays of them that the package can look into, have one in every
 * version; all else from Go 1.24 on, which has maphash.Comparable. Null where there is none.
 */
export function hashFor(pkg: PackageFacts, key: TypeRef, suffix: string, taken: ReadonlySet<string>): Hash | null {
  const maker = new Maker(pkg, suffix, taken)
  const name = maker.basic(key) ?? maker.composite(key)
  if (name !== null) return maker.done(name)
  return atLeast(pkg.go, 24) ? new Maker(pkg, suffix, taken).comparable() : null
}

class Maker {
  readonly #pkg: PackageFacts
  readonly #suffix: string
  readonly #taken: ReadonlySet<string>
  readonly #functions = new Map<string, Addition>()

  constructor(pkg: PackageFacts, suffix: string, taken: ReadonlySet<string>) {
    this.#pkg = pkg
    this.#suffix = suffix
    this.#taken = taken
  }

  done(name: string): Hash {
    return { name, generic: / \w+\[/.test(this.#functions.get(name)?.text ?? ''), functions: this.#functions }
  }

  #seed(): string {
    const name = `shardSeed${this.#suffix}`
    this.#functions.set(name, { text: `var ${name} = maphash.MakeSeed()`, imports: ['hash/maphash'] })
    return name
  }

  comparable(): Hash {
    const name = `hashComparable${this.#suffix}`
    const text = `func ${name}[K comparable](key K) uint64 {\n	return maphash.Comparable(${this.#seed()}, key)\n}`
    this.#functions.set(name, { text, imports: [] })
    return this.done(name)
  }

  /** The function for a type whose underlying type is basic; null for any other. */
  basic(ref: TypeRef): string | null {
    const { kind, basic = '' } = underlying(this.#pkg, ref)
    if (kind !== 'basic') return null
    const add = (base: string, constraint: string, body: string, imports: readonly string[] = []): string => {
      const name = base + this.#suffix
      this.#functions.set(name, { text: `func ${name}[K ${constraint}](key K) uint64 {\n${body}\n}`, imports })
      return name
    }
    if (basic === 'string') {
      const seed = this.#seed()
      return add(
        'hashString',
        '~string',
        atLeast(this.#pkg.go, 19)
          ? `	return maphash.String(${seed}, string(key))`
          : `	var h maphash.Hash\n	h.SetSeed(${seed})\n	h.WriteString(string(key))\n	return h.Sum64()`,
      )
    }
    if (/^(u?int(8|16|32|64|ptr)?|byte|rune)$/.test(basic)) {
      const kinds = ['int', 'uint'].flatMap((sign) => ['', '8', '16', '32', '64'].map((size) => `~${sign}${size}`))
      return add('hashInteger', [...kinds, '~uintptr'].join(' | '), `	return uint64(key) * 0x9e3779b97f4a7c15 >> 32`)
    }
    if (/^float(32|64)$/.test(basic)) {
      return add(
        'hashFloat',
        '~float32 | ~float64',
        `	if key == 0 {\n		return 0 // as is -0, which is equal\n	}\n	return math.Float64bits(float64(key)) * 0x9e3779b97f4a7c15 >> 32`,
        ['math'],
      )
    }
    return basic === 'bool' ? add('hashBool', '~bool', `	if key {\n		return 1\n	}\n	return 0`) : null
  }

  /** The function for a struct or array of the package whose parts have hashes; null for any other. */
  composite(ref: TypeRef): string | null {
    const type = typeAt(this.#pkg, ref)
    if (type.kind !== 'named' || type.name === undefined || (type.args ?? []).length > 0) return null
    if (!this.#pkg.named.some((named) => named.key === type.name && !named.local)) return null
    const lines = this.#parts('key', ref, 0)
    if (lines === null) return null
    const own = type.text.charAt(0).toUpperCase() + type.text.slice(1)
    const name = `hash${own}${this.#suffix}`
    if (this.#taken.has(name)) return null
    const body = ['	h := uint64(0)', ...lines, '	return h'].join('\n')
    this.#functions.set(name, { text: `func ${name}(key ${type.text}) uint64 {\n${body}\n}`, imports: [] })
    return name
  }

  /** Statements that mix what `==` compares of the value into h. */
  #parts(value: string, ref: TypeRef, depth: number): string[] | null {
    const basic = this.basic(ref)
    if (basic !== null) return [`${'\t'.repeat(depth + 1)}h = h*31 + ${basic}(${value})`]
    const type = underlying(this.#pkg, ref)
    if (type.kind === 'array' && type.elem !== undefined) {
      const element = `part${depth === 0 ? '' : depth}`
      const inner = this.#parts(element, type.elem, depth + 1)
      const tabs = '\t'.repeat(depth + 1)
      return inner === null ? null : [`${tabs}for _, ${element} := range ${value} {`, ...inner, `${tabs}}`]
    }
    if (type.kind !== 'struct' || type.fields === undefined) return null
    const lines: string[] = []
    for (const field of type.fields ?? []) {
      if (field.name === '_') continue
      // Fields of other packages' structs can be named where they are exported alone.
      const { key, exported } = objectAt(this.#pkg, field.obj)
      if (!exported && !key.startsWith(`${this.#pkg.path}.`)) return null
      const inner = this.#parts(`${value}.${field.name}`, field.type, depth)
      if (inner === null) return null
      lines.push(...inner)
    }
    return lines
  }
}

function underlying(pkg: PackageFacts, ref: TypeRef): TypeFacts {
  const type = typeAt(pkg, ref)
  return type.kind === 'named' && type.under !== undefined ? typeAt(pkg, type.under) : type
}
