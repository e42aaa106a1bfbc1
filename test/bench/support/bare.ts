// Baseline B: Fastify that parses a message, validates it by its schema and sends it back. Nothing is authenticated,
// matched or stored: what the machine and the framework can do at most.
import Fastify from 'fastify'
import { answerParent } from './process.ts'
import { notificatieSchema } from './notificatie-schema.ts'

const app = Fastify()
app.post('/api/v1/notificaties', { schema: { body: notificatieSchema } }, (request, reply) => {
  void reply.code(201).send(request.body)
})
answerParent(await app.listen({ host: '127.0.0.1', port: 0 }), () => null)
