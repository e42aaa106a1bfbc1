// `npm start`: a working Bode on this machine, with nothing else needed. Makes a master key and a SQLite
// database under .data/, applies bode.yaml beside this file, serves on 127.0.0.1:8080, and runs a small
// receiver that prints what arrives. Run again, it goes on with the same data.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, openSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const root = join(here, '../..')
const data = process.env['BODE_QUICKSTART_DATA'] ?? join(root, '.data')
const port = Number(process.env['BODE_HTTP_PORT'] ?? 8080)
/** Stands in bode.yaml as the callbackUrl of the abonnement. */
const RECEIVER_PORT = 8081

const bin = join(root, 'dist/bin.js')
const keyFile = join(data, 'master.key')
const logFile = join(data, 'bode.log')
const env = {
  ...process.env,
  DATABASE_URL: `file:${join(data, 'bode.db')}`,
  BODE_MASTER_KEY_FILE: keyFile,
  BODE_HTTP_HOST: '127.0.0.1',
  BODE_HTTP_PORT: String(port),
}

mkdirSync(data, { recursive: true })
if (!existsSync(keyFile)) bode('secrets', 'key', '--write', keyFile)
bode('db', 'migrate')
say(bode('apply', '--file', here, '--auto-approve', '--wait-for-servers', '0s'))

const receiver = await startReceiver()
const server = startServer()
await ready(server)
say(invitation(bode('token', 'demo').trim()))

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    say('Stopping ...\n')
    server.kill('SIGTERM')
  })
}

function bode(...args: string[]): string {
  try {
    return execFileSync(process.execPath, [bin, ...args], {
      env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    })
  } catch {
    return process.exit(1)
  }
}

function startServer(): ChildProcess {
  const log = openSync(logFile, 'a')
  const child = spawn(process.execPath, [bin, 'serve'], { env, stdio: ['ignore', log, 'inherit'] })
  child.once('exit', (code) => {
    receiver.close()
    process.exitCode = code ?? 1
  })
  return child
}

async function ready(child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) process.exit(child.exitCode)
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined)
    if (answer?.ok) return
    await sleep(50)
  }
}

/** The subscriber of this demonstration: prints every notificatie that it gets. */
function startReceiver(): Promise<Server> {
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => (body += String(chunk)))
    request.on('end', () => {
      response.writeHead(204).end()
      const identity = request.headers.authorization === undefined ? 'without' : 'with its own'
      say(
        `\n>> The receiver got ${String(request.headers['webhook-id'])}, ${identity} Authorization:\n${indented(body)}\n`,
      )
    })
  })
  return new Promise((resolve) => {
    server.once('error', (error) => {
      process.stderr.write(`The receiver cannot listen on 127.0.0.1:${RECEIVER_PORT}: ${error.message}\n`)
      process.exit(8)
    })
    server.listen(RECEIVER_PORT, '127.0.0.1', () => resolve(server))
  })
}

function indented(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2).replaceAll(/^/gm, '   ')
  } catch {
    return `   ${body}`
  }
}

function invitation(token: string): string {
  const message = {
    kanaal: 'zaken',
    hoofdObject: 'https://zaken.example.nl/api/v1/zaken/1',
    resource: 'zaak',
    resourceUrl: 'https://zaken.example.nl/api/v1/zaken/1',
    actie: 'create',
    aanmaakdatum: '2026-01-01T12:00:00Z',
    kenmerken: {
      bronorganisatie: '000000000',
      zaaktype: 'https://catalogi.example.nl/api/v1/zaaktypen/1',
      vertrouwelijkheidaanduiding: 'openbaar',
    },
  }
  return `
Bode serves on http://127.0.0.1:${port}/api/v1/ (its log: ${logFile}).
Publish a notificatie from another terminal; the token is good for an hour:

curl -i http://127.0.0.1:${port}/api/v1/notificaties \\
  -H 'Content-Type: application/json' \\
  -H 'Authorization: Bearer ${token}' \\
  -d '${JSON.stringify(message)}'

It arrives below. Then change examples/quickstart/bode.yaml and see what would change:

DATABASE_URL=${env.DATABASE_URL} BODE_MASTER_KEY_FILE=${keyFile} node dist/bin.js plan -f examples/quickstart

Ctrl-C stops; the data stay in ${data}.
`
}

function say(text: string): void {
  process.stdout.write(text)
}
