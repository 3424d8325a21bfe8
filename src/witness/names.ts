/** Names in a test: none that the package, its imports or the language have. */
import type { PackageFacts } from '../facts.js'
import type { SharedMap } from '../types.js'

const LANGUAGE =
  'break case chan const continue default defer else fallthrough for func go goto if import interface map package range return select struct switch type var ' +
  'any append bool byte cap clear close comparable complex complex64 complex128 copy delete error false float32 float64 imag int int8 int16 int32 int64 iota len ' +
  'make max min new nil panic print println real recover rune string true uint uint8 uint16 uint32 uint64 uintptr'
/** What every test of ours calls something else. */
const OURS = 't i g wg start err'

/** Names that a variable of the test must not have. */
export function takenIn(pkg: PackageFacts): Set<string> {
  const imported = pkg.files.flatMap((f) => f.imports.map(({ path, name }) => name || path.replace(/^.*\//, '')))
  const used = 'context http httptest io log net os reflect slog strconv strings sync testing time url'.split(' ')
  return new Set([...declaredIn(pkg), ...imported, ...used, ...LANGUAGE.split(' '), ...OURS.split(' ')])
}

/** Names that the package declares, its tests and files for other platforms included. */
export function declaredIn(pkg: PackageFacts): Set<string> {
  return new Set([
    ...pkg.objects.filter((o) => o.kind === 'package').map((o) => o.name),
    ...pkg.funcs.filter((f) => f.kind === 'func').map((f) => f.display),
    ...pkg.named.map((n) => n.name),
    ...pkg.ignored.flatMap((f) => f.idents),
  ])
}

/** Of the map "path.Store.items": "TestStoreItemsRace". */
export function testName(map: SharedMap): string {
  return `Test${words(map.name.slice(map.pkg.path.length + 1))}Race`
}

/** The words of a name, each with a capital: "(*Store).put" is "StorePut". */
export function words(name: string): string {
  const all = name.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '')
  return all.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')
}

/** Of the map "path.Store.lastAccess": "last_access", else "store_last_access", which _race_test.go follows. */
export function fileNames(map: SharedMap): string[] {
  const snake = (name: string): string =>
    name
      .replace(/(\p{Ll}|\p{N})(?=\p{Lu})/gu, '$1_')
      .replace(/[^\p{L}\p{N}]+/gu, '_')
      .replace(/^_+|_+$/g, '')
      .toLowerCase() || 'map'
  return [snake(map.object.name), snake(map.name.slice(map.pkg.path.length + 1))]
}
