import type { FastifyRequest } from 'fastify'
import { Problem } from '../common/problem.ts'

/**
 * Anything that was thrown while answering, as a Problem: ours as it is, Fastify's by its code, the rest
 * as an internal error that says nothing. The only place that knows Fastify's codes.
 */
export function toProblem(error: unknown, request: Pick<FastifyRequest, 'headers'>): Problem {
  if (error instanceof Problem) return error
  const { code, statusCode } = error as { code?: unknown; statusCode?: unknown }
  switch (code) {
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
    case 'FST_ERR_CTP_EMPTY_TYPE': {
      const mediaType = request.headers['content-type'] ?? ''
      return new Problem('unsupportedMediaType', { detail: `Ongeldige media type "${mediaType}" in aanvraag.` })
    }
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new Problem('tooLarge', { detail: 'De aanvraag is groter dan 1 MB.' })
    case 'FST_ERR_BAD_URL':
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return new Problem('notFound')
    default:
      return typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500
        ? new Problem('badRequest', { cause: error })
        : new Problem('internal', { detail: 'Internal Server Error', cause: error })
  }
}
