import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import {
  type CodeAction,
  createProtocolConnection,
  type Diagnostic,
  type ProtocolConnection,
  type PublishDiagnosticsParams,
  StreamMessageReader,
  StreamMessageWriter,
  type TextDocumentEdit,
} from 'vscode-languageserver-protocol/node'
import { TextDocument } from 'vscode-languageserver-textdocument'
import { run } from '../src/cli.js'
import { Collector, cleanUp, folder, mapfix, put, RACY, tree } from './support/project.js'

/** An editor beside a server that has a module open. */
class Editor {
  private readonly connection: ProtocolConnection
  private readonly ended: Promise<number>
  private readonly published: PublishDiagnosticsParams[] = []
  private wake = (): void => undefined

  constructor(readonly dir: string) {
    const [toServer, toClient] = [new PassThrough(), new PassThrough()]
    this.ended = run(['lsp', '--stdio'], {
      stdin: toServer,
      stdout: toClient,
      stderr: new Collector(),
      cwd: dir,
      env: process.env,
    })
    this.connection = createProtocolConnection(new StreamMessageReader(toClient), new StreamMessageWriter(toServer))
    this.connection.onNotification('textDocument/publishDiagnostics', (params: PublishDiagnosticsParams) => {
      this.published.push(params)
      this.wake()
    })
    this.connection.listen()
  }

  uri(name: string): string {
    return pathToFileURL(join(this.dir, name)).href
  }

  request<T>(method: string, params: object): Promise<T> {
    return this.connection.sendRequest(method, params)
  }

  notify(method: string, params: object): Promise<void> {
    return this.connection.sendNotification(method, params)
  }

  async open(name: string): Promise<void> {
    const text = readFileSync(join(this.dir, name), 'utf8')
    await this.notify('textDocument/didOpen', {
      textDocument: { uri: this.uri(name), languageId: 'go', version: 1, text },
    })
  }

  /** The next diagnostics that the server publishes for a file. */
  async diagnostics(name: string): Promise<Diagnostic[]> {
    for (;;) {
      const at = this.published.findIndex(({ uri }) => uri === this.uri(name))
      if (at >= 0) return this.published.splice(at, 1)[0]?.diagnostics ?? []
      await new Promise<void>((resolve) => {
        this.wake = resolve
      })
    }
  }

  /** The edit of an action, as the server resolves it. */
  async resolve(action: CodeAction | undefined): Promise<CodeAction> {
    if (action === undefined) throw new Error('no such action')
    return this.request('codeAction/resolve', action)
  }

  async close(): Promise<number> {
    await this.request('shutdown', {})
    await this.notify('exit', {})
    const status = await this.ended
    this.connection.dispose()
    return status
  }
}

let editor: Editor
let found: Diagnostic[]
const before = new Map<string, string>()

beforeAll(async () => {
  editor = new Editor(folder(RACY))
  for (const [name, text] of tree(editor.dir)) before.set(name, text)
  await editor.request('initialize', { processId: null, rootUri: null, capabilities: {} })
  await editor.notify('initialized', {})
  await editor.open('racy.go')
  found = await editor.diagnostics('racy.go')
})

afterAll(async () => {
  expect(await editor.close()).toBe(0)
  cleanUp()
})

test('a file that is opened gets its findings, with both accesses', () => {
  const [{ range, code, source, message, relatedInformation } = {}] = found
  expect({ range, code, source, found: found.length }).toEqual({
    range: { start: { line: 13, character: 1 }, end: { line: 13, character: 13 } },
    code: 'unguarded-map',
    source: 'mapfix',
    found: 1,
  })
  expect(message).toMatch(/^seen is written without a lock .*\(likely\)$/)
  expect(relatedInformation?.map(({ location }) => location.uri)).toEqual([
    editor.uri('racy.go'),
    editor.uri('racy.go'),
  ])
})

test('on hover it says why', async () => {
  const hover = await editor.request<{ contents: { value: string } } | null>('textDocument/hover', {
    textDocument: { uri: editor.uri('racy.go') },
    position: { line: 13, character: 2 },
  })
  expect(hover?.contents.value).toMatch(
    /^```text\nracy\.go:4:5: example\.com\/racy\.seen\n[\s\S]*what would change this[\s\S]*```$/,
  )
  const none = await editor.request('textDocument/hover', {
    textDocument: { uri: editor.uri('racy.go') },
    position: { line: 0, character: 0 },
  })
  expect(none).toBeNull()
})

async function actions(): Promise<CodeAction[]> {
  return editor.request('textDocument/codeAction', {
    textDocument: { uri: editor.uri('racy.go') },
    range: found[0]?.range,
    context: { diagnostics: found },
  })
}

test('an action for each transform; one is planned and built when it is chosen, and nothing is written', async () => {
  const all = await actions()
  expect(all.map(({ title }) => title.split(' ')[1])).toEqual([
    'auto',
    'guard',
    'rwmutex',
    'mutex',
    'inline',
    'sharded',
    'syncmap',
  ])
  const { edit } = await editor.resolve(all.find(({ title }) => title.includes(' inline ')))
  const [change] = edit?.documentChanges ?? []
  expect(change && 'textDocument' in change ? applied(change) : '').toContain('\tseenMu.Lock()\n')
  expect(tree(editor.dir)).toEqual(before)
})

/** The text of a file after an edit, as an editor makes it. */
function applied({ textDocument: { uri }, edits }: TextDocumentEdit): string {
  const text = readFileSync(new URL(uri), 'utf8')
  const plain = edits.flatMap((edit) => ('newText' in edit ? [edit] : []))
  return TextDocument.applyEdits(TextDocument.create(uri, 'go', 0, text), plain)
}

test('a transform that refuses says why; an open file that is not saved is not edited', async () => {
  const all = await actions()
  await expect(editor.resolve(all.find(({ title }) => title.includes(' guard ')))).rejects.toThrow(
    /mapfix: racy\.go:4:5: /,
  )
  await editor.notify('textDocument/didChange', {
    textDocument: { uri: editor.uri('racy.go'), version: 2 },
    contentChanges: [{ range: { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } }, text: '// new\n' }],
  })
  await expect(editor.resolve(all.find(({ title }) => title.includes(' inline ')))).rejects.toThrow('is not saved')
})

test('when a file is saved it is looked at again, and what is gone is taken away', async () => {
  put(editor.dir, { 'racy.go': 'package racy\n' })
  await editor.notify('textDocument/didSave', { textDocument: { uri: editor.uri('racy.go') } })
  expect(await editor.diagnostics('racy.go')).toEqual([])
})

test('arguments that it does not know are refused', async () => {
  const { code, stderr } = await mapfix('.', ['lsp', '--tcp'])
  expect([code, stderr]).toEqual([2, expect.stringContaining('mapfix lsp takes no --tcp')])
})
