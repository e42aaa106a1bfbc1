// Baseline Q: the same work done the ordinary way, `ordinary.ts DATABASE_URL FAN_OUT`: one interactive transaction of
// Prisma for each request, that creates the message and its deliveries.
import Fastify from 'fastify'
import { v7 as uuidv7 } from 'uuid'
import { openDatabase } from '../../../src/db/open.ts'
import { answerParent } from './process.ts'
import { notificatieSchema } from './notificatie-schema.ts'

const [url = '', fanOut = '1'] = process.argv.slice(2)
const database = await openDatabase(url)
const abonnementen = Array.from({ length: Number(fanOut) }, (_, index) => `abonnement-${index}`)
let sequence = 0

const app = Fastify()
app.post('/api/v1/notificaties', { schema: { body: notificatieSchema } }, async (request, reply) => {
  const body = request.body as { kanaal: string }
  const [id, now] = [uuidv7(), BigInt(Date.now())]
  const number = BigInt((sequence += 1))
  await database.transaction(async (tx) => {
    const message = { id, sequence: number, kanaal: body.kanaal, body: JSON.stringify(body), format: 1 }
    await tx.notificatie.create({ data: { ...message, clientId: 'openzaak', receivedAt: now } })
    await tx.delivery.createMany({
      data: abonnementen.map((abonnementId) => ({
        sequence: number,
        abonnementId,
        notificatieId: id,
        replay: 0,
        state: 0,
        dueAt: now,
        attempt: 0,
      })),
    })
  })
  return reply.code(201).send(body)
})
answerParent(await app.listen({ host: '127.0.0.1', port: 0 }), () => null)
