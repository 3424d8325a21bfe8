/** A language server: diagnostics when a file is opened or saved, an action for each transform, and on hover why. */
import { fileURLToPath, pathToFileURL } from 'node:url'
import {
  type CodeAction,
  CodeActionKind,
  CodeActionRequest,
  CodeActionResolveRequest,
  type Diagnostic,
  DidChangeTextDocumentNotification,
  DidCloseTextDocumentNotification,
  DidOpenTextDocumentNotification,
  DidSaveTextDocumentNotification,
  ErrorCodes,
  ExitNotification,
  type Hover,
  HoverRequest,
  InitializeRequest,
  type InitializeResult,
  MarkupKind,
  MessageType,
  type ProtocolConnection,
  PublishDiagnosticsNotification,
  ResponseError,
  ShowMessageNotification,
  ShutdownRequest,
  TextDocumentSyncKind,
} from 'vscode-languageserver-protocol'
import { TextDocument } from 'vscode-languageserver-textdocument'
import type { Checked } from '../driver.js'
import { UserError } from '../errors.js'
import type { Overlay } from '../types.js'
import { workspaceEdit } from './edits.js'
import { diagnosticsOf, mapAt, nameOf } from './findings.js'

/** What the server asks of mapfix. All of it may throw UserError and ToolError, whose messages the user is shown. */
export interface Backend {
  readonly version: string
  /** The folder of the module that a file belongs to; null for one in none. */
  moduleOf(path: string): Promise<string | null>
  check(dir: string): Promise<Checked>
  /** The table of `mapfix explain`. */
  explain(dir: string, name: string): Promise<string>
  /** The files as a transform leaves them, built and vetted. Throws UserError where it refuses, with the reason. */
  rewrite(dir: string, name: string, action: Action): Promise<Overlay>
}

export interface Action {
  readonly title: string
  readonly transform: string
  readonly style: 'wrapper' | 'inline'
}

/** As the keys of a review name them, and auto. */
export const ACTIONS: readonly Action[] = [
  { title: 'auto', transform: 'auto', style: 'wrapper' },
  { title: 'guard', transform: 'guard', style: 'wrapper' },
  { title: 'rwmutex', transform: 'rwmutex', style: 'wrapper' },
  { title: 'mutex', transform: 'mutex', style: 'wrapper' },
  { title: 'inline', transform: 'rwmutex', style: 'inline' },
  { title: 'sharded', transform: 'sharded', style: 'wrapper' },
  { title: 'syncmap', transform: 'syncmap', style: 'wrapper' },
]

/** Serves until the client says "exit" or hangs up; returns whether it said goodbye first. */
export function serve(connection: ProtocolConnection, backend: Backend): Promise<boolean> {
  const server = new Server(connection, backend)
  connection.listen()
  return server.ended
}

class Server {
  readonly ended: Promise<boolean>
  private readonly open = new Map<string, TextDocument>()
  private readonly checked = new Map<string, Promise<Checked>>()
  /** Files with diagnostics, by the folder that they come from. */
  private readonly marked = new Map<string, Set<string>>()
  /** One run after the other: each takes all processors. */
  private turn: Promise<unknown> = Promise.resolve()

  constructor(
    private readonly connection: ProtocolConnection,
    private readonly backend: Backend,
  ) {
    let shutdown = false
    this.ended = new Promise((resolve) => {
      connection.onNotification(ExitNotification.type, () => resolve(shutdown))
      connection.onClose(() => resolve(shutdown))
    })
    connection.onRequest(ShutdownRequest.type, () => {
      shutdown = true
    })
    connection.onRequest(InitializeRequest.type, () => this.initialize())
    connection.onNotification(DidOpenTextDocumentNotification.type, ({ textDocument: { uri, text, version } }) => {
      this.open.set(uri, TextDocument.create(uri, 'go', version, text))
      void this.refresh(uri, false)
    })
    connection.onNotification(DidChangeTextDocumentNotification.type, ({ textDocument, contentChanges }) => {
      const known = this.open.get(textDocument.uri)
      if (known) this.open.set(textDocument.uri, TextDocument.update(known, contentChanges, textDocument.version))
    })
    connection.onNotification(DidSaveTextDocumentNotification.type, ({ textDocument }) => {
      void this.refresh(textDocument.uri, true)
    })
    connection.onNotification(DidCloseTextDocumentNotification.type, ({ textDocument }) => {
      this.open.delete(textDocument.uri)
    })
    connection.onRequest(CodeActionRequest.type, ({ textDocument, range }) => this.actions(textDocument.uri, range))
    connection.onRequest(CodeActionResolveRequest.type, (action) => this.resolve(action))
    connection.onRequest(HoverRequest.type, ({ textDocument, position }) => this.hover(textDocument.uri, position))
  }

