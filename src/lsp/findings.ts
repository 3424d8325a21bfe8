/** Findings as an editor shows them. Positions are UTF-16, as the texts on the disk have them. */
import { pathToFileURL } from 'node:url'
import { type Diagnostic, DiagnosticSeverity } from 'vscode-languageserver-protocol'
import { TextDocument } from 'vscode-languageserver-textdocument'
import type { Checked } from '../driver.js'
import type { Access, Finding, Range } from '../types.js'

/** Diagnostics by the file that they stand in. */
export function diagnosticsOf(checked: Checked): ReadonlyMap<string, Diagnostic[]> {
  const by = new Map<string, Diagnostic[]>()
  for (const finding of checked.findings) {
    const at = placeOf(finding)
    const { rule, confidence, message, racing, related } = finding
    const places = [
      ...racing.map((access) => ({ at: access.range, what: sentence(access) })),
      ...related.map((place) => ({ at: place.at, what: place.what })),
    ]
    const diagnostic: Diagnostic = {
      range: rangeIn(checked, at),
      severity: confidence === 'possible' ? DiagnosticSeverity.Information : DiagnosticSeverity.Warning,
      code: rule,
      source: 'mapfix',
      message: `${message} (${confidence})`,
      relatedInformation: places.map((place) => ({
        location: { uri: pathToFileURL(place.at.file).href, range: rangeIn(checked, place.at) },
        message: place.what,
      })),
      data: { name: (finding.map ?? finding.subject)?.name ?? '' },
    }
    const known = by.get(at.file)
    if (known) known.push(diagnostic)
    else by.set(at.file, [diagnostic])
  }
  return by
}

/** The name of what a diagnostic of diagnosticsOf is about. */
export function nameOf({ data }: Diagnostic): string {
  return typeof data === 'object' && data !== null && 'name' in data ? String(data.name) : ''
}

/** The map that is declared, or accessed, at an offset, and the words there. */
export function mapAt(checked: Checked, path: string, offset: number): { name: string; range: Range } | null {
  for (const map of checked.analysis.maps) {
    const places = [map.decl, ...map.accesses.map(({ operand }) => operand)]
    const range = places.find(({ file, start, end }) => file === path && start <= offset && offset <= end)
    if (range) return { name: map.name, range }
  }
  return null
}

function placeOf({ at, map, subject }: Finding): Range {
  const place = at ?? (map ?? subject)?.decl
  if (place === undefined) throw new Error('bug: a finding about nothing')
  return place
}

function sentence({ op, func, held }: Access): string {
  return `${op} in ${func.display}, ${held.size === 0 ? 'no lock held' : `holding ${[...held.keys()].join(', ')}`}`
}

function rangeIn({ sources }: Checked, { file, start, end }: Range): Diagnostic['range'] {
  const document = TextDocument.create(file, 'go', 0, sources.text(file))
  return { start: document.positionAt(start), end: document.positionAt(end) }
}
