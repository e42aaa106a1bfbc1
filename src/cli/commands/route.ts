import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { text as textOf } from 'node:stream/consumers'
import { systemClock } from '../../common/clock.ts'
import { Failure } from '../../common/failure.ts'
import type { InvalidParam } from '../../common/problem.ts'
import type { Notificatie } from '../../notificaties/notificatie.ts'
import { checkAgainstKanaal, parseNotificatie } from '../../notificaties/parse.ts'
import type { Command, Invocation, Outcome } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { declaredCatalog, explainRoutes, liveCatalog, type RouteCatalog } from '../route.ts'
import { DATABASE_OPTIONS, FILE_OPTIONS } from '../shared-options.ts'
import { renderRoute } from '../views/route.ts'

export const routeCommand: Command = {
  name: 'route',
  summary: 'Which abonnementen would get a message, and why each other one would not; sends nothing',
  usage: 'MESSAGE.json [options]',
  examples: [
    'bode route message.json',
    'bode route message.json -f bode.yaml',
    'cat message.json | bode route - --format json',
  ],
  options: {
    ...FILE_OPTIONS,
    file: {
      ...FILE_OPTIONS.file,
      help: 'look in this document (file or directory; repeatable) and not in the database',
    },
    ...DATABASE_OPTIONS,
  },
  run: (invocation) => route(invocation),
}

async function route(invocation: Invocation): Promise<Outcome> {
  const { positionals, flags } = invocation
  const [path, ...more] = positionals
  if (path === undefined || more.length > 0) {
    throw new Failure('usage', 'say one file with a message, or - for stdin: bode route MESSAGE.json')
  }
  const body = await readMessage(path, invocation)
  const documents = flags.texts('file')
  if (path === '-' && documents.includes('-')) throw new Failure('usage', 'only one of message and document can be -')
  const catalog = documents.length > 0 ? await declaredCatalog(invocation) : await liveCatalog(invocation)
  const checked = check(body, catalog)
  if ('invalidParams' in checked) return refused(checked.invalidParams)
  const routes = explainRoutes(catalog, checked.notificatie)
  const { notificatie } = checked
  return {
    exit: EXIT.ok,
    text: (style) => renderRoute(notificatie, routes, style),
    json: { message: notificatie, routes },
    diagnostics: catalog.warnings,
  }
}

/** Throws Failure `invalid`; what stands in the file is not repeated, it may be about people. */
async function readMessage(path: string, { io }: Invocation): Promise<unknown> {
  const shown = path === '-' ? 'the message on stdin' : path
  let text: string
  try {
    text = path === '-' ? await textOf(io.stdin) : await readFile(resolve(io.cwd, path), 'utf8')
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error'
    const reason = code === 'ENOENT' ? 'it does not exist' : code
    throw new Failure('invalid', `cannot read ${shown}: ${reason}`, { cause: error })
  }
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    const position = /position (\d+)/.exec((error as Error).message)?.[1]
    const where = position === undefined ? '' : ` (at position ${position})`
    throw new Failure('invalid', `${shown} is not JSON${where}`, { cause: error })
  }
}

/** The checks of `POST /notificaties`, in its order. */
function check(
  body: unknown,
  { kanalen, leewayMs }: RouteCatalog,
): { notificatie: Notificatie } | { invalidParams: InvalidParam[] } {
  const parsed = parseNotificatie(body, { now: systemClock.now(), leewayMs })
  if ('invalidParams' in parsed || kanalen === undefined) return parsed
  const invalidParams = checkAgainstKanaal({ kanalen }, parsed.notificatie)
  return invalidParams.length > 0 ? { invalidParams } : parsed
}

/** As the API would refuse it, in its own words. */
function refused(invalidParams: InvalidParam[]): Outcome {
  return {
    exit: EXIT.invalid,
    text: () => 'POST /notificaties would refuse this message (400).\n',
    json: { invalidParams },
    diagnostics: invalidParams.map(({ name, code, reason }) => ({
      id: `message/${code}`,
      severity: 'error',
      message: name === '' ? reason : `${name}: ${reason}`,
    })),
  }
}
