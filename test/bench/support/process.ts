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
      if (!child.connected) return
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

/** What it says next. Throws when it ends instead. */
async function answerOf<Answer>(child: ChildProcess): Promise<Answer> {
  const over = new AbortController()
  const ended = once(child, 'exit', over).then(([code]) => {
    throw new Error(`a process of the bench ended with ${code}`)
  })
  try {
    const [answer] = (await Promise.race([once(child, 'message', over), ended])) as [Answer]
    return answer
  } finally {
    ended.catch(() => {})
    over.abort()
  }
}
