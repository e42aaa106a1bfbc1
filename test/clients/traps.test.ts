// The traps of real-clients §6, most important first, and the stories that fall into them when they open.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

const TRAPS: [trap: string, stories: [file: string, name: string][]][] = [
  [
    '1 Authorization is sent as it was given',
    [['receivers-delivery', 'one message reaches every subscriber as it demands it, byte for byte the same']],
  ],
  [
    '2 PATCH of auth leaves the kanalen alone, PATCH of kanalen uses the stored auth',
    [
      ['eventloket', 'Eventloket registers, and renews its token: the kanalen stay'],
      ['oneground', 'OneGround renews its token again and again, and nothing else changes'],
      ['maykin-abonnement', 'a client changes only its kanalen: the callback is tried with the auth that it has'],
    ],
  ],
  [
    '3 exactly the seven fields are forwarded',
    [
      ['receivers-delivery', 'one message reaches every subscriber as it demands it, byte for byte the same'],
      ['receivers-delivery', '206 counts as delivered, and the log says that it is unexpected'],
    ],
  ],
  [
    '4 clocks and claims of tokens',
    [
      ['vng', 'the clock of a client may be five minutes ahead, and no more'],
      ['vng', 'what other test suites put into a token is no obstacle'],
      ['maykin', 'the Python publisher: a token says twelve hours and is good for one'],
    ],
  ],
  [
    '5 urls start with the root that the client used and end in the uuid',
    [
      ['maykin-kanalen', 'a kanaal is updated however the publisher reaches Bode'],
      ['maykin-kanalen', 'a kanaal is updated below a path, which publicUrl names'],
      ['eventloket', 'Eventloket gets urls of the origin that it is configured for, behind a proxy too'],
      ['gzac', 'the old connector keeps its query string, and finds its id as a uuid'],
    ],
  ],
  [
    '6 statuses and bodies',
    [
      ['gzac', 'GZAC publishes a local time without kenmerken, and reads the message back'],
      ['gzac', 'GZAC reads every refusal as its exception'],
      ['vng', 'the collection of VNG runs: its clock is ahead, its tokens do not end, its callback is open'],
    ],
  ],
  [
    '7 liberal in what is published',
    [
      ['gzac', 'GZAC publishes a local time without kenmerken, and reads the message back'],
      ['maykin', 'the Python publisher: what each component sends is accepted and delivered'],
      ['maykin', 'the Python publisher: a CloudEvent with nothing in most of its members is passed on'],
      ['oneground', 'OneGround gets what its filters on resource and actie name, and each message once'],
      ['php', 'laravel-zgw-client does everything with a content type of JSON, bodies or not'],
    ],
  ],
  [
    '8 strict in what is forwarded',
    [
      ['receivers-delivery', 'what is not 2xx is sent again, the same bytes, and a redirect goes nowhere'],
      ['receivers-delivery', 'a subscriber that tells messages apart by what stands in them keeps a message once'],
    ],
  ],
  [
    '9 the test message',
    [
      ['receivers-probe', 'each subscriber is accepted or refused by what it answers to the test message'],
      ['receivers-probe', 'the probe can ask less: that somebody answers, or nothing'],
      ['receivers-probe', 'webhook.site, which lets everybody in, is tried with its auth only'],
      ['declared', 'what is declared for a subscriber is all that it needs: nobody calls, and none is tried'],
    ],
  ],
  [
    '10 ownership and duplicates',
    [
      ['gzac', 'GZAC may not delete what a configuration declares with its callbackUrl'],
      ['gzac', 'GZAC that lost its table takes over from itself'],
      ['podiumd', 'the abonnement of NotifyNL-OMC is made anew every year, beside the old one for a while'],
      ['oneground', 'OneGround gets what its filters on resource and actie name, and each message once'],
    ],
  ],
  [
    '11 filters on what a message does not have, and the two spellings of a key',
    [['gzac', 'GZAC registers itself: kanalen that are missing, a raw key, the same abonnement at each start']],
  ],
  [
    '12 lengths',
    [
      ['eventloket', 'Eventloket registers, and renews its token: the kanalen stay'],
      ['gzac', 'the old connector keeps its query string, and finds its id as a uuid'],
    ],
  ],
  [
    '13 a documentatieLink is not fetched and may be absent; PUT and PATCH of a kanaal',
    [
      ['maykin-kanalen', 'register_kanalen makes what is not there and replaces what is, at its own url'],
      ['gzac', 'GZAC registers itself: kanalen that are missing, a raw key, the same abonnement at each start'],
      ['vng', 'the collection of VNG runs: its clock is ahead, its tokens do not end, its callback is open'],
    ],
  ],
  [
    '14 the callback of an Autorisaties API, and none by default',
    [
      ['maykin-autorisaties', 'what an applicatie may changes at once when Open Zaak says so at /'],
      ['maykin-autorisaties', 'without an Autorisaties API nobody is asked, and who depends on one is refused'],
    ],
  ],
  [
    '15 DELETE while messages are delivered, GET of notificaties',
    [
      ['podiumd', 'PodiumD deletes while a message is under way and others wait'],
      ['maykin', 'the Python publisher: the check of its connection gets an answer'],
    ],
  ],
]

void t.test('every trap has its stories', async (t) => {
  t.strictSame(
    TRAPS.map(([trap]) => Number.parseInt(trap, 10)),
    Array.from({ length: 15 }, (_, index) => index + 1),
  )
  for (const [trap, stories] of TRAPS) {
    for (const [file, name] of stories) {
      const text = readFileSync(join(import.meta.dirname, `${file}.test.ts`), 'utf8')
      t.ok(text.includes(name), `${trap}: ${name}`)
    }
  }
})
