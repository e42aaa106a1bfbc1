import type { FastifyReply } from 'fastify'
import { PAGE_POLICY } from './html.ts'

/** Answers with a page that `page` made. */
export function sendPage(reply: FastifyReply, text: string): FastifyReply {
  return reply.type('text/html; charset=utf-8').header('content-security-policy', PAGE_POLICY).send(text)
}
