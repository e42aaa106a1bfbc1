import { readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import ts from 'typescript'
import { packageRoot } from '../../src/common/package-root.ts'

/** A line that the program can write into its log. */
export type LogEvent = {
  /** Its text, or the file that makes one. */
  message: string
  levels: string[]
  fields: string[]
}

const LEVELS = new Set(['trace', 'debug', 'info', 'warn', 'error', 'fatal'])
const LOGGER = /(^|[.#])(logger|log)$/

/** Every call of a logger in src/, with what it can say, found by the types of what it is given. */
export function collectLogEvents(): LogEvent[] {
  const src = join(packageRoot, 'src')
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.includes('generated'))
    .map((file) => join(src, file))
  const { config } = ts.readConfigFile(join(packageRoot, 'tsconfig.json'), (path) => ts.sys.readFile(path)) as {
    config: unknown
  }
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, packageRoot)
  const program = ts.createProgram(files, options)
  const checker = program.getTypeChecker()
  const events = new Map<string, { levels: Set<string>; fields: Set<string> }>()

  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) add(node)
    ts.forEachChild(node, visit)
  }
  const add = (call: ts.CallExpression): void => {
    const levels = levelsOf(call.expression, checker)
    if (levels.length === 0) return
    const [first, second] = call.arguments
    const texts = second === undefined ? first : second
    const fields =
      second === undefined || first === undefined ? [] : fieldsOf(checker.getTypeAtLocation(first), checker)
    const literals = texts === undefined ? [] : literalsOf(checker.getTypeAtLocation(texts))
    const messages = literals.length > 0 ? literals : [relative(src, call.getSourceFile().fileName)]
    for (const message of messages) {
      const event = events.get(message) ?? { levels: new Set(), fields: new Set() }
      events.set(message, event)
      for (const level of levels) event.levels.add(level)
      for (const field of fields) event.fields.add(field)
    }
  }
  for (const file of program.getSourceFiles()) if (files.includes(file.fileName)) visit(file)
  return [...events].map(([message, event]) => ({
    message,
    levels: [...event.levels].toSorted(),
    fields: [...event.fields].toSorted(),
  }))
}

/** The levels that a call may have; none when it is not of a logger. */
function levelsOf(callee: ts.Expression, checker: ts.TypeChecker): string[] {
  if (ts.isPropertyAccessExpression(callee)) {
    return LOGGER.test(callee.expression.getText()) && LEVELS.has(callee.name.text) ? [callee.name.text] : []
  }
  if (!ts.isElementAccessExpression(callee) || !LOGGER.test(callee.expression.getText())) return []
  return literalsOf(checker.getTypeAtLocation(callee.argumentExpression)).filter((text) => LEVELS.has(text))
}

/** The texts that a type allows, when they are few. */
function literalsOf(type: ts.Type): string[] {
  const parts = type.isUnion() ? type.types : [type]
  return parts.every((part) => part.isStringLiteral()) ? parts.map(({ value }) => value) : []
}

/** The members that an object may have. */
function fieldsOf(type: ts.Type, checker: ts.TypeChecker): string[] {
  const parts = type.isUnion() ? type.types : [type]
  return parts.flatMap((part) => checker.getPropertiesOfType(part).map(({ name }) => name))
}
