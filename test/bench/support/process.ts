import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** A script of this folder that runs as a process of its own, so that it takes its own share of the cores. */
export type Script = {
  /** What it said when it was ready: where it listens. */
  url: string
  /** Asks it something and resolves to its answer. */
  ask<Answer>(question: string): Promise<Answer>
  stop(): Promise<void>
}

/** Starts `name`.ts with `args` and waits until it says where it listens. Throws when it ends before. */
export async function startScript(name: string, ...args: readonly string[]): Promise<Script> {
  const child = fork(join(import.meta.dirname, `${name}.ts`), args, { execArgv: ['--import', 'tsx'] })
  const url = await answerOf<string>(child)
  return {
    url,
    ask: (question) => {
      child.send(question)
      return answerOf(child)
    },
    stop: async () => {
      child.disconnect()
      await once(child, 'exit')
    },
  }
}

/** The other side: says where the script listens, answers what it is asked, and ends when nobody asks any more. */
export function answerParent(url: string, answer: (question: string) => unknown): void {
  process.send?.(url)
  process.on('message', (question) => process.send?.(answer(String(question))))
  process.on('disconnect', () => process.exit(0))
}

async function answerOf<Answer>(child: ChildProcess): Promise<Answer> {
  const [answer] = (await Promise.race([once(child, 'message'), failedEnd(child)])) as [Answer]
  return answer
}

async function failedEnd(child: ChildProcess): Promise<never> {
  const [code] = (await once(child, 'exit')) as [number | null]
  throw new Error(`a process of the bench ended with ${code}`)
}
