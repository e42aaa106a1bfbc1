import { pathToFileURL } from 'node:url'
import { isAbsolute } from 'node:path'
import type { Diagnostic } from '../../../common/diagnostics.ts'
import { version } from '../../../common/package-root.ts'
import { commandLine, type Shown } from './shown.ts'

/** SARIF 2.1.0, for code scanning: each diagnostic is a result; why a command ended is a notification. */
export function renderSarif(shown: Shown): string {
  const { diagnostics = [], problem, exit } = shown
  const rules = [...new Set(diagnostics.map(({ id }) => id))]
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'Bode', semanticVersion: version, rules: rules.map((id) => ({ id })) } },
        columnKind: 'utf16CodeUnits',
        invocations: [
          {
            executionSuccessful: problem === undefined,
            exitCode: exit,
            ...(problem === undefined
              ? {}
              : {
                  toolExecutionNotifications: [
                    { level: 'error', message: { text: `${commandLine(shown)}: ${problem.message}` } },
                  ],
                }),
          },
        ],
        results: diagnostics.map((diagnostic) => result(diagnostic, rules.indexOf(diagnostic.id))),
      },
    ],
  }
  return `${JSON.stringify(log, null, 2)}\n`
}

function result({ id, severity, message, label, help = [], path, position }: Diagnostic, ruleIndex: number): unknown {
  const physicalLocation =
    position === undefined
      ? undefined
      : {
          artifactLocation: artifact(position.file),
          region: {
            startLine: position.line,
            startColumn: position.column,
            endColumn: position.column + position.length,
          },
        }
  const logicalLocations = path === undefined || path === '' ? undefined : [{ fullyQualifiedName: path }]
  const location = {
    ...(physicalLocation === undefined ? {} : { physicalLocation }),
    ...(logicalLocations === undefined ? {} : { logicalLocations }),
  }
  return {
    ruleId: id,
    ruleIndex,
    level: severity,
    message: { text: [message, ...(label === undefined ? [] : [label]), ...help].join('\n') },
    ...(Object.keys(location).length === 0 ? {} : { locations: [location] }),
  }
}

/** A relative path is seen from the root of the sources, wherever that is checked out. */
function artifact(file: string): { uri: string; uriBaseId?: string } {
  if (isAbsolute(file)) return { uri: pathToFileURL(file).href }
  return { uri: file.split('/').map(encodeURIComponent).join('/'), uriBaseId: '%SRCROOT%' }
}
