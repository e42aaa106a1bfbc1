import t from 'tap'
import { GroupCommit, QueueFull, type GroupCommitLimits } from '../../src/common/group-commit.ts'

const LIMITS: GroupCommitLimits<string> = {
  maxBatch: 3,
  maxBatchBytes: 10,
  maxQueued: 100,
  maxQueuedBytes: 1000,
  bytesOf: (item) => item.length,
  failsWhole: () => false,
}

/** A writer whose flushes wait for `release`, so that a test decides what arrives during one. */
function heldWriter(limits: Partial<GroupCommitLimits<string>> = {}) {
  const batches: (readonly string[])[] = []
  const waiting: (() => void)[] = []
  const writer = new GroupCommit<string, string>(
    async (items) => {
      batches.push(items)
      await new Promise<void>((resolve) => waiting.push(resolve))
      return items.map((item) => item.toUpperCase())
    },
    { ...LIMITS, ...limits },
  )
  const release = async (): Promise<void> => {
    while (waiting.length === 0) await new Promise((resolve) => setImmediate(resolve))
    waiting.shift()?.()
  }
  return { writer, batches, release }
}

void t.test('what arrives in one turn shares a flush, and each gets its own result', async (t) => {
  const { writer, batches, release } = heldWriter()
  const results = Promise.all([writer.add('a'), writer.add('b')])
  await release()
  t.strictSame(await results, ['A', 'B'])
  t.strictSame(batches, [['a', 'b']])
})

void t.test('what arrives during a flush rides together with the next one, within the caps', async (t) => {
  const { writer, batches, release } = heldWriter()
  const first = writer.add('a')
  while (batches.length === 0) await new Promise((resolve) => setImmediate(resolve))
  const rest = ['b', 'c', 'd', 'e', '0123456789x', 'f'].map((item) => writer.add(item))
  for (let i = 0; i < 5; i += 1) await release()
  await Promise.all([first, ...rest])
  t.strictSame(batches, [['a'], ['b', 'c', 'd'], ['e'], ['0123456789x'], ['f']])
  await writer.idle()
})

void t.test('one bad item fails alone: the batch is bisected', async (t) => {
  const written: string[] = []
  const writer = new GroupCommit<string, string>(
    async (items) => {
      if (items.includes('bad')) throw new Error('constraint')
      written.push(...items)
      return items
    },
    { ...LIMITS, maxBatch: 10, maxBatchBytes: 1000 },
  )
  const results = await Promise.allSettled(['a', 'b', 'bad', 'c', 'd'].map((item) => writer.add(item)))
  t.strictSame(
    results.map(({ status }) => status),
    ['fulfilled', 'fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
  )
  t.strictSame(written, ['a', 'b', 'c', 'd'])
})

void t.test('a fault of the whole is not bisected', async (t) => {
  let flushes = 0
  const writer = new GroupCommit<string, string>(
    () => {
      flushes += 1
      return Promise.reject(new Error('connection lost'))
    },
    { ...LIMITS, failsWhole: () => true },
  )
  const results = await Promise.allSettled([writer.add('a'), writer.add('b')])
  t.strictSame(
    results.map(({ status }) => status),
    ['rejected', 'rejected'],
  )
  t.equal(flushes, 1)
})

const full: [string, Partial<GroupCommitLimits<string>>][] = [
  ['count', { maxQueued: 2 }],
  ['bytes', { maxQueuedBytes: 2 }],
]
for (const [bound, limits] of full) {
  void t.test(`beyond the bound of ${bound} an item is refused at once`, async (t) => {
    const { writer, release } = heldWriter(limits)
    const accepted = [writer.add('a'), writer.add('b')]
    await t.rejects(writer.add('c'), QueueFull)
    await release()
    await Promise.all(accepted)
    const later = writer.add('c')
    await release()
    t.equal(await later, 'C')
  })
}
