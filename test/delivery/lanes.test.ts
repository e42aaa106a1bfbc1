import fc from 'fast-check'
import t from 'tap'
import type { ClaimedDelivery } from '../../src/db/claim-deliveries.ts'
import { Lanes, type LaneLimits } from '../../src/delivery/lanes.ts'

const CLAIM = { failures: 0, orderingKey: null, probe: null }
const LIMITS: LaneLimits = { maxInFlight: 10, maxHeld: 100, maxHeldBytes: 1_000, maxClaimRows: 50 }

function row(abonnementId: string, sequence: number, body = ''): ClaimedDelivery {
  const rest = { replay: 0, notificatieId: '', dueAt: 0, attempt: 1, leasedUntilAt: 0, format: 1, ...CLAIM }
  return { abonnementId, sequence, body, ...rest }
}

function rows(abonnementId: string, count: number, body = ''): ClaimedDelivery[] {
  return Array.from({ length: count }, (_, index) => row(abonnementId, index, body))
}

function startAll(lanes: Lanes): ClaimedDelivery[] {
  const started: ClaimedDelivery[] = []
  for (let next = lanes.next(); next !== undefined; next = lanes.next()) started.push(next)
  return started
}

void t.test('lanes take turns, each in its own order, up to its cap', async (t) => {
  const lanes = new Lanes(LIMITS, (id) => (id === 'a' ? 3 : 2))
  lanes.add([...rows('a', 5), ...rows('b', 5), ...rows('c', 1)])
  t.strictSame(
    startAll(lanes).map(({ abonnementId, sequence }) => `${abonnementId}${sequence}`),
    ['a0', 'b0', 'c0', 'a1', 'b1', 'a2'],
  )
  t.equal(lanes.inFlight, 6)
  lanes.ended(row('b', 0))
  t.strictSame(
    startAll(lanes).map(({ sequence }) => sequence),
    [2],
  )
})

void t.test('the total has a cap too', async (t) => {
  const lanes = new Lanes({ ...LIMITS, maxInFlight: 4 }, () => 3)
  lanes.add([...rows('a', 5), ...rows('b', 5)])
  t.strictSame(
    startAll(lanes).map(({ abonnementId }) => abonnementId),
    ['a', 'b', 'a', 'b'],
  )
  lanes.ended(row('a', 0))
  t.equal(startAll(lanes).length, 1)
})

void t.test('a cap that becomes lower is kept from then on', async (t) => {
  let cap = 3
  const lanes = new Lanes(LIMITS, () => cap)
  lanes.add(rows('a', 9))
  lanes.next()
  cap = 1
  t.equal(lanes.next(), undefined)
  lanes.ended(row('a', 0))
  t.equal(startAll(lanes).length, 1)
})

void t.test('a closed lane starts and asks for nothing until it is opened as often as it was closed', async (t) => {
  const lanes = new Lanes(LIMITS, () => 2)
  lanes.add([...rows('a', 3), ...rows('b', 1)])
  t.equal(lanes.close('a').length, 3, 'what waits is handed out')
  t.strictSame(lanes.close('a'), [])
  lanes.add(rows('a', 2))
  t.strictSame(
    startAll(lanes).map(({ abonnementId }) => abonnementId),
    ['b'],
  )
  t.strictSame(lanes.rooms(['a', 'c']), [{ abonnementId: 'c', room: 4 }])
  t.equal(lanes.reopen('a').length, 2, 'so is what came meanwhile')
  lanes.add(rows('a', 1))
  t.strictSame(startAll(lanes), [], 'still closed once')
  t.equal(lanes.reopen('a').length, 1)
  lanes.add(rows('a', 1))
  t.equal(startAll(lanes).length, 1)
})

