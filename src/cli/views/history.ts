import type { GenerationFacts } from '../../db/configuration/history.ts'
import { printable } from './printable.ts'
import type { Style } from './style.ts'
import { table } from './table.ts'
import { moment } from './time.ts'

/** As much of a digest as people compare. */
const SHOWN_DIGEST = 12
const SHOWN_COMMIT = 12

/** The list of `bode history`: a line for each generation, with the note and the pipeline below it. */
export function renderHistory(generations: readonly GenerationFacts[], style: Style): string {
  if (generations.length === 0) return 'Nothing was applied yet.\n'
  const lines = table(
    generations.map((generation) => [
      String(generation.number),
      operation(generation),
      generation.owner,
      moment(generation.appliedAt),
      generation.actor,
      summaryText(generation),
      generation.commitSha?.slice(0, SHOWN_COMMIT) ?? '',
    ]),
  )
  return generations
    .flatMap(({ note, pipelineUrl }, index) => [
      lines[index] ?? '',
      ...[note, pipelineUrl].flatMap((text) => (text === null ? [] : [style.dim(`    ${printable(text)}`)])),
    ])
    .map((line) => `${line}\n`)
    .join('')
}

/** Everything that is known of one generation, a line for each fact. */
export function generationLines(generation: GenerationFacts, style: Style): string[] {
  const { number, owner, environment, note, commitSha, pipelineUrl } = generation
  const facts: [string, string | null][] = [
    ['operation', operation(generation)],
    ['environment', environment],
    ['applied', `${moment(generation.appliedAt)} by ${generation.actor}`],
    ['commit', commitSha],
    ['pipeline', pipelineUrl],
    ['note', note],
    ['changes', summaryText(generation)],
    ['digest', generation.digest],
    ['program', `bode ${generation.toolVersion}`],
  ]
  const known = facts.flatMap(([name, value]) => (value === null ? [] : [[`  ${name}`, printable(value)]]))
  return [style.bold(`Generation ${number} of ${owner}`), ...table(known)]
}

/** One generation for programs. Members may be added; none is removed or changes its meaning. */
export function generationJson({ appliedAt, ...facts }: GenerationFacts): object {
  return { ...facts, appliedAt: new Date(appliedAt).toISOString() }
}

/** The first digits of a digest. */
export function shortDigest(digest: string): string {
  return digest.slice(0, SHOWN_DIGEST)
}

function operation({ operation, restores }: GenerationFacts): string {
  return restores === null ? operation : `${operation} to ${restores}`
}

function summaryText({ summary }: GenerationFacts): string {
  return `+${summary.create} ~${summary.update} -${summary.delete}`
}
