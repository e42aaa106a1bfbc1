import { spawn, type ChildProcess } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Test } from 'tap'
import { packageRoot } from '../../src/common/package-root.ts'

/** What an editor shows, from yaml-language-server over standard input and output. Lines and columns count from 0. */
export type Editor = {
  /** Shows `text` as the file at `path` (from the package root) and waits for the underlined ranges. */
  open(path: string, text: string): Promise<Underlined[]>
  complete(path: string, at: Place): Promise<Completion[]>
  /** The Markdown that is shown over a word; empty for none. */
  hover(path: string, at: Place): Promise<string>
}

export type Place = { line: number; character: number }
export type Underlined = { message: string; severity: number; range: { start: Place; end: Place } }
export type Completion = { label: string; insertText?: string; documentation?: unknown; kind?: number }

type Message = { id?: number; method?: string; params?: unknown; result?: unknown; error?: { message: string } }

const SETTINGS: Record<string, unknown> = {
  yaml: { validate: true, hover: true, completion: true, schemaStore: { enable: false } },
}

/** Starts a language server for this test; it ends with it. */
export async function startEditor(t: Pick<Test, 'teardown'>): Promise<Editor> {
  const main = createRequire(import.meta.url).resolve('yaml-language-server/package.json')
  const child = spawn(process.execPath, [join(dirname(main), 'bin/yaml-language-server'), '--stdio'])
  t.teardown(() => child.kill())
  const connection = connect(child)
  const opened = new Map<string, (found: Underlined[]) => void>()
  connection.on('textDocument/publishDiagnostics', (params) => {
    const { uri, diagnostics } = params as { uri: string; diagnostics: Underlined[] }
    opened.get(uri)?.(diagnostics)
  })
  connection.on('workspace/configuration', (params) =>
    (params as { items: { section: string }[] }).items.map(({ section }) => SETTINGS[section] ?? {}),
  )
  await connection.request('initialize', {
    processId: process.pid,
    rootUri: pathToFileURL(packageRoot).href,
    capabilities: {
      workspace: { configuration: true },
      textDocument: {
        completion: { completionItem: { documentationFormat: ['markdown'], snippetSupport: true } },
        hover: { contentFormat: ['markdown'] },
        publishDiagnostics: {},
      },
    },
  })
  connection.notify('initialized', {})
  const document = (path: string): { uri: string } => ({ uri: pathToFileURL(join(packageRoot, path)).href })
  return {
    open: (path, text) => {
      const { uri } = document(path)
      const underlined = new Promise<Underlined[]>((resolve) => opened.set(uri, resolve))
      connection.notify('textDocument/didOpen', { textDocument: { uri, languageId: 'yaml', version: 1, text } })
      return underlined
    },
    complete: async (path, position) => {
      const found = await connection.request('textDocument/completion', { textDocument: document(path), position })
      return Array.isArray(found) ? (found as Completion[]) : (found as { items: Completion[] }).items
    },
    hover: async (path, position) => {
      const found = await connection.request('textDocument/hover', { textDocument: document(path), position })
      return (found as { contents: { value: string } } | null)?.contents.value ?? ''
    },
  }
}

/** JSON-RPC with the headers of the Language Server Protocol. Requests of the server get the handler's result. */
function connect(child: ChildProcess) {
  const waiting = new Map<number, { resolve: (result: unknown) => void; reject: (error: Error) => void }>()
  const handlers = new Map<string, (params: unknown) => unknown>()
  let last = 0
  const send = (message: object): void => {
    const body = JSON.stringify({ jsonrpc: '2.0', ...message })
    child.stdin!.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
  }
  const receive = ({ id, method, params, result, error }: Message): void => {
    if (method !== undefined) {
      const answer = handlers.get(method)?.(params) ?? null
      if (id !== undefined) send({ id, result: answer })
    } else if (id !== undefined) {
      const { resolve, reject } = waiting.get(id)!
      if (error === undefined) resolve(result)
      else reject(new Error(error.message))
    }
  }
  let buffer = Buffer.alloc(0)
  child.stdout!.on('data', (chunk: Buffer) => {
    buffer = Buffer.concat([buffer, chunk])
    for (;;) {
      const [head, length] = /^Content-Length: (\d+)\r\n(?:[^\r\n]+\r\n)*\r\n/.exec(buffer.toString('latin1')) ?? []
      if (head === undefined || buffer.length < head.length + Number(length)) return
      const body = buffer.subarray(head.length, head.length + Number(length))
      buffer = buffer.subarray(head.length + Number(length))
      receive(JSON.parse(body.toString()) as Message)
    }
  })
  return {
    on: (method: string, handler: (params: unknown) => unknown) => handlers.set(method, handler),
    notify: (method: string, params: unknown) => send({ method, params }),
    request: (method: string, params: unknown): Promise<unknown> => {
      const id = (last += 1)
      send({ id, method, params })
      return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }))
    },
  }
}