  private initialize(): InitializeResult {
    return {
      capabilities: {
        textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: true },
        codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix], resolveProvider: true },
        hoverProvider: true,
      },
      serverInfo: { name: 'mapfix', version: this.backend.version },
    }
  }

  /** Diagnostics of the module that a file is in; of what is on the disk. */
  private async refresh(uri: string, again: boolean): Promise<void> {
    try {
      const dir = await this.backend.moduleOf(fileURLToPath(uri))
      if (dir === null) return
      const checked = await this.check(dir, again)
      const by = diagnosticsOf(checked)
      for (const path of new Set([...(this.marked.get(dir) ?? []), ...by.keys()]))
        await this.publish(path, by.get(path) ?? [])
      this.marked.set(dir, new Set(by.keys()))
    } catch (error) {
      await this.connection.sendNotification(ShowMessageNotification.type, {
        type: MessageType.Warning,
        message: `mapfix: ${messageOf(error)}`,
      })
    }
  }

  private publish(path: string, diagnostics: Diagnostic[]): Promise<void> {
    return this.connection.sendNotification(PublishDiagnosticsNotification.type, {
      uri: pathToFileURL(path).href,
      diagnostics,
    })
  }

  private check(dir: string, again: boolean): Promise<Checked> {
    const known = this.checked.get(dir)
    if (known && !again) return known
    const run = this.inTurn(() => this.backend.check(dir))
    this.checked.set(dir, run)
    run.catch(() => this.checked.delete(dir))
    return run
  }

  private inTurn<T>(task: () => Promise<T>): Promise<T> {
    const next = this.turn.then(task, task)
    this.turn = next.catch(() => undefined)
    return next
  }

  private async actions(uri: string, range: Diagnostic['range']): Promise<CodeAction[]> {
    const dir = await this.backend.moduleOf(fileURLToPath(uri))
    if (dir === null) return []
    const path = fileURLToPath(uri)
    const checked = await this.check(dir, false)
    return [...(diagnosticsOf(checked).get(path) ?? [])]
      .filter(({ range: at }) => at.start.line <= range.end.line && range.start.line <= at.end.line)
      .flatMap((diagnostic) =>
        ACTIONS.map(({ title }) => ({
          title: `mapfix: ${title} for ${nameOf(diagnostic)}`,
          kind: CodeActionKind.QuickFix,
          diagnostics: [diagnostic],
          ...(title === 'auto' ? { isPreferred: true } : {}),
          data: { dir, name: nameOf(diagnostic), title },
        })),
      )
  }

  /** Plans and proves what the user chose; the editor writes it. */
  private async resolve(action: CodeAction): Promise<CodeAction> {
    const { dir, name, title } = dataOf(action)
    const chosen = ACTIONS.find((one) => one.title === title)
    if (chosen === undefined) throw new ResponseError(ErrorCodes.InvalidParams, `mapfix has no action ${title}`)
    try {
      const { sources, packages } = await this.check(dir, false)
      const paths = new Set(packages.flatMap(({ files }) => files.map(({ path }) => path)))
      for (const [uri, document] of this.open) {
        const path = fileURLToPath(uri)
        if (paths.has(path) && document.getText() !== sources.text(path))
          throw new UserError(
            `${path} is not saved, and a rewrite is of what is on the disk: save it, and choose again`,
          )
      }
      const overlay = await this.inTurn(() => this.backend.rewrite(dir, name, chosen))
      return { ...action, edit: workspaceEdit(overlay, sources, this.open, (path) => paths.has(path)) }
    } catch (error) {
      throw new ResponseError(ErrorCodes.InvalidRequest, `mapfix: ${messageOf(error)}`)
    }
  }

  private async hover(uri: string, position: Diagnostic['range']['start']): Promise<Hover | null> {
    const path = fileURLToPath(uri)
    const dir = await this.backend.moduleOf(path)
    const document = this.open.get(uri)
    if (dir === null || document === undefined) return null
    const checked = await this.check(dir, false)
    const found = mapAt(checked, path, document.offsetAt(position))
    if (found === null) return null
    const text = await this.inTurn(() => this.backend.explain(dir, found.name))
    return {
      contents: { kind: MarkupKind.Markdown, value: fenced(text) },
      range: { start: document.positionAt(found.range.start), end: document.positionAt(found.range.end) },
    }
  }
}

/** In a fence that nothing in the text closes. */
function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}text\n${text.trimEnd()}\n${fence}`
}

function dataOf({ data }: CodeAction): { dir: string; name: string; title: string } {
  const { dir, name, title }: { dir?: unknown; name?: unknown; title?: unknown } =
    typeof data === 'object' && data !== null ? data : {}
  return { dir: String(dir), name: String(name), title: String(title) }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
