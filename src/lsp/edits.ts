/** A rewrite as an editor carries it out. */
import { pathToFileURL } from 'node:url'
import type { CreateFile, TextDocumentEdit, WorkspaceEdit } from 'vscode-languageserver-protocol'
import { TextDocument } from 'vscode-languageserver-textdocument'
import { lineEdits } from '../edit/index.js'
import type { Overlay } from '../types.js'
import type { Sources } from '../write/sources.js'

/** The edits of files that are there, and new files; all open files are as they are on the disk. */
export function workspaceEdit(
  overlay: Overlay,
  sources: Sources,
  open: ReadonlyMap<string, TextDocument>,
  isThere: (path: string) => boolean,
): WorkspaceEdit {
  const documentChanges: (TextDocumentEdit | CreateFile)[] = []
  for (const [path, after] of [...overlay].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (after === null) continue
    const uri = pathToFileURL(path).href
    const shown = [...open.values()].find((document) => document.uri === uri)
    const before = isThere(path) ? sources.text(path) : ''
    if (!isThere(path)) documentChanges.push({ kind: 'create', uri })
    const document = TextDocument.create(uri, 'go', 0, before)
    documentChanges.push({
      textDocument: { uri, version: shown?.version ?? null },
      edits: lineEdits(path, before, after).map(({ start, end, newText }) => ({
        range: { start: document.positionAt(start), end: document.positionAt(end) },
        newText,
      })),
    })
  }
  return { documentChanges }
}
