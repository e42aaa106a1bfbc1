import { fastifyPlugin } from 'fastify-plugin'
import { isDeeperThan, MAX_JSON_DEPTH } from '../../common/json-depth.ts'
import { Problem } from '../../common/problem.ts'

const TOO_DEEP = `JSON parse error - de body is dieper genest dan ${MAX_JSON_DEPTH} niveaus.`

/**
 * Bodies are JSON and nothing else; another media type is 415. An empty body is an empty object, so that
 * the answer names the fields that are missing. The error says where the JSON breaks and never repeats
 * what stands there.
 */
export const jsonBody = fastifyPlugin(
  (app, _options: object, done) => {
    app.removeAllContentTypeParsers()
    app.addHook('preParsing', async ({ headers }) => {
      const encoding = headers['content-encoding'] ?? 'identity'
      if (encoding === 'identity') return
      throw new Problem('unsupportedMediaType', { detail: `Content-Encoding "${encoding}" wordt niet gelezen.` })
    })
    app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, parsed) => {
      try {
        parsed(null, parseJson(body as Buffer, charsetOf(request.headers['content-type'])))
      } catch (error) {
        parsed(error as Error)
      }
    })
    done()
  },
  { name: 'json-body' },
)

/** Reads a body as JSON; an empty one is an empty object. Throws Problem `parse`. */
export function parseJson(body: Buffer, charset: string): unknown {
  if (body.length === 0) return {}
  try {
    // A byte order mark is no JSON: kept, so that it is refused like anything else that is not.
    const text = new TextDecoder(charset, { fatal: true, ignoreBOM: true }).decode(body)
    const value: unknown = JSON.parse(text)
    if (isDeeperThan(value, MAX_JSON_DEPTH)) throw new Problem('parse', { detail: TOO_DEEP })
    return value
  } catch (error) {
    if (error instanceof Problem) throw error
    const position = error instanceof SyntaxError ? /position (\d+)/.exec(error.message)?.[1] : undefined
    const where = position === undefined ? '' : ` op positie ${position}`
    throw new Problem('parse', { detail: `JSON parse error - de body is geen geldige JSON${where}.`, cause: error })
  }
}

/** The charset that the sender names; UTF-8 when it names none that exists. */
export function charsetOf(contentType: string | undefined): string {
  const label = /;\s*charset\s*=\s*"?([\w.:-]+)/i.exec(contentType ?? '')?.[1]
  if (label === undefined) return 'utf-8'
  try {
    return new TextDecoder(label).encoding
  } catch {
    return 'utf-8'
  }
}
