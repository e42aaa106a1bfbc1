import type { Dispatcher } from 'undici'

/** What an agent was made for; a request that differs in any of it gets another agent. */
export type AgentSpec = {
  /** Whose connections these are. */
  name: string
  /** Everything else that connections depend on, as text. */
  state: string
}

/**
 * The agents in use, each with its kept connections: one per name, and at most `max` of them. An agent is retired
 * when its state is no longer what is asked for, or when others were used since and there are too many: what is under
 * way on it ends, then its connections are closed.
 */
export class Agents {
  readonly #max: number
  /** The one that was used last stands last. */
  readonly #agents = new Map<string, { state: string; agent: Dispatcher }>()
  readonly #closing = new Set<Promise<void>>()

  constructor(max: number) {
    this.#max = max
  }

  /** The agent for `spec`; `make` makes one when there is none, and what it throws is thrown. */
  for({ name, state }: AgentSpec, make: () => Dispatcher): Dispatcher {
    const known = this.#agents.get(name)
    if (known?.state === state) {
      this.#agents.delete(name)
      this.#agents.set(name, known)
      return known.agent
    }
    this.#retire(name)
    const agent = make()
    this.#agents.set(name, { state, agent })
    for (const oldest of this.#agents.keys()) {
      if (this.#agents.size <= this.#max) break
      this.#retire(oldest)
    }
    return agent
  }

  /** Retires the agents whose state is not in force any more. */
  keepOnly(isInForce: (state: string) => boolean): void {
    for (const [name, { state }] of this.#agents) if (!isInForce(state)) this.#retire(name)
  }

  /** Retires all, and waits for what is under way. */
  async close(): Promise<void> {
    for (const name of this.#agents.keys()) this.#retire(name)
    await Promise.all(this.#closing)
  }

  #retire(name: string): void {
    const known = this.#agents.get(name)
    if (known === undefined) return
    this.#agents.delete(name)
    const closed = known.agent.close().finally(() => this.#closing.delete(closed))
    this.#closing.add(closed)
  }
}
