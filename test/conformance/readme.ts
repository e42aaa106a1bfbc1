import { ASSERTIONS, ON_FILES, summaryOf } from './inventory.ts'
import type { Assertion } from './inventory/types.ts'

/** What README.md in this folder holds. */
export function conformanceReadme(): string {
  return `# What Open Notificaties tests, here

${summaryOf(ASSERTIONS)}.

Open Notificaties 1.16.1 has a test suite. Each test of it that says something about behaviour that a client, a
subscriber or an operator can see has a test of the same name in this folder, followed by what it shows. The rest
has no meaning here, with the reason.

- **covered**: it does what Open Notificaties does. Names of log lines are our own: what their suite asks of a log is
  asked of ours.
- **differs**: it was decided otherwise; the test of the same name shows what happens instead.
- **not applicable**: Bode does not have what is tested.

This page is generated from \`inventory/\`: \`npm run conformance\`. A test fails when it is not, when one of
the assertions is missing, and when a named test is not there.

${ON_FILES.map(({ file, count }) => table(file, count)).join('\n')}`
}

function table(file: string, count: number): string {
  const rows = ASSERTIONS.filter((each) => each.file === file).map(row)
  return `## ${file} (${count})

| Test | Here | |
| --- | --- | --- |
${rows.join('\n')}
`
}

function row({ test, verdict, in: ours, because = '' }: Assertion): string {
  const where = ours === undefined ? '' : ` in [${ours}](${ours})`
  return `| \`${test}\` | ${verdict}${where} | ${because} |`
}
