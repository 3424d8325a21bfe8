/** The report as SARIF 2.1.0, as GitHub code scanning and editors read it: schema sarif-2.1.0-rtm.5, section numbers of OASIS' text. */
import { posix } from 'node:path'
import { parsePatch } from 'diff'
import type { ArtifactChange, CodeFlow, Fix, Location, Log, PhysicalLocation, Result, ThreadFlowLocation } from 'sarif'
import { rules, SELECTED } from '../analysis/rules/index.js'
import type { AccessReport, FindingReport, Report } from './schema.js'

export interface SarifOptions {
  /** The text of a file that the report names, to count columns in; null where there is none. */
  readonly source: (file: string) => string | null
  /** From the repository's root to where the user stands, with slashes; "" where that is the same. URIs count from the root. */
  readonly prefix: string
}

/** One run. Fixes that are proposed, held or declined are `fixes`; those that were written are in the files. */
export function sarif(report: Report, options: SarifOptions): Log {
  const places = placesIn(options)
  const used = [...new Set(report.findings.map(({ rule }) => rule))]
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'mapfix',
            semanticVersion: report.tool.version,
            rules: used.map(ruleOf),
          },
        },
        // Columns of SARIF count UTF-16 units, those of the go command bytes.
        columnKind: 'utf16CodeUnits',
        invocations: [
          {
            executionSuccessful: report.errors.length === 0,
            toolExecutionNotifications: report.errors.map(({ package: name, message }) => ({
              level: 'error' as const,
              message: { text: `${name}: ${message}` },
            })),
          },
        ],
        results: [
          ...report.findings.map((finding) => resultOf(finding, used.indexOf(finding.rule), places)),
          ...report.suppressed.map(
            ({ id, rule, name, at, by }): Result => ({
              ruleId: rule,
              level: 'none',
              message: { text: `${name}: suppressed` },
              locations: [places.location(at)],
              partialFingerprints: { [FINGERPRINT]: id },
              suppressions: [
                {
                  kind: by.kind === 'comment' ? 'inSource' : 'external',
                  ...(by.reason ? { justification: by.reason } : {}),
                },
              ],
            }),
          ),
        ],
      },
    ],
  }
}

/** 3.27.17: named with a version, as the ids may one day be made otherwise. */
const FINGERPRINT = 'mapfixFindingId/v1'

interface Places {
  physical(at: string): PhysicalLocation
  location(at: string, text?: string): Location
}

function placesIn({ source, prefix }: SarifOptions): Places {
  const physical = (at: string): PhysicalLocation => {
    const [, file = at, line = '1', column = '1'] = /^(.*?):(\d+)(?::(\d+))?$/s.exec(at) ?? []
    const text = source(file)?.split('\n')[Number(line) - 1] ?? ''
    const before = Buffer.from(text).subarray(0, Number(column) - 1)
    return {
      artifactLocation: { uri: uriOf(posix.join(prefix, file)), uriBaseId: '%SRCROOT%' },
      region: { startLine: Number(line), startColumn: before.toString('utf8').length + 1 },
    }
  }
  return {
    physical,
    location: (at, text) => ({ physicalLocation: physical(at), ...(text ? { message: { text } } : {}) }),
  }
}

function uriOf(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/')
}

function ruleOf(name: string): { id: string; shortDescription: { text: string }; help?: { text: string } } {
  if (name === SELECTED) return { id: name, shortDescription: { text: 'a map that was asked for' } }
  const rule = rules.find((one) => one.name === name)
  if (rule === undefined) throw new Error(`bug: no rule ${name}`)
  return {
    id: name,
    shortDescription: { text: rule.meaning },
    help: { text: `${rule.remedy}. When it is wrong to follow: ${rule.unless}` },
  }
}

