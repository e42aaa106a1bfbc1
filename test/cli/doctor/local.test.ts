import t from 'tap'
import { certificateJobs } from '../../../src/cli/doctor/checks/certificates.ts'
import { resolutionFindings, rotationFindings } from '../../../src/cli/doctor/checks/secrets.ts'
import { sharedSecretFindings } from '../../../src/cli/doctor/checks/shared-secrets.ts'
import type { Examination } from '../../../src/cli/doctor/examination.ts'
import { runJobs } from '../../../src/cli/doctor/runner.ts'
import type { Diagnostic } from '../../../src/common/diagnostics.ts'
import type { PeerCertificate } from '../../../src/egress/inspect-peer.ts'
import { Secret } from '../../../src/common/secret.ts'
import { EgressError } from '../../../src/egress/egress-error.ts'
import { subjectsFor } from '../../support/doctor.ts'

const NOW = Date.UTC(2026, 10, 24)
const DAY = 24 * 3_600_000

const CERTIFICATE: PeerCertificate = {
  subject: 'zac.example.nl',
  issuer: 'CA',
  names: ['zac.example.nl'],
  validFrom: NOW - DAY,
  validTo: NOW + 90 * DAY,
  distrust: undefined,
}

const certificates: [Partial<PeerCertificate>, string, string, RegExp][] = [
  [{}, 'certificates/valid', 'ok', /until 2027-02-22.*"CA" \(for abonnementen\.a and 1 more\)/],
  [{ validTo: NOW + 20.5 * DAY }, 'certificates/expires-soon', 'warning', /2026-12-14, in 20 days/],
  [{ validTo: NOW + 1.5 * DAY }, 'certificates/expires-soon', 'warning', /in 1 day /],
  [{ validTo: NOW - DAY }, 'certificates/certificate-expired', 'failed', /expired on 2026-11-23/],
  [{ validFrom: NOW + DAY }, 'certificates/certificate-not-yet-valid', 'failed', /only from/],
  [{ distrust: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' }, 'certificates/certificate-untrusted', 'failed', /does not trust/],
  [{ distrust: 'ERR_TLS_CERT_ALTNAME_INVALID' }, 'certificates/certificate-name', 'failed', /is for zac\.example\.nl/],
]

for (const [change, id, status, message] of certificates) {
  void t.test(`a certificate with ${JSON.stringify(change)} is ${id}`, async (t) => {
    const findings = await look(async () => ({ ...CERTIFICATE, ...change }))
    t.match(findings, [{ id, status, message, subject: 'zac.example.nl' }])
  })
}

void t.test('a host that does not answer is told by another check', async (t) => {
  const findings = await look(async () => Promise.reject(new EgressError('refused', 'zac.example.nl: refused')))
  t.match(findings, [{ id: 'certificates/not-seen', status: 'skipped', message: /refused/ }])
})

async function look(inspect: Examination['inspect']) {
  const abonnementen = {
    a: { callbackUrl: 'https://zac.example.nl/a' },
    b: { callbackUrl: 'https://zac.example.nl/b' },
    plain: { callbackUrl: 'http://plain.example.nl/' },
  }
  const oauth2 = () => ({ tokenFor: async () => '', periodOf: () => undefined, forget: () => {} })
  const jobs = certificateJobs({ subjects: subjectsFor({ abonnementen }), clock: { now: () => NOW }, inspect, oauth2 })
  const egress = { request: () => Promise.reject(new Error('none')), close: async () => {} }
  return runJobs(jobs, { egress, timeoutMs: 1_000, concurrency: 1 })
}

const HOUR = 3_600_000
const rotations: [what: string, expiresAt: number | null, lastUsedAt: number | null, expected: object[]][] = [
  ['no end', null, null, []],
  ['an end far away', NOW + 30 * DAY, null, [{ id: 'secrets/rotating', status: 'ok' }]],
  ['an end this week', NOW + 3 * DAY, NOW - 48 * HOUR, [{ id: 'secrets/ends-soon', message: /ends on 2026-11-27$/ }]],
  [
    'an end this week, and in use',
    NOW + 3 * DAY,
    NOW - HOUR,
    [{ id: 'secrets/ends-soon', message: /used in the last 24/ }],
  ],
  ['an end that is past', NOW - DAY, null, [{ id: 'secrets/ended', advice: { where: 'bode.yaml:7 previousSecret' } }]],
]

for (const [what, expiresAt, lastUsedAt, expected] of rotations) {
  void t.test(`a previous secret with ${what}`, async (t) => {
    const subjects = subjectsFor({ clients: { zac: {} } })
    subjects.clientCredentials[0]?.secrets.push({
      field: 'secret',
      slot: 'previous',
      expiresAt,
      lastUsedAt,
      value: undefined,
    })
    const findings = rotationFindings(subjects, NOW)
    t.equal(findings.length, expected.length)
    t.match(findings, expected)
  })
}

void t.test('a static secret that two clients have is a failure, until one of the two has ended', async (t) => {
  const subjects = subjectsFor({ clients: { drc: { type: 'static' }, brc: { type: 'static' }, zgw: {} } })
  const expiresAt = NOW + DAY
  for (const [index, client] of subjects.clientCredentials.entries()) {
    const end = index === 1 ? expiresAt : null
    client.secrets.push({ ...SLOT, expiresAt: end, value: new Secret('the-same-secret-for-all-three-of-them') })
  }
  t.match(sharedSecretFindings(subjects, NOW), [
    { id: 'secrets/shared', status: 'failed', side: 'secret', subject: 'clientCredentials.brc' },
  ])
  t.equal(sharedSecretFindings(subjects, NOW).length, 1, 'a client that signs is known by its client id')
  t.strictSame(sharedSecretFindings(subjects, expiresAt), [])
})

const SLOT = { field: 'secret', slot: 'current', lastUsedAt: null }

void t.test('references: all that cannot be resolved, or that they all can', async (t) => {
  const position = { file: 'bode.yaml', line: 3, column: 1, length: 1 }
  const problem = (severity: Diagnostic['severity'], id: string): Diagnostic => ({
    id,
    severity,
    message: 'm',
    path: 'p',
    position,
  })
  t.match(resolutionFindings([], 0), [{ id: 'secrets/none', status: 'skipped' }])
  t.match(resolutionFindings([problem('warning', 'secret/weak')], 2), [
    { id: 'secrets/resolvable', message: 'all 2 secrets can be resolved' },
    { id: 'secrets/weak', status: 'warning', side: 'secret', advice: { where: 'bode.yaml:3' } },
  ])
  t.match(resolutionFindings([problem('error', 'secret/unresolved')], 2), [
    { id: 'secrets/unresolved', status: 'failed' },
  ])
})
