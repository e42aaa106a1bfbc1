// What the README tells a reader to type is typed here.
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { EXIT } from '../../src/cli/exit-codes.ts'
import { packageRoot } from '../../src/common/package-root.ts'
import { readConfiguration } from '../../src/config/read-configuration.ts'

const readme = readFileSync(join(packageRoot, 'README.md'), 'utf8')
const blocks = [...readme.matchAll(/^```(\w+)\n([\s\S]*?)^```/gm)].map(([, language, text]) => ({
  language,
  text: text ?? '',
}))

void t.test('every document in the README is valid', async (t) => {
  const documents = blocks.filter(({ language }) => language === 'yaml')
  t.ok(documents.length > 0)
  for (const { text } of documents) {
    const { states, diagnostics } = await readConfiguration(['-'], {
      cwd: packageRoot,
      environment: {},
      stdin: () => Promise.resolve(text),
    })
    t.strictSame(
      diagnostics.filter(({ severity }) => severity === 'error'),
      [],
    )
    t.equal(states.length, 1)
  }
})

void t.test('the commands from validate to export run in order, and the second plan is empty', async (t) => {
  const story = blocks.find(({ language, text }) => language === 'sh' && text.includes('bode export'))?.text ?? ''
  const folder = t.testdir({})
  const script = [
    'set -euo pipefail',
    `bode() { ${process.execPath} ${join(packageRoot, 'dist/bin.js')} "$@"; }`,
    story.replace('file:./bode.db', `file:${folder}/bode.db`),
  ].join('\n')
  const { stdout } = await promisify(execFile)('bash', ['-c', script], { cwd: packageRoot })
  t.match(stdout, /No changes\. 3 objects match generation 1\./)
  t.match(stdout, /^clientCredentials:\n {2}open-zaak:/m, 'export prints the document')
  t.notMatch(stdout, /thirty-two-bytes/, 'and no secret')
})

void t.test('the table of exit codes is complete', async (t) => {
  const table = readme.slice(readme.indexOf('### Exit codes'), readme.indexOf('## Serve'))
  for (const code of Object.values(EXIT)) t.match(table, new RegExp(`(\\||,) ${code}( |,)`), `exit code ${code}`)
})
