/** The packages of the user's modules, who imports whom, and which of them have tests. */
import { isAbsolute, resolve } from 'node:path'
import { ToolError } from '../errors.js'
import { type RunOptions, runGo } from '../go/run.js'

export interface WorkspacePackage {
  readonly path: string
  readonly dir: string
  readonly hasTests: boolean
  /** Import paths, those of its tests included. */
  readonly imports: readonly string[]
}

export interface Modules {
  /** Folders of the main modules: one, or those of the workspace. */
  readonly main: readonly string[]
  /** Folders that local replace directives name. */
  readonly replaced: readonly string[]
  /** go.mod and go.work files that may name folders by absolute paths. */
  readonly files: readonly string[]
}

/** The main modules around a folder, and the folders they pull in by replace directives. */
export async function mainModules(gowork: string, options: RunOptions): Promise<Modules> {
  const listed = await goJson(['list', '-m', '-json'], options)
  const main = listed.map((m) => field(m, 'Dir')).filter((dir) => dir !== '')
  const gomods = listed.map((m) => field(m, 'GoMod')).filter((file) => file !== '')
  const replaced: string[] = []
  for (const [i, gomod] of gomods.entries()) {
    const [file] = await goJson(['mod', 'edit', '-json', gomod], options)
    replaced.push(...localReplacements(file, main[i] ?? ''))
  }
  if (gowork !== '') {
    const [file] = await goJson(['work', 'edit', '-json', gowork], options)
    replaced.push(...localReplacements(file, resolve(gowork, '..')))
  }
  return { main, replaced, files: gowork === '' ? gomods : [...gomods, gowork] }
}

/** Every package of the modules in the given folders. Packages that do not load are listed as far as they do. */
export async function listPackages(
  folders: readonly string[],
  tags: string,
  options: RunOptions,
): Promise<WorkspacePackage[]> {
  const wanted = 'ImportPath,Dir,Imports,TestImports,XTestImports,TestGoFiles,XTestGoFiles'
  const patterns = folders.map((dir) => `${dir}/...`)
  const listed = await goJson(
    ['list', '-e', `-json=${wanted}`, ...(tags ? [`-tags=${tags}`] : []), ...patterns],
    options,
  )
  return listed.map((p) => ({
    path: field(p, 'ImportPath'),
    dir: field(p, 'Dir'),
    hasTests: strings(p, 'TestGoFiles').length + strings(p, 'XTestGoFiles').length > 0,
    imports: [...strings(p, 'Imports'), ...strings(p, 'TestImports'), ...strings(p, 'XTestImports')],
  }))
}

/** The packages in the given folders, and all that import them, directly or not. */
export function withImporters(dirs: ReadonlySet<string>, packages: readonly WorkspacePackage[]): WorkspacePackage[] {
  const importers = new Map<string, WorkspacePackage[]>()
  for (const p of packages) {
    for (const imported of p.imports) {
      const known = importers.get(imported)
      if (known) known.push(p)
      else importers.set(imported, [p])
    }
  }
  const reached = new Set<WorkspacePackage>()
  const work = packages.filter((p) => dirs.has(p.dir))
  for (let p = work.pop(); p !== undefined; p = work.pop()) {
    if (reached.has(p)) continue
    reached.add(p)
    work.push(...(importers.get(p.path) ?? []))
  }
  return packages.filter((p) => reached.has(p))
}

async function goJson(args: readonly string[], options: RunOptions): Promise<object[]> {
  const { code, stdout, stderr } = await runGo(args, options)
  if (code !== 0) throw new ToolError(`"go ${args.slice(0, 3).join(' ')}" failed in ${options.cwd}:\n${stderr.trim()}`)
  // One indented object after the other: each closes with the only "}" at the start of a line.
  return stdout
    .split(/^\}$/m)
    .filter((text) => text.trim() !== '')
    .map((text) => parseObject(`${text}}`))
}

function parseObject(text: string): object {
  const value: unknown = JSON.parse(text)
  if (typeof value !== 'object' || value === null)
    throw new ToolError('the go command printed no JSON object where one was due')
  return value
}

function field(of: object, name: string): string {
  const value = new Map<string, unknown>(Object.entries(of)).get(name)
  return typeof value === 'string' ? value : ''
}

function strings(of: object, name: string): string[] {
  const value = new Map<string, unknown>(Object.entries(of)).get(name)
  return Array.isArray(value) ? value.filter((v) => typeof v === 'string') : []
}

function localReplacements(file: object | undefined, dir: string): string[] {
  const replace = new Map<string, unknown>(Object.entries(file ?? {})).get('Replace')
  if (!Array.isArray(replace)) return []
  return replace
    .map((r: unknown) =>
      typeof r === 'object' && r !== null && 'New' in r && typeof r.New === 'object' && r.New !== null ? r.New : {},
    )
    .map((target) => field(target, 'Path'))
    .filter((path) => path.startsWith('.') || isAbsolute(path))
    .map((path) => resolve(dir, path))
}
