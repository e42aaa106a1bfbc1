import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Environment } from '../../src/common/environment.ts'
import { resolveReference, showReference, storedReference, type SecretReference } from '../../src/secrets/references.ts'

const folder = t.testdir({
  plain: 'canary',
  newline: 'canary\n',
  windows: 'canary\r\n',
  two: 'canary\n\n',
  empty: '',
  blank: '\n',
  digits: '007',
  directory: {},
})
writeFileSync(join(folder, 'latin1'), Buffer.from([0x63, 0xe9]))
writeFileSync(join(folder, 'bom'), '\uFEFFcanary')

type Found = { value: string; warnings?: number } | { problem: RegExp }
const CASES: [name: string, reference: SecretReference, environment: Environment, found: Found][] = [
  ['a variable', { env: 'X' }, { X: 'canary' }, { value: 'canary' }],
  ['a variable with spaces and newline, as it stands', { env: 'X' }, { X: ' canary\n' }, { value: ' canary\n' }],
  ['a number, as text', { env: 'X' }, { X: '007' }, { value: '007' }],
  ['a variable that is not set', { env: 'X' }, {}, { problem: /X is not set/ }],
  ['a variable that is empty', { env: 'X' }, { X: '' }, { problem: /X is set but empty/ }],
  ['the file of X_FILE', { env: 'X' }, { X_FILE: 'plain' }, { value: 'canary' }],
  ['X_FILE beside an empty X', { env: 'X' }, { X: '', X_FILE: 'plain' }, { value: 'canary' }],
  ['an empty X_FILE', { env: 'X' }, { X_FILE: '' }, { problem: /X_FILE is set but empty/ }],
  ['both X and X_FILE', { env: 'X' }, { X: 'canary', X_FILE: 'plain' }, { problem: /both X and X_FILE/ }],
  ['X_FILE of a file that is not there', { env: 'X' }, { X_FILE: 'none' }, { problem: /none: it does not exist/ }],
  ['a file', { file: 'plain' }, {}, { value: 'canary' }],
  ['a file by its full path', { file: join(folder, 'plain') }, {}, { value: 'canary' }],
  ['a file with a newline at its end', { file: 'newline' }, {}, { value: 'canary', warnings: 1 }],
  ['a file with a Windows newline', { file: 'windows' }, {}, { value: 'canary', warnings: 1 }],
  ['a file with two newlines: one is dropped', { file: 'two' }, {}, { value: 'canary\n', warnings: 1 }],
  ['a file of digits, as text', { file: 'digits' }, {}, { value: '007' }],
  ['an empty file', { file: 'empty' }, {}, { problem: /empty is empty/ }],
  ['a file with only a newline', { file: 'blank' }, {}, { problem: /blank is empty/ }],
  ['a file that is not there', { file: 'none' }, {}, { problem: /none: it does not exist/ }],
  ['a directory', { file: 'directory' }, {}, { problem: /it is a directory/ }],
  ['a path that no system takes', { file: 'a\0b' }, {}, { problem: /ERR_INVALID_ARG_VALUE/ }],
  ['a file that is not UTF-8', { file: 'latin1' }, {}, { problem: /it is not UTF-8 text/ }],
  ['a file with a byte order mark', { file: 'bom' }, {}, { problem: /byte order mark/ }],
  ['a literal', { insecureLiteral: 'canary' }, {}, { value: 'canary' }],
  ['an empty literal', { insecureLiteral: '' }, {}, { problem: /empty/ }],
]

for (const [name, reference, environment, expected] of CASES) {
  void t.test(`resolving ${name}`, async (t) => {
    const found = await resolveReference(reference, { environment, cwd: folder })
    if ('problem' in expected) {
      t.match(found, expected)
      t.notMatch(JSON.stringify(found), /canary/)
    } else if ('secret' in found) {
      t.equal(found.secret.reveal(), expected.value)
      t.equal(found.warnings.length, expected.warnings ?? 0)
      t.notMatch(JSON.stringify(found), /canary/)
    } else t.fail(found.problem)
  })
}

void t.test('a reference is shown and stored without a value', async (t) => {
  t.equal(showReference({ env: 'X' }), 'env:X')
  t.equal(showReference({ file: '/run/x' }), 'file:/run/x')
  t.equal(showReference({ insecureLiteral: 'canary' }), 'literal')
  t.equal(showReference(storedReference({ insecureLiteral: 'canary' })), 'literal')
  t.strictSame(storedReference({ insecureLiteral: 'canary' }), { literal: true })
  t.strictSame(storedReference({ env: 'X' }), { env: 'X' })
})
