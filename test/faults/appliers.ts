import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '../../src/common/clock.ts'
import { EXIT } from '../../src/cli/exit-codes.ts'
import { newMasterKey } from '../../src/secrets/master-key.ts'
import { runCli } from '../support/cli.ts'
import { bode } from '../support/program.ts'

export type AppliersOptions = {
  databaseUrl: string
  rounds: number
  /** Where the delays between the two come from. */
  random: Random
  onRound?: (round: number) => void
}

export type AppliersReport = {
  /** How often an applier ended how. */
  applied: number
  conflict: number
  locked: number
  /** Rounds after which the database held neither the one document nor the other. Must be none. */
  wrong: string[]
}

/** Two processes that start within this time of each other overlap, some before and some after planning. */
const MAX_DELAY_MS = 250
const SIDES = ['left', 'right']

/**
 * Lets two processes apply two different documents of one owner at the same moment, round after round. One of
 * them wins; the other finds a conflict (5), gives up waiting (7), or plans again and comes after. Whatever it
 * was, the database then holds exactly one of the documents.
 */
export async function twoAppliers({ databaseUrl, rounds, random, onRound }: AppliersOptions): Promise<AppliersReport> {
  const folder = mkdtempSync(join(tmpdir(), 'bode-appliers-'))
  const environment = { DATABASE_URL: databaseUrl, BODE_MASTER_KEY: newMasterKey() }
  const report: AppliersReport = { applied: 0, conflict: 0, locked: 0, wrong: [] }
  try {
    for (let round = 1; round <= rounds; round += 1) {
      const files = SIDES.map((side) => writeDocument(folder, side, round))
      const exits = await Promise.all(
        files.map(async (file) => {
          await sleep(random() * MAX_DELAY_MS)
          return (await bode(['apply', '-f', file, '--auto-approve', '--lock-timeout', '10s'], environment)).exit
        }),
      )
      for (const exit of exits) {
        if (exit === EXIT.ok) report.applied += 1
        else if (exit === EXIT.conflict) report.conflict += 1
        else if (exit === EXIT.locked) report.locked += 1
        else report.wrong.push(`round ${round}: an apply exits ${exit}`)
      }
      if (!exits.includes(EXIT.ok)) report.wrong.push(`round ${round}: nobody applied (${exits.join(' and ')})`)
      const remaining = []
      for (const file of files) {
        remaining.push((await runCli(['plan', '-f', file, '--detailed-exitcode'], { environment })).exit)
      }
      const fits = remaining.map(String).toSorted().join()
      if (fits !== `${EXIT.ok},${EXIT.changes}`) report.wrong.push(`round ${round}: planning again exits ${fits}`)
      onRound?.(round)
    }
    return report
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Objects of every kind that the two documents disagree about, and some that only one of them has. */
function writeDocument(folder: string, side: string, round: number): string {
  const mark = `${side}-${round}`
  const file = join(folder, `${side}.yaml`)
  writeFileSync(
    file,
    `apiVersion: bode/v1
kind: Configuration
metadata: { name: gemeente, environment: dev }
clientCredentials:
  both: { secret: { insecureLiteral: secret-of-both-in-the-document-${mark} } }
  ${side}: { secret: { insecureLiteral: secret-of-one-in-the-document-${mark} } }
kanalen:
  both: { documentatieLink: "https://example.nl/${mark}", filters: [zaaktype] }
  ${side}: { filters: [${side}] }
  ${mark}: {}
abonnementen:
  both: { callbackUrl: "https://example.nl/${mark}", auth: { type: no_auth }, kanalen: [{ naam: both }, { naam: ${mark} }] }
  ${side}: { callbackUrl: "https://example.nl/${side}", auth: { type: no_auth }, kanalen: [{ naam: ${side} }] }
cloudEvents: { source: "urn:${mark}" }
settings: { limits: { maxDeletes: 99, maxDeletePercent: 100 } }
`,
  )
  return file
}
