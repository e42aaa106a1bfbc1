import t from 'tap'
import { indexEntries } from '../../src/notificaties/entry-index.ts'
import { demandsOf } from '../../src/notificaties/filters.ts'

const entry = (filters: Record<string, string>) => ({ filters, demands: demandsOf(filters, (key) => key) })

void t.test('a message meets the entries that want its value, and those that want nothing', async (t) => {
  const wanting = Array.from({ length: 1_000 }, (_, number) => entry({ zaaktype: `${number}`, soort: 'a' }))
  const [anything, star, other] = [entry({}), entry({ zaaktype: '*' }), entry({ soort: 'b' })]
  const find = indexEntries([...wanting, anything, star, other])
  t.strictSame(
    find({ zaaktype: '7', soort: 'a' }).map(({ filters }) => filters),
    [{}, { zaaktype: '*' }, { zaaktype: '7', soort: 'a' }],
  )
  t.strictSame(
    find({ zaaktype: 'none', soort: 'b' }).map(({ filters }) => filters),
    [{}, { zaaktype: '*' }, { soort: 'b' }],
  )
  t.equal(find({ soort: 'a' }).length, 1_002, 'a value that is not there is one that anybody may want')
  t.equal(find({}).length, 1_003)
})

void t.test('names that every object has are keys like others', async (t) => {
  const find = indexEntries([entry({ constructor: 'x' }), entry({ constructor: 'y' })])
  t.equal(find({}).length, 2)
  t.strictSame(
    find({ constructor: 'x' }).map(({ filters }) => filters),
    [{ constructor: 'x' }],
  )
})