function resultOf(finding: FindingReport, ruleIndex: number, places: Places): Result {
  const { id, rule, map, subject, confidence, message, at, racing, related, evidence, fix } = finding
  const name = map?.name ?? subject?.name ?? ''
  const fixes = fix?.diff && fix.status !== 'applied' ? [fixOf(fix.diff, fix.transform, fix.notes)] : []
  const [a, b] = racing
  return {
    ruleId: rule,
    ruleIndex,
    level: confidence === 'possible' || confidence === null ? 'warning' : 'error',
    message: { text: `${name}: ${message}` },
    locations: [
      { ...places.location(at), logicalLocations: [{ fullyQualifiedName: name, kind: map ? 'variable' : 'object' }] },
    ],
    relatedLocations: [
      ...racing.map((access) => places.location(access.at, sentence(access))),
      ...related.map((place) => places.location(place.at, place.what)),
      ...evidence.map((seen) => places.location(seen.at, `seen by a ${seen.kind}`)),
    ].map((location, i) => ({ id: i + 1, ...location })),
    ...(a && b ? { codeFlows: [flowOf(a, b, places)] } : {}),
    partialFingerprints: { [FINGERPRINT]: id },
    ...(fixes.length > 0 ? { fixes } : {}),
    properties: {
      ...(confidence === null ? {} : { confidence }),
      ...(fix ? { fix: { transform: fix.transform, status: fix.status, validation: fix.validation } } : {}),
    },
  }
}

/** 3.36: the two accesses, each in a thread of its own, from where its goroutine comes from. */
function flowOf(a: AccessReport, b: AccessReport, places: Places): CodeFlow {
  const thread = (access: AccessReport, id: string): CodeFlow['threadFlows'][number] => {
    const [how = ''] = access.reached
    const [, what = how, from] = /^(.*) at (\S+:\d+:\d+)$/s.exec(how) ?? []
    const start: ThreadFlowLocation[] = from ? [{ location: places.location(from, what) }] : []
    return {
      id,
      ...(how === '' ? {} : { message: { text: how } }),
      locations: [...start, { location: places.location(access.at, sentence(access)), importance: 'essential' }],
    }
  }
  return {
    message: { text: 'two goroutines, one map, no lock in common' },
    threadFlows: [thread(a, 'first'), thread(b, 'second')],
  }
}

function sentence({ op, function: name, held }: AccessReport): string {
  return `${op} in ${name}, ${held.length === 0 ? 'no lock held' : `holding ${held.join(', ')}`}`
}

/** 3.55: whole lines, file by file. A new file is the insertion of all its lines. */
function fixOf(diff: string, transform: string, notes: readonly string[]): Fix {
  const changes = parsePatch(diff).map(({ newFileName = '', hunks }): ArtifactChange => {
    const uri = uriOf(newFileName.replace(/^b\//, '').replace(/\t$/, ''))
    return {
      artifactLocation: { uri, uriBaseId: '%SRCROOT%' },
      replacements: hunks.flatMap(replacementsOf),
    }
  })
  return { description: { text: [transform, ...notes].join('; ') }, artifactChanges: changes }
}

function replacementsOf(hunk: ReturnType<typeof parsePatch>[number]['hunks'][number]): ArtifactChange['replacements'] {
  const replacements: ArtifactChange['replacements'] = []
  let line = Math.max(hunk.oldStart, 1)
  let gone = 0
  let added = ''
  const flush = (): void => {
    if (gone > 0 || added !== '')
      replacements.push({
        deletedRegion: { startLine: line - gone, startColumn: 1, endLine: line, endColumn: 1 },
        ...(added === '' ? {} : { insertedContent: { text: added } }),
      })
    gone = 0
    added = ''
  }
  for (const text of hunk.lines) {
    if (text.startsWith('-')) {
      line++
      gone++
    } else if (text.startsWith('+')) added += `${text.slice(1)}\n`
    else if (text.startsWith(' ')) {
      flush()
      line++
    }
  }
  flush()
  return replacements
}
