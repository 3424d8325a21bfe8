/** The configuration file: what flags say, written down for a repository. Flags win over it. */
import { z } from 'zod'
import { rules } from '../analysis/rules/index.js'
import { checkedValue, readYaml } from './yaml.js'

const ruleNames = z.array(z.enum(rules.map(({ name }) => name)))
const names = z.array(z.string().min(1))

/** The keys are the flags' names; every one may be left out. */
export const configSchema = z.strictObject({
  rules: ruleNames.optional(),
  noRules: ruleNames.optional(),
  minConfidence: z.enum(['likely', 'possible', 'proven']).optional(),
  /** Maps to leave alone, as --skip names them. */
  skip: names.optional(),
  tags: names.optional(),
  /** Functions that run their function arguments concurrently: "example.com/pool.(*Pool).Submit". */
  spawners: names.optional(),
  transform: z.enum(['auto', 'rwmutex', 'mutex', 'sharded', 'syncmap', 'guard']).optional(),
  style: z.enum(['wrapper', 'inline']).optional(),
  exported: z.enum(['refuse', 'rewrite']).optional(),
  /** "package", or the path of one package within the module. */
  emit: z.string().min(1).optional(),
  /** The file of known findings, relative to the configuration file. */
  suppressions: z.string().min(1).optional(),
})

export type Config = z.infer<typeof configSchema>

/** The names under which the file is looked for. */
export const CONFIG_FILES: readonly string[] = ['mapfix.yaml', 'mapfix.json', '.mapfix.yaml', '.mapfix.json']

/** The value that a module exports as its configuration. Refused: unknown keys and values. */
export function configOf(path: string, value: unknown): Config {
  return checkedValue(path, value, configSchema)
}

/** Reads the text of a configuration file, YAML or JSON. Refused, with its place: what is not YAML, unknown keys and values. */
export function readConfig(path: string, text: string): Config {
  return readYaml(path, text, configSchema)
}

/** What `mapfix init` writes. */
export const DEFAULT_CONFIG = `# Configuration of mapfix. A flag wins over its key here.

# Rules to report, or not to: "mapfix explain --rule=RULE" says what each means. All, by default, but those on request.
# rules: [unguarded-map, inconsistent-guard]
# noRules: [unbounded-map]

# How sure a finding must be: likely, possible or proven.
minConfidence: likely

# Maps to leave alone, by the end of their name; * and ** work.
# skip: ["Store.items", "**/internal/testdata.**"]

# Build tags.
# tags: [integration]

# Functions that run the functions they are given concurrently, where that cannot be seen in their source.
# spawners: ["example.com/pool.(*Pool).Submit"]

# What a rewrite does: auto, rwmutex, mutex, sharded, syncmap or guard; and where the lock goes: wrapper or inline.
transform: auto
style: wrapper

# Maps that other modules may use: refuse, or rewrite all uses in the workspace.
exported: refuse

# Where wrappers go: the map's own package, or one for all of them. By default what several packages use gets one.
# emit: internal/safemap

# Known findings, relative to this file: "mapfix check --update-suppressions" writes it.
# suppressions: mapfix-known.json
`