void t.test('a lane holds twice its cap, and is asked again when half of the cap is free', async (t) => {
  const lanes = new Lanes(LIMITS, () => 4)
  t.strictSame(lanes.rooms(['a']), [{ abonnementId: 'a', room: 8 }])
  const held = rows('a', 8)
  lanes.add(held)
  startAll(lanes)
  t.strictSame(lanes.rooms(['a']), [])
  for (const [index, delivery] of held.entries()) {
    if (index === 2) break
    lanes.ended(delivery)
    t.strictSame(lanes.rooms(['a']), [], 'an ended row is held until it is settled')
    lanes.forget(delivery)
    t.strictSame(lanes.rooms(['a']), index === 1 ? [{ abonnementId: 'a', room: 2 }] : [])
  }
})

void t.test('rooms end at the bounds of one claim, of rows held and of bytes held', async (t) => {
  const room = (limits: Partial<LaneLimits>, body = ''): number => {
    const lanes = new Lanes({ ...LIMITS, ...limits }, () => 8)
    lanes.add(rows('held', 2, body))
    return lanes.rooms(['a', 'b', 'c']).reduce((sum, each) => sum + each.room, 0)
  }
  t.equal(room({}), 48)
  t.equal(room({ maxClaimRows: 20 }), 20)
  t.equal(room({ maxHeld: 12 }), 10)
  t.equal(room({ maxHeld: 2 }), 0)
  t.equal(room({ maxHeldBytes: 10 }, 'x'.repeat(5)), 0)
  t.equal(room({ maxHeldBytes: 11 }, 'x'.repeat(5)), 48)
})

void t.test('what waits can be taken back, what is in flight not', async (t) => {
  const lanes = new Lanes(LIMITS, () => 2)
  lanes.add([...rows('a', 3), ...rows('b', 1)])
  lanes.next()
  const waiting = lanes.takeWaiting()
  t.equal(waiting.length, 3)
  t.equal(lanes.next(), undefined)
  for (const delivery of waiting) lanes.forget(delivery)
  t.equal(lanes.held, 1)
})

void t.test('whatever happens: caps hold, lanes are FIFO, and nothing is lost or held for ever', async () => {
  const steps = fc.array(
    fc.oneof(
      fc.record({ do: fc.constant('add' as const), lane: fc.constantFrom('a', 'b', 'c'), count: fc.nat(6) }),
      fc.record({ do: fc.constant('start' as const) }),
      fc.record({ do: fc.constant('end' as const), pick: fc.nat() }),
    ),
    { maxLength: 80 },
  )
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 8 }), (steps, cap, maxInFlight) => {
      const lanes = new Lanes({ ...LIMITS, maxInFlight }, () => cap)
      const flying: ClaimedDelivery[] = []
      const last = new Map<string, number>()
      let [sequence, added, ended] = [0, 0, 0]
      const start = (): void => {
        const next = lanes.next()
        if (next === undefined) return
        if ((last.get(next.abonnementId) ?? 0) >= next.sequence) throw new Error('out of order')
        last.set(next.abonnementId, next.sequence)
        flying.push(next)
      }
      const end = (pick: number): void => {
        const [delivery] = flying.splice(pick % Math.max(1, flying.length), 1)
        if (delivery === undefined) return
        lanes.ended(delivery)
        lanes.forget(delivery)
        ended += 1
      }
      for (const step of steps) {
        if (step.do === 'start') start()
        else if (step.do === 'end') end(step.pick)
        else {
          lanes.add(Array.from({ length: step.count }, () => row(step.lane, (sequence += 1))))
          added += step.count
        }
        const flyingOf = (id: string): number => flying.filter(({ abonnementId }) => abonnementId === id).length
        if (flying.length > maxInFlight || ['a', 'b', 'c'].some((id) => flyingOf(id) > cap)) throw new Error('cap')
        if (lanes.inFlight !== flying.length) throw new Error('count')
      }
      for (let turns = 0; turns <= added && lanes.held > 0; turns += 1) {
        start()
        end(0)
      }
      return lanes.held === 0 && ended === added
    }),
  )
})
