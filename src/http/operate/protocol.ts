import { Type, type Static } from 'typebox'

/** Names the protocol in every body, so that a client that talks to something else finds out. */
export const OPERATE_FORMAT = 'bode.operate/1'

/** The answer to what the server understood, and to what went wrong: `error.kind` is a FailureKind, or `internal`. */
export type OperateAnswer = { status: number; body: object }

const MAX_WAIT_MS = 3_600_000
/** Without what no database can hold: some of it is for the history. */
const Text = Type.String({ maxLength: 1_000, pattern: '^[^\\0\\p{Surrogate}]*$' })

/**
 * What `bode plan|apply --server` sends: the document as it was read, the plain variables in it, and
 * what the flags say. No secret: the server looks the references up itself.
 */
export const OperateRequest = Type.Object(
  {
    format: Type.Literal(OPERATE_FORMAT),
    sources: Type.Array(Type.Object({ file: Text, text: Type.String() }, { additionalProperties: false }), {
      minItems: 1,
      maxItems: 10_000,
    }),
    /** Values for `${NAME}` in the sources. The server's own environment gives none. */
    variables: Type.Record(Type.String(), Type.String()),
    /** The environment whose overlays count. */
    env: Type.Optional(Text),
    allowance: Type.Object(
      { deletes: Type.Optional(Type.Integer({ minimum: 0 })), empty: Type.Boolean() },
      { additionalProperties: false },
    ),
    options: Type.Object(
      {
        prune: Type.Optional(Type.Union([Type.Literal('owned'), Type.Literal('none')])),
        onDrift: Type.Union([Type.Literal('keep'), Type.Literal('overwrite'), Type.Literal('fail')]),
        switchEnvironment: Type.Boolean(),
        dryRun: Type.Boolean(),
        onNack: Type.Optional(Type.Union([Type.Literal('rollback'), Type.Literal('keep')])),
        note: Type.Optional(Text),
        lockTimeoutMs: Type.Integer({ minimum: 0, maximum: MAX_WAIT_MS }),
        waitForServersMs: Type.Integer({ minimum: 0, maximum: MAX_WAIT_MS }),
        /** Of the plan that was reviewed: an apply does exactly that, or nothing. */
        planSha256: Type.Optional(Type.String({ pattern: '^[0-9a-f]{64}$' })),
      },
      { additionalProperties: false },
    ),
    audit: Type.Object(
      {
        actor: Text,
        commitSha: Type.Union([Text, Type.Null()]),
        pipelineUrl: Type.Union([Text, Type.Null()]),
      },
      { additionalProperties: false },
    ),
  },
  { additionalProperties: false },
)
export type OperateRequest = Static<typeof OperateRequest>
